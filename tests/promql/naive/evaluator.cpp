#include "evaluator.h"

#include <algorithm>
#include <set>

#include "model/sample.h"

namespace isobar::promqltest::naive {
namespace {

using promql::as;
using promql::AtAnchor;
using promql::DurationExpr;
using promql::ExprKind;

bool matches(const model::Labels& labels, const std::vector<model::Matcher>& matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const auto& m) { return m.matches(labels); });
}

Result<double> seconds_of(const DurationExpr& e, const Times& times) {
  double a = 0;
  double b = 0;
  if (e.left) {
    TRY(a, seconds_of(*e.left, times));
  }
  if (e.right) {
    TRY(b, seconds_of(*e.right, times));
  }
  using Op = DurationExpr::Op;
  switch (e.op) {
    case Op::kNumber:
      return e.seconds;
    case Op::kStep:
      return static_cast<double>(times.step) / 1000;
    case Op::kRange:
      return static_cast<double>(times.end - times.start) / 1000;
    case Op::kMinOf:
      return std::min(a, b);
    case Op::kMaxOf:
      return std::max(a, b);
    case Op::kAdd:
      return a + b;
    case Op::kSub:
      return a - b;
    case Op::kMul:
      return a * b;
    case Op::kPow:
      return std::pow(a, b);
    case Op::kNegate:
      return -a;
    case Op::kPlus:
    case Op::kParen:
      return a;
    case Op::kDiv:
    case Op::kMod:
      if (b == 0) return failure("division by zero in a duration");
      return e.op == Op::kDiv ? a / b : std::fmod(a, b);
  }
  return a;
}

Window window_of(const Series& series, std::int64_t start, std::int64_t end, std::int64_t before,
                 std::int64_t after) {
  Window w;
  w.labels = series.labels;
  w.start = start;
  w.end = end;
  for (const Point& p : series.points) {
    if (p.time <= start - before || p.time > end + after || p.stale) continue;
    (p.cell.histogram ? w.histograms : w.floats).push_back(p);
  }
  return w;
}

// h1 + (h2 - h1) * share, or h2 * share of a counter that started anew.
HistPtr between(const Point& a, const Point& b, std::int64_t at, Log& log) {
  const double share = static_cast<double>(at - a.time) / static_cast<double>(b.time - a.time);
  const Hist& first = *a.cell.histogram;
  auto result = std::make_shared<Hist>(*b.cell.histogram);
  const bool counter = first.hint != model::CounterResetHint::kGauge;
  if (first.custom != result->custom) {
    log.warned = true;
    return nullptr;
  }
  if (counter && is_reset(*result, first, log.doubts)) {
    scale(*result, share);
    add_doubt(*result, *b.cell.histogram);
    return result;
  }
  (void)join(*result, first, -1, false, log.doubts);
  scale(*result, share);
  (void)join(*result, first, 1, false, log.doubts);
  add_doubt(*result, *b.cell.histogram);
  return result;
}

}  // namespace

tl::unexpected<Error> failure(std::string text) {
  return fail(Code::kUnprocessable, std::move(text));
}

model::Labels nameless(const model::Labels& labels) {
  return dropped(labels, {});
}
model::Labels picked(const model::Labels& labels, const std::vector<std::string>& names) {
  model::LabelsBuilder builder;
  for (const std::string& name : names) builder.set(name, labels.get(name));
  return builder.build();
}
model::Labels dropped(const model::Labels& labels, const std::vector<std::string>& names) {
  model::LabelsBuilder builder(labels);
  builder.remove(model::kMetricName);
  for (const std::string& name : names) builder.remove(name);
  return builder.build();
}
Result<Vector> unique(Vector v) {
  std::set<model::Labels> seen;
  for (const Element& e : v) {
    if (!seen.insert(e.labels).second) return failure("vector cannot contain metrics with the same labelset");
  }
  return v;
}

Result<std::int64_t> Evaluator::duration(const promql::DurationValue& value) const {
  if (!value.expr) return value.value.ms;
  TRY(const double seconds, seconds_of(*value.expr, settings_.times));
  if (!(std::fabs(seconds) < 1e12)) return failure("duration out of range");
  return std::llround(seconds * 1000);
}

