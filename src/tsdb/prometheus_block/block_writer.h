// Writes a block that Prometheus reads: meta.json, index version 2, segments of chunks up to 512 MB, tombstones without
// a stone. It grows in ULID.tmp-for-creation, which Prometheus removes at its start if it is left behind, and gets its
// name at the end. Start timestamps, exemplars and metadata are not written. Not thread-safe.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "model/labels.h"
#include "model/sample.h"
#include "sys/file_system.h"
#include "tsdb/prometheus_block/block_meta.h"
#include "tsdb/prometheus_block/format.h"

namespace isobar::tsdb::prometheus {

class BlockWriter {
 public:
  // `parent` exists; `files` outlives the writer.
  static Result<std::unique_ptr<BlockWriter>> create(sys::FileSystem& files, const std::string& parent, const std::string& ulid,
                                                     std::uint64_t segment_bytes = kSegmentBytes);
  ~BlockWriter();
  // Ascending by labels. A series without samples is left out.
  Result<void> add_series(const model::Labels& labels, const model::SampleColumns& samples);
  // What stands in meta.json so far; times are those of the samples.
  const BlockMeta& meta() const;
  // Everything is on the disk when it returns. There must be a series.
  Result<void> finish();

 private:
  struct Impl;
  explicit BlockWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isobar::tsdb::prometheus
