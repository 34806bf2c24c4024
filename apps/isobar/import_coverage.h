// Which blocks hold the same samples. Thanos keeps a time at several resolutions, and each block says in `compaction.sources`
// which first blocks its samples were in; taken over twice they would count twice. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "object_store/object_store.h"

namespace isobar::app {

// A block, or what is left of it in a marker of an import.
struct CoveredBlock {
  std::string ulid;
  Duration resolution{};             // zero: every sample
  std::vector<std::string> sources;  // ULIDs; empty: itself
};

// What a marker says (docs/formats/prometheus_block.md, "What an import leaves"); one from before it named sources is of every
// sample.
std::string encode_marker(const CoveredBlock& block, const std::string& tenant, Timestamp min, Timestamp end, const std::vector<std::string>& ours);
Result<CoveredBlock> decode_marker(std::string_view json);

class ImportCoverage {
 public:
  void add(const CoveredBlock& block);
  struct Holder {
    std::string ulid;
    Duration resolution{};
    bool all = false;  // it and others of finer resolutions have everything; else a part, or at a coarser one
  };
  // Who has samples of the block at another resolution; nothing: nobody.
  std::optional<Holder> holder_of(const CoveredBlock& block) const;

 private:
  std::map<std::string, std::vector<Holder>> by_source_;
};

}  // namespace isobar::app
