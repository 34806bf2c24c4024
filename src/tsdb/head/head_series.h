// One series of the head and its samples. What ascends is packed at once, the rest waits beside and is merged on reading.
// A series is one cache line; histograms, samples out of order and chunks that are full cost more.
//
// Not thread-safe. What read() of a run gives is as of the moment when the run was made.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/arena.h"
#include "base/recycling_arena.h"
#include "ingest_log/metrics_payload.h"
#include "model/sample.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/sample_run.h"

namespace isobar::tsdb {

struct WaitingSample {
  std::int64_t timestamp;
  double value;
  std::int64_t start_timestamp;
  std::shared_ptr<const model::Histogram> histogram;  // null: a float
};

// A full chunk; its bytes lie in HeadMemory::closed and never change.
struct ClosedChunk {
  const char* bytes;
  std::uint32_t size;
  std::uint32_t count;
  std::int64_t min_time;
  std::int64_t max_time;
  ChunkView view() const { return {ChunkEncoding::kFloatXor, count, {bytes, size}}; }
};

// The samples of all series of a generation.
struct HeadMemory {
  RecyclingArena open;
  Arena closed;
  std::uint64_t other_bytes = 0;
  std::uint64_t bytes() const { return open.reserved_bytes() + closed.reserved_bytes() + other_bytes; }
};

struct AppendCounts {
  std::uint64_t duplicates = 0;  // of the newest sample: dropped at once
  std::uint64_t conflicts = 0;
  std::uint64_t out_of_order = 0;
};

struct alignas(64) HeadSeries {
  static constexpr std::uint32_t kSamplesPerChunk = 120;

  // What most series do not have.
  struct More {
    std::int64_t min_time = INT64_MAX;  // of all that is not in `open`
    std::int64_t last_time = INT64_MIN;  // of closed chunks and histograms
    std::vector<ClosedChunk> closed;
    std::vector<WaitingSample> histograms;    // ascending
    std::vector<WaitingSample> out_of_order;  // as they came
    bool waiting() const { return !histograms.empty() || !out_of_order.empty(); }
  };
  FloatChunkBuilder open;
  std::unique_ptr<More> more;
  std::uint32_t first_pair = 0;

  void append_float(const ingest_log::MetricsPayload::FloatSample& sample, HeadMemory& memory, AppendCounts& counts);
  void append_histogram(const ingest_log::MetricsPayload::HistogramSample& sample, HeadMemory& memory,
                        AppendCounts& counts);
  // Of samples in order; INT64_MIN without any.
  std::int64_t last_time() const;
  // Cheap and too wide rather than too narrow; never for a series without samples.
  bool may_overlap(Timestamp min, Timestamp max) const;
  std::size_t sample_count_bound() const;
  // As SampleRun::bounds().
  model::TimeRange bounds() const;
  // All samples in [min, max], merged. `counts` collects what lost against an earlier sample; may be null.
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out, MergeCounts* counts) const;

 private:
  More& need_more(HeadMemory& memory);
  void close_chunk(HeadMemory& memory);
  void wait_out_of_order(WaitingSample sample, HeadMemory& memory, AppendCounts& counts);
};

// `owner` keeps the series and the memory alive. Of a series that still grows: copies what may change.
std::shared_ptr<const SampleRun> growing_run(std::shared_ptr<const void> owner, const HeadSeries& series);
// Of a series that never changes again.
std::shared_ptr<const SampleRun> frozen_run(std::shared_ptr<const void> owner, const HeadSeries& series);

}  // namespace isobar::tsdb
