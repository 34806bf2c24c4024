// Reads a block of Prometheus, Mimir or Thanos where it lies: the folder with meta.json, index, chunks/ and tombstones.
// Tables of the index are verified on open, series, postings and chunks when they are read. Deleted samples are not
// given, nor those outside of the block's time range. Immutable and thread-safe; what select() hands out keeps the
// reader alive. Errors name folder and file: kCorrupt for damage, kUnsupported for what we do not read.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/labels.h"
#include "model/matcher.h"
#include "sys/file_system.h"
#include "tsdb/generation.h"
#include "tsdb/prometheus_block/block_meta.h"
#include "tsdb/prometheus_block/format.h"
#include "tsdb/sample_run.h"

namespace isobar::tsdb::prometheus {

struct StoredSeries {
  std::uint32_t reference = 0;
  model::Labels labels;
  std::vector<ChunkMeta> chunks;  // ascending
};

class BlockReader : public std::enable_shared_from_this<BlockReader> {
 public:
  // A block that Thanos downsampled gives samples with weights, made of its aggregates (aggregate_samples.h), if its resolution
  // is one of ours and `downsampled` says so: for who keeps them as what they are. Else it is kUnsupported. `files` is not kept.
  enum class Downsampled { kRefused, kRead };
  static Result<std::shared_ptr<const BlockReader>> open(sys::FileSystem& files, const std::string& directory,
                                                         Downsampled downsampled = Downsampled::kRefused);
  ~BlockReader();

  const BlockMeta& meta() const;
  Duration resolution() const;  // zero: every sample is there

  // Series that match and have chunks in [min, max]; unordered. A block of Thanos has external labels: its series carry
  // them, and matchers see them. Labels of Mimir's that begin with "__" are none of them.
  Result<void> select(std::span<const model::Matcher> matchers, Timestamp min, Timestamp max, std::vector<SelectedSeries>& out) const;
  Result<void> select_labels(std::span<const model::Matcher> matchers, Timestamp min, Timestamp max, std::vector<model::Labels>& out) const;

  // References of all series, ascending by the labels in the index; with external labels the order may be another.
  Result<std::vector<std::uint32_t>> references() const;
  bool has_external_labels() const;
  Result<StoredSeries> series_at(std::uint32_t reference) const;
  std::shared_ptr<const SampleRun> run_of(const StoredSeries& series) const;
  // Reads everything.
  Result<void> verify() const;

 private:
  friend class Run;
  struct Impl;
  explicit BlockReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isobar::tsdb::prometheus
