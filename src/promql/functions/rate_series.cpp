// rate, increase, delta, irate and idelta of series of plain floats: the formulas of rate.cpp, in the same order of additions,
// so the results are the same to the last bit. Resets are looked for once per series, not once per window.
#include "eval/kernels.h"
#include "promql/float_windows.h"
#include "promql/functions/rate.h"

namespace isobar::promql {
namespace {

bool any_window(const FloatWindows& w) {
  for (std::size_t i = 0; i < w.steps(); ++i) {
    if (w.first[i] != w.last[i]) return true;
  }
  return false;
}

void note_name(const FloatWindows& w, RangeCall& call) {
  if (call.type_and_unit_labels) return;
  const std::string_view metric = call.series.get(model::kMetricName);
  if (!looks_like_counter(metric) && any_window(w)) call.notes.possible_non_counter(call.argument(0), metric);
}

// Indices of the values that are below the one before.
std::vector<std::uint32_t> resets_of(std::span<const double> values) {
  std::vector<std::uint32_t> found;
  if (!eval::decreases(values.size(), values.data())) return found;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] < values[i - 1]) found.push_back(static_cast<std::uint32_t>(i));
  }
  return found;
}

// extrapolation() of rate.h for one window after the other. Scrapes keep their pace, so what depends on times alone is mostly
// the same as in the window before.
template <bool kCounter, bool kPerSecond>
class Extrapolation {
 public:
  double factor(std::int64_t to_start, std::int64_t to_end, std::int64_t observed, std::uint32_t count, double seconds, double value,
                double increase) {
    if (to_start != to_start_ms_ || to_end != to_end_ms_ || observed != observed_ms_ || count != count_) {
      set(to_start, to_end, observed, count);
    }
    double start = to_start_;
    if (kCounter && increase > 0 && value >= 0) start = until_zero(value, increase);
    const double grown = (sampled_ + start + to_end_) / sampled_;
    return kPerSecond ? grown / seconds : grown;
  }

 private:
  void set(std::int64_t to_start, std::int64_t to_end, std::int64_t observed, std::uint32_t count) {
    to_start_ms_ = to_start;
    to_end_ms_ = to_end;
    observed_ms_ = observed;
    count_ = count;
    sampled_ = static_cast<double>(observed) / 1000;
    const double average = sampled_ / static_cast<double>(count - 1);
    to_start_ = static_cast<double>(to_start) / 1000;
    to_end_ = static_cast<double>(to_end) / 1000;
    if (to_start_ >= average * 1.1) to_start_ = average / 2;
    if (to_end_ >= average * 1.1) to_end_ = average / 2;
  }
  // Not further than to where the counter would have been zero. That is far off where it is large beside its increase, and
  // then need not be computed.
  double until_zero(double value, double increase) const {
    if (value * sampled_ > 2 * to_start_ * increase) return to_start_;
    return std::min(to_start_, sampled_ * (value / increase));
  }

  std::int64_t to_start_ms_ = -1, to_end_ms_ = -1, observed_ms_ = -1;
  std::uint32_t count_ = 0;
  double sampled_ = 0, to_start_ = 0, to_end_ = 0;
};

template <bool kCounter, bool kPerSecond>
void extrapolated(const FloatWindows& w, RangeCall& call, eval::StepSeries& out) {
  Extrapolation<kCounter, kPerSecond> extrapolation;
  const double seconds = static_cast<double>(w.plan.range.ms) / 1000;
  std::vector<std::uint32_t> resets;
  if constexpr (kCounter) {
    note_name(w, call);
    resets = resets_of(w.values);
  }
  std::size_t reset = 0;  // the first past the start of the window
  for (std::size_t i = 0; i < w.steps(); ++i) {
    const std::uint32_t first = w.first[i], last = w.last[i];
    if (last - first < 2) continue;
    double increase = w.values[last - 1] - w.values[first];
    while (reset < resets.size() && resets[reset] <= first) ++reset;
    for (std::size_t r = reset; r < resets.size() && resets[r] < last; ++r) increase += w.values[resets[r] - 1];
    const std::int64_t end = w.plan.end(i);
    const double factor = extrapolation.factor(w.times[first] - (end - w.plan.range.ms), end - w.times[last - 1],
                                               w.times[last - 1] - w.times[first], last - first, seconds, w.values[first], increase);
    out.kinds[i] = eval::Kind::kFloat;
    out.values[i] = increase * factor;
  }
}

template <bool kCounter, bool kPerSecond>
void last_two(const FloatWindows& w, RangeCall&, eval::StepSeries& out) {
  for (std::size_t i = 0; i < w.steps(); ++i) {
    if (w.last[i] - w.first[i] < 2) continue;
    const std::size_t at = w.last[i] - 1;
    const bool reset = kCounter && w.values[at] < w.values[at - 1];
    double change = reset ? w.values[at] : w.values[at] - w.values[at - 1];
    if (kPerSecond) change /= static_cast<double>(w.times[at] - w.times[at - 1]) / 1000;
    out.kinds[i] = eval::Kind::kFloat;
    out.values[i] = change;
  }
}

}  // namespace

void rate_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out) {
  extrapolated<true, true>(windows, call, out);
}
void increase_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out) {
  extrapolated<true, false>(windows, call, out);
}
void delta_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out) {
  extrapolated<false, false>(windows, call, out);
}
void irate_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out) { last_two<true, true>(windows, call, out); }
void idelta_series(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out) { last_two<false, false>(windows, call, out); }

}  // namespace isobar::promql
