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

// How much the observed increase grows when it is taken over the whole window. Scrapes keep their pace, so what depends on times
// alone is mostly the same from window to window, and is computed anew only where it is not.
class Extrapolation {
 public:
  // Of one window, in ms. `count`: samples, with those that downsampling has left out.
  struct Edges {
    std::int64_t to_start = 0;  // from its start to the first sample
    std::int64_t to_end = 0;    // from the last sample to its end
    std::int64_t observed = 0;  // from the first to the last
    std::size_t count = 0;
    bool operator==(const Edges&) const = default;
  };
  // `seconds`: the length of the window.
  Extrapolation(RateKind kind, double seconds) : kind_(kind), seconds_(seconds) {}

  void set(const Edges& edges) {
    if (edges == edges_) return;
    edges_ = edges;
    observed_ = static_cast<double>(edges.observed) / 1000;
    to_start_ = static_cast<double>(edges.to_start) / 1000;
    to_end_ = static_cast<double>(edges.to_end) / 1000;
    const double average = edges.count > 1 ? observed_ / static_cast<double>(edges.count - 1) : 0;
    const double threshold = average * 1.1;
    if (to_start_ >= threshold) to_start_ = average / 2;
    if (to_end_ >= threshold) to_end_ = average / 2;
  }
  // `value` and `increase`: the counter's first value and what it grew by.
  double factor(double value, double increase) const {
    const bool may_reach_zero = kind_.is_counter && increase > 0 && value >= 0;
    return over(observed_, may_reach_zero ? until_zero(value, increase) : to_start_);
  }
  // Of a counter that is known to have begun at zero, so many ms before the last sample.
  double factor_since_zero(std::int64_t ms) const { return over(static_cast<double>(ms) / 1000, 0); }

 private:
  double over(double sampled, double to_start) const {
    const double grown = (sampled + to_start + to_end_) / sampled;
    return kind_.per_second ? grown / seconds_ : grown;
  }
  // Not further than to where the counter would have been zero. That is far off where it is large beside its increase, and
  // then need not be computed.
  double until_zero(double value, double increase) const {
    if (value * observed_ > 2 * to_start_ * increase) return to_start_;
    return std::min(to_start_, observed_ * (value / increase));
  }

  RateKind kind_;
  double seconds_;
  Edges edges_;
  double observed_ = 0, to_start_ = 0, to_end_ = 0;  // seconds
};

// What rate and the others give for all windows of plain floats.
void rate_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out);
void increase_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out);
void delta_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out);
void irate_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out);
void idelta_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out);

// Ranges with anchored or smoothed: no extrapolation.
eval::Cell extended_rate(const RangeWindow& window, RangeCall& call, RateKind kind);

}  // namespace isobar::promql
