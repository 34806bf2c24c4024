// *_over_time and what else folds one window of one series. Sums are compensated (eval/kernels.h). Functions
// that know floats only leave histograms out and say so when both are in the window.
#include <cmath>
#include <limits>

#include "eval/kernels.h"
#include "eval/selection.h"
#include "model/histogram_arithmetic.h"
#include "promql/float_windows.h"
#include "promql/functions/families.h"
#include "promql/functions/rate.h"
#include "promql/range_window.h"

namespace isobar::promql {
namespace {

using eval::Cell;
using enum model::SampleUse;

// True if there are floats to work on; notes histograms that are left out.
bool floats_only(const RangeWindow& w, RangeCall& call, std::size_t argument = 0) {
  if (w.floats.empty()) return false;
  if (!w.histograms.empty()) call.notes.histograms_ignored_in_range(call.argument(argument), call.series);
  return true;
}

bool mixed(const RangeWindow& w, RangeCall& call) {
  if (w.floats.empty() || w.histograms.empty()) return false;
  call.notes.mixed_floats_histograms(call.argument(0), call.series);
  return true;
}

// A histogram fold's notes; false if the buckets cannot be combined.
bool note_join(const model::HistogramJoin& join, RangeCall& call) {
  if (join.incompatible) call.notes.mixed_exponential_custom(call.argument(0), call.series);
  if (join.bounds_reconciled) call.notes.reconciled_buckets(call.argument(0), "aggregation");
  return !join.incompatible;
}

// "Reset" and "no reset" among the histograms of one fold.
void note_reset_conflict(const RangeWindow& w, RangeCall& call) {
  const auto has = [&](model::CounterResetHint hint) {
    return std::any_of(w.histograms.begin(), w.histograms.end(),
                       [&](const auto& h) { return h->reset_hint == hint; });
  };
  if (has(model::CounterResetHint::kReset) && has(model::CounterResetHint::kNotReset)) {
    call.notes.reset_conflict(call.argument(0), "aggregation");
  }
}

// Each histogram as often as its weight says. An approximation: exact reads give every histogram.
model::Histogram weighted(const RangeWindow& w, std::size_t i) {
  model::Histogram h = *w.histograms[i];
  if (w.histogram_weights[i] == 1) return h;
  model::multiply(h, w.histogram_weights[i]);
  h.reset_hint = w.histograms[i]->reset_hint;
  return h;
}
Cell sum_weighted_histograms(const RangeWindow& w, RangeCall& call, double divisor) {
  model::HistogramSum sum(weighted(w, 0));
  for (std::size_t i = 1; i < w.histograms.size(); ++i) {
    if (!note_join(sum.add(weighted(w, i)), call)) return {};
  }
  model::Histogram result = sum.value();
  if (divisor != 1) model::divide(result, divisor);
  return Cell::of(std::make_shared<const model::Histogram>(std::move(result)));
}

Cell sum_histograms(const RangeWindow& w, RangeCall& call) {
  note_reset_conflict(w, call);
  if (!w.histogram_weights.empty()) return sum_weighted_histograms(w, call, 1);
  model::HistogramSum sum(*w.histograms.front());
  for (std::size_t i = 1; i < w.histograms.size(); ++i) {
    if (!note_join(sum.add(*w.histograms[i]), call)) return {};
  }
  return Cell::of(std::make_shared<const model::Histogram>(sum.value()));
}

Cell average_histograms(const RangeWindow& w, RangeCall& call) {
  note_reset_conflict(w, call);
  if (!w.histogram_weights.empty()) return sum_weighted_histograms(w, call, static_cast<double>(w.histogram_count()));
  model::HistogramMean mean(*w.histograms.front());
  for (std::size_t i = 1; i < w.histograms.size(); ++i) {
    if (!note_join(mean.add(*w.histograms[i]), call)) return {};
  }
  return Cell::of(std::make_shared<const model::Histogram>(mean.value()));
}

double float_sum(std::span<const double> values) {
  double sum = 0;
  double comp = 0;
  for (const double v : values) eval::add_compensated(v, sum, comp);
  return std::isinf(sum) ? sum : sum + comp;
}

double float_average(std::span<const double> values) {
  double sum = values.front();
  double comp = 0;
  double mean = 0;
  bool running = false;
  double count = 1;
  for (const double v : values.subspan(1)) {
    count += 1;
    if (!running) {
      double next = sum;
      double next_comp = comp;
      eval::add_compensated(v, next, next_comp);
      if (!std::isinf(next)) {
        sum = next;
        comp = next_comp;
        continue;
      }
      running = true;
      mean = sum / (count - 1);
      comp /= count - 1;
    }
    const double share = (count - 1) / count;
    mean *= share;
    comp *= share;
    eval::add_compensated(v / count, mean, comp);
  }
  return running ? mean + comp : sum / count + comp / count;
}

// Where a sum overflows there are no weights to speak of: downsampling keeps such series whole.
double weighted_average(const RangeWindow& w) {
  const auto count = static_cast<double>(w.float_count());
  double sum = 0;
  double comp = 0;
  for (const double v : w.float_sums) eval::add_compensated(v, sum, comp);
  if (!std::isinf(sum)) return sum / count + comp / count;
  sum = comp = 0;
  for (const double v : w.float_sums) eval::add_compensated(v / count, sum, comp);
  return std::isinf(sum) ? sum : sum + comp;
}

Cell sum_over_time(const RangeWindow& w, RangeCall& call) {
  if (mixed(w, call)) return {};
  return w.floats.empty() ? sum_histograms(w, call) : Cell::of(float_sum(w.addends()));
}
Cell avg_over_time(const RangeWindow& w, RangeCall& call) {
  if (mixed(w, call)) return {};
  if (w.floats.empty()) return average_histograms(w, call);
  return Cell::of(w.float_sums.empty() ? float_average(w.floats) : weighted_average(w));
}
Cell count_over_time(const RangeWindow& w, RangeCall&) {
  return Cell::of(static_cast<double>(w.float_count() + w.histogram_count()));
}
Cell present_over_time(const RangeWindow&, RangeCall&) {
  return Cell::of(1.0);
}

bool float_is_first(const RangeWindow& w) {
  return w.histograms.empty() || (!w.floats.empty() && w.float_times.front() < w.histogram_times.front());
}
bool float_is_last(const RangeWindow& w) {
  return w.histograms.empty() || (!w.floats.empty() && w.float_times.back() > w.histogram_times.back());
}
Cell first_over_time(const RangeWindow& w, RangeCall&) {
  return float_is_first(w) ? Cell::of(w.floats.front()) : Cell::of(w.histograms.front());
}
Cell last_over_time(const RangeWindow& w, RangeCall&) {
  return float_is_last(w) ? Cell::of(w.floats.back()) : Cell::of(w.histograms.back());
}
Cell seconds(std::int64_t ms) {
  return Cell::of(static_cast<double>(ms) / 1000);
}
Cell ts_of_first_over_time(const RangeWindow& w, RangeCall&) {
  return seconds(float_is_first(w) ? w.float_times.front() : w.histogram_times.front());
}
Cell ts_of_last_over_time(const RangeWindow& w, RangeCall&) {
  return seconds(float_is_last(w) ? w.float_times.back() : w.histogram_times.back());
}

// The index of the smallest (largest) float; the last of equals; NaN only if nothing else is there.
std::size_t extreme(std::span<const double> values, bool largest, bool last_of_equals) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const double v = values[i];
    const double b = values[best];
    const bool better = largest ? v > b : v < b;
    if (better || std::isnan(b) || (last_of_equals && v == b)) best = i;
  }
  return best;
}
Cell min_over_time(const RangeWindow& w, RangeCall& call) {
  return floats_only(w, call) ? Cell::of(w.floats[extreme(w.floats, false, false)]) : Cell{};
}
Cell max_over_time(const RangeWindow& w, RangeCall& call) {
  return floats_only(w, call) ? Cell::of(w.floats[extreme(w.floats, true, false)]) : Cell{};
}
Cell ts_of_min_over_time(const RangeWindow& w, RangeCall& call) {
  return floats_only(w, call) ? seconds(w.float_times[extreme(w.floats, false, true)]) : Cell{};
}
Cell ts_of_max_over_time(const RangeWindow& w, RangeCall& call) {
  return floats_only(w, call) ? seconds(w.float_times[extreme(w.floats, true, true)]) : Cell{};
}