Result<std::int64_t> Evaluator::shifted(const promql::TimeShift& shift, std::int64_t t) const {
  TRY(const std::int64_t offset, duration(shift.offset));
  switch (shift.at) {
    case AtAnchor::kNone:
      return t - offset;
    case AtAnchor::kTime:
      return shift.at_time.ms - offset;
    case AtAnchor::kStart:
      return settings_.times.start - offset;
    case AtAnchor::kEnd:
      return settings_.times.end - offset;
  }
  return t;
}

std::vector<Evaluator::Found> Evaluator::lookup(const std::vector<model::Matcher>& matchers,
                                                std::int64_t at) const {
  std::vector<Found> found;
  for (const Series& series : data_) {
    if (!matches(series.labels, matchers)) continue;
    const Point* newest = nullptr;
    for (const Point& p : series.points) {
      if (p.time <= at) newest = &p;
    }
    if (newest != nullptr && newest->time > at - settings_.lookback && !newest->stale)
      found.push_back({&series, newest});
  }
  return found;
}

Result<Vector> Evaluator::selector(const promql::VectorSelector& selector, std::int64_t t) {
  TRY(const std::int64_t at, shifted(selector.shift, t));
  if (selector.smoothed) return smoothed(selector, at);
  Vector result;
  for (const Found& f : lookup(selector.matchers, at)) result.push_back({f.series->labels, f.point->cell});
  return result;
}

Result<Vector> Evaluator::smoothed(const promql::VectorSelector& selector, std::int64_t at) {
  Vector result;
  for (const Series& series : data_) {
    if (!matches(series.labels, selector.matchers)) continue;
    const Window w = window_of(series, at, at, settings_.lookback, settings_.lookback);
    if (!w.floats.empty() && !w.histograms.empty()) {
      log_.warned = true;
      continue;
    }
    const std::vector<Point>& points = w.floats.empty() ? w.histograms : w.floats;
    const auto next = std::find_if(points.begin(), points.end(), [&](const Point& p) { return p.time > at; });
    if (next == points.begin()) continue;
    const Point& before = *(next - 1);
    if (next == points.end() || before.time == at) {
      result.push_back({series.labels, before.cell});
    } else if (before.cell.histogram) {
      HistPtr h = between(before, *next, at, log_);
      if (h) result.push_back({series.labels, {{}, std::move(h)}});
    } else {
      const double y1 = before.cell.number.number();
      const double y2 = next->cell.number.number();
      const double y = y1 + (y2 - y1) * static_cast<double>(at - before.time) /
                                static_cast<double>(next->time - before.time);
      result.push_back({series.labels, {{y, 8 * kUnit * (std::fabs(y1) + std::fabs(y2))}, nullptr}});
    }
  }
  return result;
}

Result<std::vector<Window>> Evaluator::windows(const promql::Expr& expr, std::int64_t t) {
  const promql::Expr& e = promql::unwrap(expr);
  if (e.kind == ExprKind::kSubquery) return subquery(as<promql::SubqueryExpr>(e), t);
  const auto& matrix = as<promql::MatrixSelector>(e);
  const promql::VectorSelector& s = *matrix.selector;
  TRY(const std::int64_t range, duration(matrix.range));
  if (range <= 0) return failure("duration must be greater than 0");
  TRY(const std::int64_t end, shifted(s.shift, t));
  const std::int64_t before = s.anchored || s.smoothed ? settings_.lookback : 0;
  const std::int64_t after = s.smoothed ? settings_.lookback : 0;
  std::vector<Window> result;
  for (const Series& series : data_) {
    if (!matches(series.labels, s.matchers)) continue;
    Window w = window_of(series, end - range, end, before, after);
    w.anchored = s.anchored;
    w.smoothed = s.smoothed;
    if (!w.floats.empty() || !w.histograms.empty()) result.push_back(std::move(w));
  }
  return result;
}

