// Calls: functions about the query and its samples here, the others by family.
#include "functions.h"

#include <numbers>

#include "promql/functions.h"
#include "range_functions.h"

namespace isobar::promqltest::naive {
namespace {

using promql::as;
using promql::ExprKind;

// Time of the sample itself under a plain selector, else of the step.
Result<Value> timestamps(const CallSite& site, bool starts) {
  const promql::Expr& argument = promql::unwrap(*site.call.arguments[0]);
  Vector result;
  const bool plain =
      argument.kind == ExprKind::kVectorSelector && !as<promql::VectorSelector>(argument).smoothed;
  if (plain) {
    const auto& selector = as<promql::VectorSelector>(argument);
    TRY(const std::int64_t at, site.evaluator.shifted(selector.shift, site.t));
    for (const Evaluator::Found& f : site.evaluator.lookup(selector.matchers, at)) {
      const std::int64_t time = starts ? f.point->start : f.point->time;
      result.push_back({nameless(f.series->labels), {static_cast<double>(time) / 1000, nullptr}});
    }
  } else {
    TRY(const Vector input, site.vector(0));
    if (!starts) {
      for (const Element& e : input)
        result.push_back({nameless(e.labels), {static_cast<double>(site.t) / 1000, nullptr}});
    }
  }
  TRY(result, unique(std::move(result)));
  return Value::of(std::move(result));
}

Result<Value> scalar_of(const CallSite& site) {
  TRY(const Vector input, site.vector(0));
  Num value = std::numeric_limits<double>::quiet_NaN();
  int found = 0;
  for (const Element& e : input) {
    if (e.cell.histogram) continue;
    value = ++found == 1 ? e.cell.number : Num(std::numeric_limits<double>::quiet_NaN());
  }
  return Value::of(value);
}

Result<Value> larger_of(const CallSite& site, bool largest) {
  TRY(const Num a, site.scalar(0));
  TRY(const Num b, site.scalar(1));
  if (std::isnan(a.number()) || std::isnan(b.number()))
    return Value::of(Num(std::numeric_limits<double>::quiet_NaN()));
  Num result = (largest ? a.number() >= b.number() : a.number() <= b.number()) ? a : b;
  result.doubt = std::max(a.doubt, b.doubt);
  return Value::of(result);
}

Answered call_query_function(const CallSite& site) {
  const std::string_view name = site.name();
  const Times& times = site.evaluator.settings().times;
  const auto seconds = [](std::int64_t ms) { return Value::of(Num(static_cast<double>(ms) / 1000)); };
  if (name == "time") return seconds(site.t);
  if (name == "start") return seconds(times.start);
  if (name == "end") return seconds(times.end);
  if (name == "step") return seconds(times.step);
  if (name == "range") return seconds(times.end - times.start);
  if (name == "pi") return Value::of(Num(std::numbers::pi));
  if (name == "max_of" || name == "min_of") return larger_of(site, name == "max_of");
  if (name == "timestamp") return timestamps(site, false);
  if (name == "start_timestamp") return timestamps(site, true);
  if (name == "scalar") return scalar_of(site);
  if (name == "vector") {
    Result<Num> value = site.scalar(0);
    if (!value) return tl::unexpected(value.error());
    return Value::of(Vector{{{}, {*value, nullptr}}});
  }
  return {};
}

// anchored and smoothed bring neighbours along that few functions can use.
Result<void> check_extension(std::string_view name, const promql::Expr& argument) {
  if (argument.kind != ExprKind::kMatrixSelector) return {};
  const promql::VectorSelector& s = *as<promql::MatrixSelector>(argument).selector;
  const bool rates = name == "rate" || name == "increase" || name == "delta";
  if (s.anchored && !rates && name != "changes" && name != "resets")
    return failure("anchored is not for this function");
  if (s.smoothed && !rates) return failure("smoothed is not for this function");
  return {};
}

// Where every window is empty, the labels that the selector's equality matchers name.
Result<Value> range_function(const CallSite& site, RangeFunction function) {
  std::vector<Num> parameters;
  std::vector<Window> windows;
  for (const promql::ExprPtr& argument : site.call.arguments) {
    if (argument->type == promql::ValueType::kMatrix) {
      TRYV(check_extension(site.name(), *argument));
      TRY(windows, site.evaluator.windows(*argument, site.t));
    } else {
      TRY(const Num parameter, site.evaluator.scalar(*argument, site.t));
      parameters.push_back(parameter);
    }
  }
  const bool keeps = site.name() == "last_over_time" || site.name() == "first_over_time";
  Vector result;
  for (const Window& w : windows) {
    TRY(std::optional<Cell> cell, function(w, parameters, site.t, site.log()));
    if (cell) result.push_back({keeps ? w.labels : nameless(w.labels), std::move(*cell)});
  }
  TRY(result, unique(std::move(result)));
  return Value::of(std::move(result));
}

}  // namespace

std::string_view CallSite::name() const {
  return call.function->name;
}

Result<Value> evaluate_call(Evaluator& evaluator, const promql::CallExpr& expr, std::int64_t t) {
  const CallSite site{evaluator, expr, t};
  if (const RangeFunction f = find_rate_function(site.name())) return range_function(site, f);
  if (const RangeFunction f = find_over_time_function(site.name())) return range_function(site, f);
  for (const auto family :
       {call_query_function, call_element_function, call_label_function, call_histogram_function}) {
    if (Answered answered = family(site)) return std::move(*answered);
  }
  return fail(Code::kNotFound, "the naive evaluator does not know the function " + std::string(site.name()));
}

}  // namespace isobar::promqltest::naive
