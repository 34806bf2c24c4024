// Which objects a log consists of, and who may add to it. Format and proof: docs/formats/object_log.md.
//
// Keys are <prefix>/<epoch>/<base>.segment. One process at a time writes: it owns the newest epoch. Taking the log over
// puts a *seal*, an object without a frame, under the very key that the owner before would use next, and only if that is
// absent; from then on whatever that process sends is refused by the store, however late it comes. Seals are never removed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest_log/segment.h"
#include "object_store/object_store.h"

namespace isobar::ingest_log {

// One object with frames.
struct ChainSegment {
  Position base;
  Position end;
  std::string key;
  bool packed = false;  // made of several that were written one by one

  std::uint64_t bytes() const { return end.value - base.value; }
};

struct Chain {
  std::uint64_t topic_identity = 0;
  std::uint64_t epoch = 0;  // owned by the caller
  std::vector<ChainSegment> segments;  // one range of positions, ascending by begin and by end; they may overlap
  Position end;                        // where the next object goes
  std::vector<std::string> stray;      // objects that are no part of it: before a gap, or packed already
};

std::string segment_key(const std::string& prefix, std::uint64_t epoch, Position base);
std::string pack_key(const std::string& prefix, std::uint64_t epoch, Position base, Position end);

// Takes the log below `prefix` over for `writer` (random, not 0), or begins one with `new_topic_identity`. What a process
// that had it before still gets in is part of the chain; after that it gets nothing in. kUnavailable: the store cannot be
// reached, or others take it over again and again. kCorrupt: what is there is no log.
Result<Chain> take_over(object_store::ObjectStore& store, const std::string& prefix, std::uint64_t writer,
                        std::uint64_t new_topic_identity);

}  // namespace isobar::ingest_log
