// The chunks of Thanos' downsampled blocks (encoding 0xff). Source: pkg/compact/downsample of thanos-io/thanos, aggr.go and
// downsample.go; in our words: docs/formats/prometheus_block.md, "Downsampled by Thanos". Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace isobar::tsdb::prometheus {

// What is known of the samples of one window. NaNs and staleness markers are in none.
struct AggregateWindow {
  std::int64_t end = 0;     // ms, inclusive: the last ms of the window, or the chunk's last sample if that is earlier
  std::uint32_t count = 0;  // above 0
  double sum = 0;
  double min = 0;
  double max = 0;
  // The series with its resets taken out, as it stood after the window: the chunk's first value, and since then every rise and
  // every value after a fall.
  std::optional<double> counter;
};

struct AggregateChunk {
  struct Sample {
    std::int64_t time = 0;
    double value = 0;
  };
  std::vector<AggregateWindow> windows;  // ascending
  std::optional<Sample> first;           // the first sample of all, with its true time; Thanos before 0.9 has none
  std::optional<double> last;            // the value of the last sample of all
};

// kCorrupt: the bytes are damaged, a count is none, or aggregates of one window are missing. Of a chunk with a counter only
// each value becomes a window of one sample. At most 65,535 windows.
Result<AggregateChunk> decode_aggregate_chunk(std::string_view data);

}  // namespace isobar::tsdb::prometheus
