// What rate, increase and delta share, for plain and for extended ranges. Internal to the family.
#pragma once

#include <algorithm>

#include "promql/range_window.h"

namespace isobar::promql {

struct FloatWindows;

struct RateKind {
  bool is_counter = false;
  bool per_second = false;
};

// True if a start timestamp says that the counter began anew between two samples (times and start times in
// ms, 0 unknown). A start equal to the previous sample's time is a delta series, but only if that sample knew
// its own start.
bool start_time_reset(std::int64_t previous_time, std::int64_t previous_start, std::int64_t time,
                      std::int64_t start);

// Whether a metric that looks like a counter, by its name, is asked of.
bool looks_like_counter(std::string_view name);

// The first and last sample of a window, and how many there are, with those that downsampling has left out. Times in ms.
struct Observed {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::size_t count = 0;
};

// How much the observed increase grows when it is taken over the whole window from `start` to `end`. `value` and `increase`
// are the counter's first value and what it grew by. `started`: when it began at zero inside the window; 0: it did not.
inline double extrapolation(std::int64_t start, std::int64_t end, const Observed& seen, RateKind kind, std::int64_t started,
                            double value, double increase) {
  const double observed = static_cast<double>(seen.last - seen.first) / 1000;
  const double average = seen.count > 1 ? observed / static_cast<double>(seen.count - 1) : 0;
  const double threshold = average * 1.1;
  double sampled = observed;
  double to_start = static_cast<double>(seen.first - start) / 1000;
  double to_end = static_cast<double>(end - seen.last) / 1000;
  if (to_start >= threshold) to_start = average / 2;
  if (kind.is_counter && increase > 0 && value >= 0) to_start = std::min(to_start, sampled * (value / increase));
  if (started != 0) {
    to_start = 0;
    sampled = static_cast<double>(seen.last - started) / 1000;
  }
  if (to_end >= threshold) to_end = average / 2;
  double factor = (sampled + to_start + to_end) / sampled;
  if (kind.per_second) factor /= static_cast<double>(end - start) / 1000;
  return factor;
}

// What rate and the others give for all windows of plain floats.
void rate_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out);
void increase_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out);
void delta_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out);
void irate_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out);
void idelta_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out);

// Ranges with anchored or smoothed: no extrapolation.
eval::Cell extended_rate(const RangeWindow& window, RangeCall& call, RateKind kind);

}  // namespace isobar::promql
