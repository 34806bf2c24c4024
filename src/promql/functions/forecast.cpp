// deriv, predict_linear: least squares; double_exponential_smoothing: Holt's linear method.
#include <cmath>

#include "eval/kernels.h"
#include "promql/functions/families.h"
#include "promql/range_window.h"

namespace isobar::promql {
namespace {

using eval::Cell;

struct Line {
  double slope = 0;
  double intercept = 0;  // at the time asked for
};

// Simple linear regression with compensated sums; `origin` in ms.
Line regression(const RangeWindow& w, std::int64_t origin) {
  const std::size_t n = w.floats.size();
  const double first = w.floats.front();
  bool constant = true;
  double count = 0;
  double x_sum = 0, x_comp = 0, y_sum = 0, y_comp = 0, xy_sum = 0, xy_comp = 0, xx_sum = 0, xx_comp = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double y = w.floats[i];
    constant = constant && y == first;
    count += 1;
    const double x = static_cast<double>(w.float_times[i] - origin) / 1000;
    eval::add_compensated(x, x_sum, x_comp);
    eval::add_compensated(y, y_sum, y_comp);
    eval::add_compensated(x * y, xy_sum, xy_comp);
    eval::add_compensated(x * x, xx_sum, xx_comp);
  }
  if (constant) return std::isinf(first) ? Line{std::nan(""), std::nan("")} : Line{0, first};
  x_sum += x_comp;
  y_sum += y_comp;
  const double covariance = (xy_sum + xy_comp) - x_sum * y_sum / count;
  const double variance = (xx_sum + xx_comp) - x_sum * x_sum / count;
  const double slope = covariance / variance;
  return {slope, y_sum / count - slope * x_sum / count};
}

// Lines need two floats. Histograms are left out, which is noted where floats are there at all.
bool has_line(const RangeWindow& w, RangeCall& call) {
  if (!w.floats.empty() && !w.histograms.empty())
    call.notes.histograms_ignored_in_range(call.argument(0), call.series);
  return w.floats.size() >= 2;
}

Cell deriv(const RangeWindow& w, RangeCall& call) {
  if (!has_line(w, call)) return {};
  // Relative to the first sample, which keeps the products small.
  return Cell::of(regression(w, w.float_times.front()).slope);
}

Cell predict_linear(const RangeWindow& w, RangeCall& call) {
  if (!has_line(w, call)) return {};
  const Line line = regression(w, w.now);
  return Cell::of(line.slope * call.parameters[0] + line.intercept);
}

Cell double_exponential_smoothing(const RangeWindow& w, RangeCall& call) {
  const double smoothing = call.parameters[0];
  const double trend_factor = call.parameters[1];
  for (const auto& [name, symbol, factor] :
       {std::tuple{"smoothing", "sf", smoothing}, std::tuple{"trend", "tf", trend_factor}}) {
    // NaN passes, as in Prometheus.
    if (!(factor <= 0 || factor >= 1)) continue;
    call.failure = fmt::format("invalid {} factor. Expected: 0 < {} < 1, got: {:.6f}", name, symbol, factor);
    return {};
  }
  if (!has_line(w, call)) return {};
  double level = w.floats[0];
  double trend = w.floats[1] - w.floats[0];
  for (std::size_t i = 1; i < w.floats.size(); ++i) {
    const double previous = level;
    level = smoothing * w.floats[i] + (1 - smoothing) * (previous + trend);
    trend = trend_factor * (level - previous) + (1 - trend_factor) * trend;
  }
  return Cell::of(level);
}

constexpr FunctionSpec kFunctions[] = {
    {.name = "deriv",
     .arguments = {ValueType::kMatrix},
     .min_arguments = 1,
     .max_arguments = 1,
     .doc = "Per-second slope of a gauge over the range, by linear regression.",
     .example = "deriv(node_filesystem_avail_bytes[1h])",
     .code = {.range = deriv}},
    {.name = "predict_linear",
     .arguments = {ValueType::kMatrix, ValueType::kScalar},
     .min_arguments = 2,
     .max_arguments = 2,
     .uses_step_time = true,
     .doc = "The value so many seconds from now, by linear regression over the range.",
     .example = "predict_linear(node_filesystem_avail_bytes[6h], 86400)",
     .code = {.range = predict_linear}},
    {.name = "double_exponential_smoothing",
     .arguments = {ValueType::kMatrix, ValueType::kScalar, ValueType::kScalar},
     .min_arguments = 3,
     .max_arguments = 3,
     .experimental = true,
     .doc = "Smoothed value of a gauge over the range: smoothing factor and trend factor between 0 and 1.",
     .example = "double_exponential_smoothing(node_load1[1h], 0.5, 0.1)",
     .code = {.range = double_exponential_smoothing}},
};

}  // namespace

std::span<const FunctionSpec> forecast_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
