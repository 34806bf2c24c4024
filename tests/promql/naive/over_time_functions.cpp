// *_over_time, deriv, predict_linear and double_exponential_smoothing.
#include <algorithm>

#include "range_functions.h"

namespace isobar::promqltest::naive {
namespace {

using Answer = Result<std::optional<Cell>>;
using Parameters = std::span<const Num>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Answer number(Num value) {
  return Cell{value, nullptr};
}
Answer nothing() {
  return std::optional<Cell>();
}

std::vector<Num> values_of(const Window& w) {
  std::vector<Num> values;
  for (const Point& p : w.floats) values.push_back(p.cell.number);
  return values;
}

// Functions of floats say so when there are histograms too.
bool has_floats(const Window& w, Log& log) {
  if (!w.floats.empty() && !w.histograms.empty()) log.informed = true;
  return !w.floats.empty();
}

Answer add_up(const Window& w, bool mean, Log& log) {
  if (!w.floats.empty() && !w.histograms.empty()) {
    log.warned = true;
    return nothing();
  }
  if (!w.floats.empty()) {
    if (mean) return number(average_of(values_of(w)));
    Sum sum;
    for (const Point& p : w.floats) sum.add(p.cell.number);
    return number(rounded(sum.value()));
  }
  std::vector<HistPtr> histograms;
  for (const Point& p : w.histograms) histograms.push_back(p.cell.histogram);
  HistPtr h = sum_of(histograms, mean, log);
  if (!h) return nothing();
  return Cell{{}, std::move(h)};
}
Answer sum_over_time(const Window& w, Parameters, std::int64_t, Log& log) {
  return add_up(w, false, log);
}
Answer avg_over_time(const Window& w, Parameters, std::int64_t, Log& log) {
  return add_up(w, true, log);
}
Answer count_over_time(const Window& w, Parameters, std::int64_t, Log&) {
  return number(static_cast<double>(w.floats.size() + w.histograms.size()));
}
Answer present_over_time(const Window&, Parameters, std::int64_t, Log&) {
  return number(1.0);
}

const Point& end_of(const Window& w, bool last) {
  if (w.floats.empty()) return last ? w.histograms.back() : w.histograms.front();
  if (w.histograms.empty()) return last ? w.floats.back() : w.floats.front();
  if (last) return w.floats.back().time > w.histograms.back().time ? w.floats.back() : w.histograms.back();
  return w.floats.front().time < w.histograms.front().time ? w.floats.front() : w.histograms.front();
}
Answer first_over_time(const Window& w, Parameters, std::int64_t, Log&) {
  return end_of(w, false).cell;
}
Answer last_over_time(const Window& w, Parameters, std::int64_t, Log&) {
  return end_of(w, true).cell;
}
Answer ts_of_first(const Window& w, Parameters, std::int64_t, Log&) {
  return number(static_cast<double>(end_of(w, false).time) / 1000);
}
Answer ts_of_last(const Window& w, Parameters, std::int64_t, Log&) {
  return number(static_cast<double>(end_of(w, true).time) / 1000);
}

// The extreme float; of equal ones the last.
std::optional<Point> extreme(const Window& w, bool largest, bool want_time, Log& log) {
  if (!has_floats(w, log)) return {};
  Point best = w.floats.front();
  for (const Point& p : w.floats) {
    const double x = p.cell.number.number();
    const double y = best.cell.number.number();
    if (want_time && p.time != best.time && close(p.cell.number, best.cell.number))
      log.doubts.undecided = true;
    // The first of equals, which matters for zeros of two signs; of their times the last.
    const bool better = (largest ? x > y : x < y) || (want_time && x == y);
    if (better || std::isnan(y)) best = p;
  }
  return best;
}
Answer max_over_time(const Window& w, Parameters, std::int64_t, Log& log) {
  const std::optional<Point> best = extreme(w, true, false, log);
  return best ? std::optional<Cell>(best->cell) : std::nullopt;
}
Answer min_over_time(const Window& w, Parameters, std::int64_t, Log& log) {
  const std::optional<Point> best = extreme(w, false, false, log);
  return best ? std::optional<Cell>(best->cell) : std::nullopt;
}
Answer ts_of_max(const Window& w, Parameters, std::int64_t, Log& log) {
  const std::optional<Point> best = extreme(w, true, true, log);
  return best ? number(static_cast<double>(best->time) / 1000) : nothing();
}
Answer ts_of_min(const Window& w, Parameters, std::int64_t, Log& log) {
  const std::optional<Point> best = extreme(w, false, true, log);
  return best ? number(static_cast<double>(best->time) / 1000) : nothing();
}

Answer quantile_over_time(const Window& w, Parameters parameters, std::int64_t, Log& log) {
  if (w.floats.empty()) return nothing();
  const double q = parameters[0].number();
  if (!(q >= 0 && q <= 1)) log.warned = true;
  (void)has_floats(w, log);
  return number(quantile_of(parameters[0], values_of(w), log.doubts));
}

Answer mad_over_time(const Window& w, Parameters, std::int64_t, Log& log) {
  if (!has_floats(w, log)) return nothing();
  // NaN is no smallest value here: it makes the result NaN.
  for (const Point& p : w.floats) {
    if (std::isnan(p.cell.number.number())) return number(kNan);
  }
  const Num median = quantile_of(0.5, values_of(w), log.doubts);
  std::vector<Num> distances;
  for (const Num& v : values_of(w)) {
    Num d = minus(v, median);
    d.value = std::fabs(d.value);
    distances.push_back(d);
  }
  return number(quantile_of(0.5, distances, log.doubts));
}

Answer stdvar_over_time(const Window& w, Parameters, std::int64_t, Log& log) {
  if (!has_floats(w, log)) return nothing();
  return number(variance_of(values_of(w)));
}
Answer stddev_over_time(const Window& w, Parameters, std::int64_t, Log& log) {
  if (!has_floats(w, log)) return nothing();
  const Num v = variance_of(values_of(w));
  const double root = std::sqrt(v.number());
  if (!std::isfinite(root)) return number(root);
  const long double doubt = root > 0 ? std::min(v.doubt / root, std::sqrt(v.doubt)) : std::sqrt(v.doubt);
  return number({root, doubt + 4 * kUnit * root});
}

struct Line {
  Num slope;
  Num intercept;
};

// With infinities among the values: what the formulas say, infinite or NaN.
Line unbounded_line(const std::vector<Point>& points, std::int64_t origin) {
  const double n = static_cast<double>(points.size());
  double sx = 0;
  double sy = 0;
  double sxy = 0;
  double sxx = 0;
  for (const Point& p : points) {
    const double x = static_cast<double>(p.time - origin) / 1000;
    sx += x;
    sy += p.cell.number.number();
    sxy += x * p.cell.number.number();
    sxx += x * x;
  }
  const double slope = (sxy - sx * sy / n) / (sxx - sx * sx / n);
  return {slope, sy / n - slope * sx / n};
}

// Least squares; time in seconds from `origin`. The doubts are those of the textbook sums, whose differences
// cancel.
Line regression(const std::vector<Point>& points, std::int64_t origin) {
  const Num& first = points.front().cell.number;
  const bool constant = std::all_of(points.begin(), points.end(),
                                    [&](const Point& p) { return p.cell.number.number() == first.number(); });
  if (constant) return std::isinf(first.number()) ? Line{kNan, kNan} : Line{0.0, first};
  const long double n = static_cast<long double>(points.size());
  Sum sx;
  Sum sy;
  Sum sxy;
  Sum sxx;
  for (const Point& p : points) {
    const Num x = static_cast<double>(p.time - origin) / 1000;
    const Num& y = p.cell.number;
    sx.add(x);
    sy.add(y);
    sxy.add({x.value * y.value, std::fabs(x.value) * y.doubt});
    sxx.add({x.value * x.value, 0});
  }
  const long double covariance = sxy.value().value - sx.value().value * sy.value().value / n;
  const long double spread = sxx.value().value - sx.value().value * sx.value().value / n;
  if (!std::isfinite(static_cast<double>(sy.value().value))) return unbounded_line(points, origin);
  const long double covariance_doubt = 16 * kUnit * (sxy.size() + sx.size() * sy.size() / n) +
                                       2 * sxy.value().doubt + 2 * sx.size() * sy.value().doubt / n;
  const long double spread_doubt = 16 * kUnit * (sxx.size() + sx.size() * sx.size() / n);
  if (spread <= spread_doubt)
    return {{covariance / spread, std::numeric_limits<long double>::infinity()},
            {0, std::numeric_limits<long double>::infinity()}};
  const long double slope = covariance / spread;
  const long double slope_doubt =
      (covariance_doubt + std::fabs(slope) * spread_doubt) / (spread - spread_doubt);
  const long double shift = sx.value().value / n;
  const long double intercept = sy.value().value / n - slope * shift;
  const long double intercept_doubt = 8 * kUnit * (sy.size() / n + std::fabs(slope * shift)) +
                                      slope_doubt * std::fabs(shift) + sy.value().doubt / n;
  return {rounded({slope, slope_doubt}), rounded({intercept, intercept_doubt})};
}

bool enough_floats(const Window& w, Log& log) {
  (void)has_floats(w, log);
  return w.floats.size() >= 2;
}

Answer deriv(const Window& w, Parameters, std::int64_t, Log& log) {
  if (!enough_floats(w, log)) return nothing();
  return number(regression(w.floats, w.floats.front().time).slope);
}
Answer predict_linear(const Window& w, Parameters parameters, std::int64_t now, Log& log) {
  if (!enough_floats(w, log)) return nothing();
  const Line line = regression(w.floats, now);
  return number(rounded(plus(times(line.slope, parameters[0]), line.intercept), 8));
}

Answer smoothing(const Window& w, Parameters parameters, std::int64_t, Log& log) {
  const double sf = parameters[0].number();
  const double tf = parameters[1].number();
  if (sf <= 0 || sf >= 1) return failure("invalid smoothing factor");
  if (tf <= 0 || tf >= 1) return failure("invalid trend factor");
  if (!enough_floats(w, log)) return nothing();
  std::vector<Num> v = values_of(w);
  double before = 0;
  double level = v[0].number();
  double trend = v[1].number() - v[0].number();
  long double size = 0;
  long double doubt =
      parameters[0].doubt > 0 || parameters[1].doubt > 0 ? std::numeric_limits<long double>::infinity() : 0;
  for (std::size_t i = 1; i < v.size(); ++i) {
    if (i > 1) trend = tf * (level - before) + (1 - tf) * trend;
    const double next = sf * v[i].number() + (1 - sf) * (level + trend);
    before = level;
    level = next;
    size = std::max({size, std::fabs(v[i].value), std::fabs(static_cast<long double>(level)),
                     std::fabs(static_cast<long double>(trend))});
    doubt += 8 * v[i].doubt;
  }
  if (!std::isfinite(level)) return number(level);
  return number({level, doubt + 64 * kUnit * size * static_cast<long double>(v.size())});
}

}  // namespace

RangeFunction find_over_time_function(std::string_view name) {
  static const std::map<std::string_view, RangeFunction> all{
      {"sum_over_time", sum_over_time},
      {"avg_over_time", avg_over_time},
      {"count_over_time", count_over_time},
      {"present_over_time", present_over_time},
      {"first_over_time", first_over_time},
      {"last_over_time", last_over_time},
      {"ts_of_first_over_time", ts_of_first},
      {"ts_of_last_over_time", ts_of_last},
      {"max_over_time", max_over_time},
      {"min_over_time", min_over_time},
      {"ts_of_max_over_time", ts_of_max},
      {"ts_of_min_over_time", ts_of_min},
      {"quantile_over_time", quantile_over_time},
      {"mad_over_time", mad_over_time},
      {"stdvar_over_time", stdvar_over_time},
      {"stddev_over_time", stddev_over_time},
      {"deriv", deriv},
      {"predict_linear", predict_linear},
      {"double_exponential_smoothing", smoothing},
  };
  const auto at = all.find(name);
  return at == all.end() ? nullptr : at->second;
}

}  // namespace isobar::promqltest::naive