// Welford's algorithm with compensated mean and squares.
double variance(std::span<const double> values) {
  double count = 0;
  double mean = 0;
  double mean_comp = 0;
  double squares = 0;
  double squares_comp = 0;
  for (const double v : values) {
    count += 1;
    const double distance = v - (mean + mean_comp);
    eval::add_compensated(distance / count, mean, mean_comp);
    eval::add_compensated(distance * (v - (mean + mean_comp)), squares, squares_comp);
  }
  return (squares + squares_comp) / count;
}
Cell stdvar_over_time(const RangeWindow& w, RangeCall& call) {
  return floats_only(w, call) ? Cell::of(variance(w.floats)) : Cell{};
}
double deviation(std::span<const double> values) { return std::sqrt(variance(values)); }
Cell stddev_over_time(const RangeWindow& w, RangeCall& call) {
  return floats_only(w, call) ? Cell::of(deviation(w.floats)) : Cell{};
}

Cell quantile_over_time(const RangeWindow& w, RangeCall& call) {
  if (!floats_only(w, call, 1)) return {};
  const double phi = call.parameters[0];
  if (!(phi >= 0 && phi <= 1)) call.notes.invalid_quantile(call.argument(0), phi);
  std::vector<double> values(w.floats.begin(), w.floats.end());
  return Cell::of(eval::quantile(phi, values));
}