// Steps are multiples of the step within (end - range, end].
Result<std::vector<Window>> Evaluator::subquery(const promql::SubqueryExpr& expr, std::int64_t t) {
  TRY(const std::int64_t range, duration(expr.range));
  TRY(std::int64_t step, duration(expr.step));
  if (range <= 0 || (expr.has_step && step <= 0)) return failure("duration must be greater than 0");
  if (!expr.has_step) step = settings_.subquery_step;
  TRY(const std::int64_t end, shifted(expr.shift, t));
  std::int64_t at = (end - range) / step * step;
  while (at > end - range) at -= step;
  while (at <= end - range) at += step;
  std::vector<Series> series;
  std::map<model::Labels, std::size_t> index;
  for (; at <= end; at += step) {
    TRY(Vector v, vector(*expr.inner, at));
    for (Element& e : v) {
      const auto [known, added] = index.try_emplace(e.labels, series.size());
      if (added) series.push_back({e.labels, {}});
      if (e.cell.histogram && e.cell.histogram->hint != model::CounterResetHint::kGauge) {
        // Neighbours of a subquery are none in the storage.
        auto h = std::make_shared<Hist>(*e.cell.histogram);
        h->hint = model::CounterResetHint::kUnknown;
        e.cell.histogram = std::move(h);
      }
      series[known->second].points.push_back({.time = at, .cell = std::move(e.cell)});
    }
  }
  std::vector<Window> result;
  for (const Series& s : series) result.push_back(window_of(s, end - range, end, 0, 0));
  return result;
}

Result<Value> Evaluator::unary(const promql::UnaryExpr& expr, std::int64_t t) {
  TRY(Value value, evaluate(*expr.inner, t));
  if (!expr.negate) return value;
  value.scalar = times(value.scalar, -1.0);
  for (Element& e : value.vector) {
    e.labels = nameless(e.labels);
    if (e.cell.histogram) {
      auto h = std::make_shared<Hist>(*e.cell.histogram);
      scale(*h, -1.0);
      e.cell.histogram = std::move(h);
    } else {
      e.cell.number = times(e.cell.number, -1.0);
    }
  }
  TRY(value.vector, unique(std::move(value.vector)));
  return value;
}

Result<Value> Evaluator::evaluate(const promql::Expr& expr, std::int64_t t) {
  switch (expr.kind) {
    case ExprKind::kNumber:
      return Value::of(Num(as<promql::NumberLiteral>(expr).value));
    case ExprKind::kString:
      return Value{.type = promql::ValueType::kString, .text = as<promql::StringLiteral>(expr).value};
    case ExprKind::kParen:
      return evaluate(*as<promql::ParenExpr>(expr).inner, t);
    case ExprKind::kStepInvariant:
      return evaluate(*as<promql::StepInvariantExpr>(expr).inner, t);
    case ExprKind::kUnary:
      return unary(as<promql::UnaryExpr>(expr), t);
    case ExprKind::kBinary:
      return evaluate_binary(*this, as<promql::BinaryExpr>(expr), t);
    case ExprKind::kAggregate:
      return evaluate_aggregate(*this, as<promql::AggregateExpr>(expr), t);
    case ExprKind::kCall:
      return evaluate_call(*this, as<promql::CallExpr>(expr), t);
    case ExprKind::kVectorSelector: {
      TRY(Vector v, selector(as<promql::VectorSelector>(expr), t));
      return Value::of(std::move(v));
    }
    case ExprKind::kMatrixSelector:
    case ExprKind::kSubquery: {
      Value value{.type = promql::ValueType::kMatrix};
      TRY(const std::vector<Window> all, windows(expr, t));
      for (const Window& w : all) {
        Series s{w.labels, w.floats};
        s.points.insert(s.points.end(), w.histograms.begin(), w.histograms.end());
        std::sort(s.points.begin(), s.points.end(),
                  [](const Point& a, const Point& b) { return a.time < b.time; });
        value.matrix.push_back(std::move(s));
      }
      return value;
    }
  }
  return failure("unknown expression");
}

Result<Vector> Evaluator::vector(const promql::Expr& expr, std::int64_t t) {
  TRY(Value value, evaluate(expr, t));
  // A subquery over a scalar expression is one over a series without labels.
  if (value.type == promql::ValueType::kScalar) return Vector{{{}, {value.scalar, nullptr}}};
  return std::move(value.vector);
}

Result<Num> Evaluator::scalar(const promql::Expr& expr, std::int64_t t) {
  TRY(const Value value, evaluate(expr, t));
  return value.scalar;
}

}  // namespace isobar::promqltest::naive
