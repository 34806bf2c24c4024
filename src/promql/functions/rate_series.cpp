// rate, increase, delta, irate and idelta of series of plain floats: as in rate.cpp, in the same order of additions, so the
// results are the same to the last bit. Resets are looked for once per series, not once per window.
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

template <bool kCounter, bool kPerSecond>
void extrapolated(const FloatWindows& w, RangeCall& call, eval::StepSeries& out) {
  Extrapolation extrapolation({kCounter, kPerSecond}, static_cast<double>(w.plan.range.ms) / 1000);
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
    extrapolation.set({w.times[first] - (end - w.plan.range.ms), end - w.times[last - 1], w.times[last - 1] - w.times[first], last - first});
    out.kinds[i] = eval::Kind::kFloat;
    out.values[i] = increase * extrapolation.factor(w.values[first], increase);
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
