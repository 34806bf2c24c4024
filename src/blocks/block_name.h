// The name of a block says what is inside: partition, log positions [first, end), day, and what tells apart
// blocks that have these in common. docs/formats/manifest.md. Pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/position.h"

namespace isobar::blocks {

struct BlockName {
  model::PartitionId partition;
  model::Position first;
  model::Position end;
  std::int64_t bucket = 0;  // days since 1970
  std::string suffix;  // empty; "2", "3" … of a rewrite; the ULID of an imported block, then perhaps "-2" …
  Duration resolution{};  // of a downsampled block ("5m", "1h" in the name); zero: it holds every sample

  // Its place in the log was reserved when it was imported: samples that came before it may not be in blocks
  // yet.
  bool imported() const { return suffix.size() >= 26; }
};

// 0000-0000000000000000-0000000000000726-99b6, then "-" and the resolution and "-" and the suffix if there are any.
std::string format_block_name(const BlockName& name);
// Nothing if it is no block's name.
std::optional<BlockName> parse_block_name(std::string_view text);
// The name again, or with the least number from 2 on at its end that is not taken.
std::string free_block_name(BlockName name, const std::function<bool(const std::string&)>& taken);

// In the object store, below the prefix of a signal ("metrics").
// With an epoch, below it, and with the number of the attempt: what another process wrote under the same name is another object,
// and so is what an attempt that was given up still gets through.
std::string block_key(std::string_view prefix, std::string_view name, std::uint64_t epoch = 0, std::uint64_t attempt = 0);
// The epoch in a key of block_key(); 0 if there is none.
std::uint64_t epoch_of_block_key(std::string_view prefix, std::string_view key);

}  // namespace isobar::blocks
