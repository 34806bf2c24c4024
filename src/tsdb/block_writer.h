// Writes one immutable block of metrics. Format: docs/formats/metrics_block.md.
//
// Series are added sorted by tenant, then labels; samples of a series ascending. Chunks go to the sink as they come; the
// index stays in memory until the end, about 200 bytes a series. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/exemplar.h"
#include "model/labels.h"
#include "model/metadata.h"
#include "model/sample.h"

namespace isobar::tsdb {

struct BlockSummary {
  std::uint64_t series = 0;
  std::uint64_t samples = 0;
  Timestamp min_time = Timestamp::max();
  Timestamp max_time = Timestamp::min();
};

class BlockWriter {
 public:
  // Gets the block's bytes in order, piece by piece. After an error it is not called again; finish() returns the error.
  using Sink = std::function<Result<void>(std::string_view piece)>;
  enum class Kind { kEverySample, kDownsampled };  // samples with weights are for the latter
  explicit BlockWriter(Sink sink, Kind kind = Kind::kEverySample);
  ~BlockWriter();
  void add_series(std::string_view tenant, const model::Labels& labels, const model::SampleColumns& samples);
  void add_exemplars(std::string_view tenant, const model::SeriesExemplars& exemplars);
  void add_metadata(std::string_view tenant, const model::Metadata& metadata);
  const BlockSummary& summary() const;
  // Writes the rest and returns the block's size in bytes; the writer is spent.
  Result<std::uint64_t> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isobar::tsdb
