// The file `tombstones` of a Prometheus block: which samples of which series are deleted though their chunks still hold
// them. Source: tombstones.md of prometheus/prometheus; the checksum covers what follows the version byte.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/sample.h"

namespace isobar::tsdb::prometheus {

// Both ends are deleted.
struct DeletedRange {
  std::int64_t min_time = 0;
  std::int64_t max_time = 0;
};

// By series reference; ascending, apart from each other.
using Tombstones = std::map<std::uint64_t, std::vector<DeletedRange>>;

// kCorrupt, kUnsupported for another version. Memory is bounded by the bytes.
Result<Tombstones> decode_tombstones(std::string_view bytes);
std::string encode_tombstones(const Tombstones& tombstones);

// Appends the samples of `in` that no range holds.
void append_kept(const model::SampleColumns& in, const std::vector<DeletedRange>& deleted, model::SampleColumns& out);

}  // namespace isobar::tsdb::prometheus
