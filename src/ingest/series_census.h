// What admission needs to know of the heads to hold max_series. Implemented in wiring on top of the store.
// Thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "ingest_log/ingest_log.h"

namespace isobar::ingest {

class SeriesCensus {
 public:
  virtual ~SeriesCensus() = default;
  // Series that the tenant has in the heads; may lag by what is being folded.
  virtual std::uint64_t series_of(std::string_view tenant) = 0;
  // known[i]: hashes[i] is in that partition's head.
  virtual void known_series(std::string_view tenant, ingest_log::PartitionId partition,
                            std::span<const Hash128> hashes, std::vector<bool>& known) = 0;
};

}  // namespace isobar::ingest
