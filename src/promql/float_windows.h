// All windows of one series at once, where it is plain: floats only, no start timestamps, no weights, no extended range. Most
// series are, and most of the time of most queries is spent here. Internal to the folder. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "promql/range_stream.h"

namespace isobar::promql {

struct FloatWindows {
  const WindowPlan& plan;
  std::span<const std::int64_t> times;  // ms, ascending
  std::span<const double> values;
  // Of each step: its samples are [first, last) of the columns.
  std::span<const std::uint32_t> first;
  std::span<const std::uint32_t> last;

  std::size_t steps() const { return first.size(); }
};

// Finds them, unless the samples of each window are to be counted. Of one plan; the buffers are used again for the next series.
class FloatWindowFinder {
 public:
  static bool is_plain(const WindowPlan& plan, const RangeSeries& series) {
    return plan.extension == Extension::kNone && !plan.counter && series.histograms.empty() && series.float_starts.empty() && series.float_weights.empty();
  }
  FloatWindows find(const WindowPlan& plan, const RangeSeries& series);

 private:
  std::vector<std::int64_t> times_;  // of the series before: those of one scrape have the same, and so the same windows
  std::vector<std::uint32_t> first_;
  std::vector<std::uint32_t> last_;
};

// A series kernel of what gives one number for the values of one window.
template <auto kFold>
void fold_windows(const FloatWindows& windows, RangeCall&, eval::StepSeries& out) {
  for (std::size_t i = 0; i < windows.steps(); ++i) {
    const std::uint32_t first = windows.first[i], last = windows.last[i];
    if (first == last) continue;
    out.kinds[i] = eval::Kind::kFloat;
    out.values[i] = kFold(windows.values.subspan(first, last - first));
  }
}

}  // namespace isobar::promql
