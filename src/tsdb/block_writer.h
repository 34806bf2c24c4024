// Writes one immutable block of metrics. Format: docs/formats/metrics_block.md.
//
// Series are added sorted by tenant, then labels; samples of a series ascending. Everything is built in memory: a block
// is as large as a part of one generation. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
  BlockWriter();
  ~BlockWriter();
  void add_series(std::string_view tenant, const model::Labels& labels, const model::SampleColumns& samples);
  void add_exemplars(std::string_view tenant, const model::SeriesExemplars& exemplars);
  void add_metadata(std::string_view tenant, const model::Metadata& metadata);
  const BlockSummary& summary() const;
  // The block's bytes; the writer is spent.
  std::string finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isobar::tsdb
