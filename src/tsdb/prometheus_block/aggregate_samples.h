// Aggregates of Thanos as downsampled samples of ours (docs/formats/metrics_block.md): samples with weights whose number,
// sum, least and greatest are those of each window, and which grow and fall as its counter says. What is known and what is
// estimated: docs/formats/prometheus_block.md, "Downsampled by Thanos". Pure; thread-safe.
#pragma once

#include "base/time.h"
#include "model/sample.h"
#include "tsdb/prometheus_block/aggregate_chunk.h"

namespace isobar::tsdb::prometheus {

// At most so many samples for each window.
inline constexpr std::size_t kSamplesPerWindow = 4;
// At least as many as append_samples() would append, if the chunk can be decoded.
std::size_t aggregate_sample_bound(std::string_view data);

// Appends the samples of all windows to `out`, which is empty or ends before the chunk. A window [k·r, (k+1)·r) of Thanos comes
// into the bucket (k·r, (k+1)·r] of ours. Sets resets_lost where a window's samples fall more often than its counter can tell.
void append_samples(const AggregateChunk& chunk, Duration resolution, model::SampleColumns& out);

}  // namespace isobar::tsdb::prometheus