Cell mad_over_time(const RangeWindow& w, RangeCall& call) {
  if (!floats_only(w, call)) return {};
  // Sorting would move NaN aside; here it makes the result NaN.
  if (std::any_of(w.floats.begin(), w.floats.end(), [](double v) { return std::isnan(v); })) {
    return Cell::of(std::numeric_limits<double>::quiet_NaN());
  }
  std::vector<double> values(w.floats.begin(), w.floats.end());
  const double median = eval::quantile(0.5, values);
  for (double& v : values) v = std::fabs(v - median);
  return Cell::of(eval::quantile(0.5, values));
}

// Walks floats and histograms in order of time and counts transitions. A change of kind counts always.
template <class FloatTest, class HistogramTest>
double count_transitions(const RangeWindow& w, FloatTest differs, HistogramTest histograms_differ) {
  std::size_t f = 0;
  std::size_t h = 0;
  double count = 0;
  bool previous_float = false;
  for (bool first = true; f < w.floats.size() || h < w.histograms.size(); first = false) {
    const bool is_float =
        h == w.histograms.size() || (f < w.floats.size() && w.float_times[f] < w.histogram_times[h]);
    if (!first) {
      const bool changed = is_float != previous_float || (is_float ? differs(f) : histograms_differ(h));
      count += changed ? 1 : 0;
    }
    ++(is_float ? f : h);
    previous_float = is_float;
  }
  return count;
}

// With `anchored`, the window starts at the last sample at or before its start, and must hold one of its own.
bool anchor(RangeWindow& w) {
  if (w.extension == Extension::kNone) return true;
  const auto before = [&](std::span<const std::int64_t> times) {
    std::size_t n = 0;
    while (n < times.size() && times[n] <= w.start) ++n;
    return n;
  };
  std::size_t floats = before(w.float_times);
  std::size_t histograms = before(w.histogram_times);
  if (floats == w.floats.size() && histograms == w.histograms.size()) return false;
  const std::int64_t last_float = floats > 0 ? w.float_times[floats - 1] : INT64_MIN;
  const std::int64_t last_histogram = histograms > 0 ? w.histogram_times[histograms - 1] : INT64_MIN;
  if (floats > 0 && last_float > last_histogram) --floats;
  if (histograms > 0 && last_histogram > last_float) --histograms;
  w.float_times = w.float_times.subspan(floats);
  w.floats = w.floats.subspan(floats);
  if (!w.float_starts.empty()) w.float_starts = w.float_starts.subspan(floats);
  w.histogram_times = w.histogram_times.subspan(histograms);
  w.histograms = w.histograms.subspan(histograms);
  if (!w.histogram_starts.empty()) w.histogram_starts = w.histogram_starts.subspan(histograms);
  return true;
}

Cell changes(const RangeWindow& window, RangeCall&) {
  RangeWindow w = window;
  if (!anchor(w)) return {};
  return Cell::of(count_transitions(
      w,
      [&](std::size_t i) {
        const double a = w.floats[i - 1];
        const double b = w.floats[i];
        return a != b && !(std::isnan(a) && std::isnan(b));
      },
      [&](std::size_t i) { return !model::equal_values(*w.histograms[i - 1], *w.histograms[i]); }));
}

Cell resets(const RangeWindow& window, RangeCall&) {
  RangeWindow w = window;
  if (!anchor(w)) return {};
  return Cell::of(count_transitions(
      w,
      [&](std::size_t i) {
        return w.floats[i] < w.floats[i - 1] || start_time_reset(w.float_times[i - 1], w.float_start(i - 1),
                                                                 w.float_times[i], w.float_start(i));
      },
      [&](std::size_t i) {
        return model::detect_reset(*w.histograms[i], *w.histograms[i - 1]) ||
               start_time_reset(w.histogram_times[i - 1], w.histogram_start(i - 1), w.histogram_times[i],
                                w.histogram_start(i));
      }));
}

