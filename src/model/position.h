// Where a record stands in the ingest log. In model because the log, the manifest and the blocks speak of it.
#pragma once

#include <compare>
#include <cstdint>

#include "base/id.h"

namespace isobar::model {

using PartitionId = Id<struct PartitionTag, std::uint32_t>;

// Opaque: compare, keep and hand back; never compute with it outside a log backend.
struct Position {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const Position&) const = default;
};

}  // namespace isobar::model