// Of the floats of one window, for whole series at once.
double count_of(std::span<const double> values) { return static_cast<double>(values.size()); }
double one(std::span<const double>) { return 1; }
double first_of(std::span<const double> values) { return values.front(); }
double last_of(std::span<const double> values) { return values.back(); }
double smallest(std::span<const double> values) { return values[extreme(values, false, false)]; }
double largest(std::span<const double> values) { return values[extreme(values, true, false)]; }

struct RangeKernels {
  RangeKernel range;
  SeriesKernel series = nullptr;
};

constexpr FunctionSpec over_range(std::string_view name, RangeKernels kernels, std::string_view doc,
                                  std::string_view example, std::uint8_t use = model::kUsesEverySample,
                                  bool keeps_name = false, bool experimental = false) {
  FunctionSpec spec;
  spec.name = name;
  spec.arguments = {ValueType::kMatrix};
  spec.min_arguments = 1;
  spec.max_arguments = 1;
  spec.experimental = experimental;
  spec.keeps_name = keeps_name;
  spec.doc = doc;
  spec.example = example;
  spec.use = use;
  spec.code.range = kernels.range;
  spec.code.series = kernels.series;
  return spec;
}

constexpr FunctionSpec kFunctions[] = {
    over_range("sum_over_time", {sum_over_time, fold_windows<float_sum>}, "Sum of all values in the range.", "sum_over_time(up[1h])", kUsesEnds | kUsesSum),
    over_range("avg_over_time", {avg_over_time, fold_windows<float_average>}, "Average of all values in the range.",
               "avg_over_time(node_load1[1h])", kUsesEnds | kUsesSum | kUsesCount),
    over_range("count_over_time", {count_over_time, fold_windows<count_of>}, "Number of samples in the range.",
               "count_over_time(up[1h])", kUsesCount),
    over_range("min_over_time", {min_over_time, fold_windows<smallest>}, "Smallest value in the range.",
               "min_over_time(node_load1[1h])", kUsesEnds | kUsesExtremes),
    over_range("max_over_time", {max_over_time, fold_windows<largest>}, "Largest value in the range.",
               "max_over_time(node_load1[1h])", kUsesEnds | kUsesExtremes),
    over_range("stddev_over_time", {stddev_over_time, fold_windows<deviation>},
               "Population standard deviation of the values in the range.",
               "stddev_over_time(node_load1[1h])"),
    over_range("stdvar_over_time", {stdvar_over_time, fold_windows<variance>}, "Population variance of the values in the range.",
               "stdvar_over_time(node_load1[1h])"),
    over_range("last_over_time", {last_over_time, fold_windows<last_of>}, "Newest sample in the range.", "last_over_time(up[1h])", kUsesEnds, true),
    over_range("first_over_time", {first_over_time, fold_windows<first_of>}, "Oldest sample in the range.", "first_over_time(up[1h])", kUsesEnds, true, true),
    over_range("present_over_time", {present_over_time, fold_windows<one>}, "1 for every series with a sample in the range.",
               "present_over_time(up[1h])", kUsesEnds),
    over_range("mad_over_time", {mad_over_time}, "Median absolute deviation of the values in the range.",
               "mad_over_time(node_load1[1h])", kUsesEverySample, false, true),
    over_range("ts_of_min_over_time", {ts_of_min_over_time}, "Time of the last smallest value in the range.",
               "ts_of_min_over_time(node_load1[1h])", kUsesEverySample, false, true),
    over_range("ts_of_max_over_time", {ts_of_max_over_time}, "Time of the last largest value in the range.",
               "ts_of_max_over_time(node_load1[1h])", kUsesEverySample, false, true),
    over_range("ts_of_first_over_time", {ts_of_first_over_time}, "Time of the oldest sample in the range.",
               "ts_of_first_over_time(up[1h])", kUsesEnds, false, true),
    over_range("ts_of_last_over_time", {ts_of_last_over_time}, "Time of the newest sample in the range.",
               "ts_of_last_over_time(up[1h])", kUsesEnds, false, true),
    over_range("changes", {changes}, "How often the value changed within the range.",
               "changes(process_start_time_seconds[1d])"),
    over_range("resets", {resets}, "How often a counter was reset within the range.",
               "resets(http_requests_total[1h])", kUsesEnds | kUsesResets),
    {.name = "quantile_over_time",
     .arguments = {ValueType::kScalar, ValueType::kMatrix},
     .min_arguments = 2,
     .max_arguments = 2,
     .doc = "The phi-quantile (0 to 1) of the values in the range.",
     .example = "quantile_over_time(0.9, node_load1[1h])",
     .code = {.range = quantile_over_time}},
};

}  // namespace

std::span<const FunctionSpec> over_time_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
