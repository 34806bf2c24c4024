#include <cmath>

#include "model/histogram_arithmetic.h"
#include "promql/bucket_stream.h"
#include "promql/evaluation.h"
#include "promql/explain.h"

namespace isobar::promql {
namespace {

using eval::StepGrid;

class EmptyStream : public eval::SeriesStream {
 public:
  Result<bool> next(eval::StepSeries&) override { return false; }
  bool distinct_without_name() const override { return true; }
};

// One float function over every cell; histograms have no place in it and go.
class ElementStream : public eval::SeriesStream {
 public:
  ElementStream(eval::StreamPtr inner, ElementKernel kernel, std::vector<double> parameters,
                std::size_t per_step)
      : inner_(std::move(inner)), kernel_(kernel), parameters_(std::move(parameters)), per_step_(per_step) {}

  Result<bool> next(eval::StepSeries& out) override {
    TRY(const bool more, inner_->next(out));
    if (!more) return false;
    for (std::size_t i = 0; i < out.steps(); ++i) {
      if (out.kinds[i] == eval::Kind::kFloat) {
        out.values[i] = kernel_(out.values[i], parameters_.data() + i * per_step_);
      } else {
        out.erase(i);
      }
    }
    out.histograms.clear();
    return true;
  }
  bool distinct_without_name() const override { return inner_->distinct_without_name(); }

 private:
  eval::StreamPtr inner_;
  ElementKernel kernel_;
  std::vector<double> parameters_;
  std::size_t per_step_;
};

class NegatingStream : public eval::SeriesStream {
 public:
  explicit NegatingStream(eval::StreamPtr inner) : inner_(std::move(inner)) {}

  Result<bool> next(eval::StepSeries& out) override {
    TRY(const bool more, inner_->next(out));
    if (!more) return false;
    for (double& v : out.values) v = -v;
    for (eval::HistogramPtr& h : out.histograms) {
      if (h) h = negated(*h);
    }
    return true;
  }
  bool distinct_without_name() const override { return inner_->distinct_without_name(); }

 private:
  static eval::HistogramPtr negated(const model::Histogram& h) {
    auto result = std::make_shared<model::Histogram>(h);
    model::multiply(*result, -1);
    return result;
  }
  eval::StreamPtr inner_;
};

// What was evaluated for one step, at all steps.
class BroadcastStream : public eval::SeriesStream {
 public:
  BroadcastStream(eval::StreamPtr inner, std::size_t steps) : inner_(std::move(inner)), steps_(steps) {}

  Result<bool> next(eval::StepSeries& out) override {
    TRY(const bool more, inner_->next(one_));
    if (!more) return false;
    out.reset(steps_);
    out.labels = one_.labels;
    out.drop_name = one_.drop_name;
    const eval::Cell cell = one_.cell(0);
    for (std::size_t i = 0; i < steps_; ++i) out.set(i, cell);
    return true;
  }
  bool distinct_without_name() const override { return inner_->distinct_without_name(); }

 private:
  eval::StreamPtr inner_;
  std::size_t steps_;
  eval::StepSeries one_;
};

bool may_help(const QueryState& state) { return state.options.helpers != nullptr && state.given == nullptr && state.asked == nullptr; }

}  // namespace

Result<eval::StreamPtr> Evaluator::vector(const Expr& expr, const StepGrid& grid) {
  if (grid.count == 0) return eval::StreamPtr(std::make_unique<EmptyStream>());
  TRY(Value value, evaluate(expr, grid));
  return std::move(value.stream);
}

Result<Scalars> Evaluator::scalar(const Expr& expr, const StepGrid& grid) {
  TRY(Value value, evaluate(expr, grid));
  return std::move(value.scalars);
}

Result<Value> Evaluator::evaluate(const Expr& expr, const StepGrid& grid) {
  if (trace_ == nullptr || !Trace::worth_a_line(expr)) return evaluate_untraced(expr, grid);
  Trace::Step step(*trace_, expr);
  TRY(Value value, evaluate_untraced(expr, grid));
  if (value.stream) value.stream = step.measured(std::move(value.stream));
  step.gave_scalars(value.scalars.size());
  return value;
}

Result<Value> Evaluator::evaluate_untraced(const Expr& expr, const StepGrid& grid) {
  if (trace_ == nullptr && may_help(state_) && selector_of_chain(expr) != nullptr) {
    TRY(eval::StreamPtr stream, bucket_stream(state_, expr, grid));
    return Value::of(std::move(stream));
  }
  switch (expr.kind) {
    case ExprKind::kNumber:
      return Value::of(Scalars(grid.count, as<NumberLiteral>(expr).value));
    case ExprKind::kString:
      return Value::of_text(as<StringLiteral>(expr).value);
    case ExprKind::kParen:
      return evaluate(*as<ParenExpr>(expr).inner, grid);
    case ExprKind::kUnary:
      return unary(as<UnaryExpr>(expr), grid);
    case ExprKind::kBinary:
      return binary(as<BinaryExpr>(expr), grid);
    case ExprKind::kCall:
      return call(as<CallExpr>(expr), grid);
    case ExprKind::kStepInvariant:
      return step_invariant(as<StepInvariantExpr>(expr), grid);
    case ExprKind::kVectorSelector:
      return Value::of(selector_stream(state_, as<VectorSelector>(expr), grid, SelectorValue::kSample));
    case ExprKind::kAggregate: {
      TRY(eval::StreamPtr stream, aggregate_once(as<AggregateExpr>(expr), grid));
      return Value::of(std::move(stream));
    }
    case ExprKind::kMatrixSelector:
    case ExprKind::kSubquery:
      break;
  }
  return fail(Code::kInternal, "a range vector has no value of its own");
}

Result<Value> Evaluator::unary(const UnaryExpr& expr, const StepGrid& grid) {
  TRY(Value value, evaluate(*expr.inner, grid));
  if (!expr.negate) return value;
  if (value.type == ValueType::kScalar) {
    for (double& v : value.scalars) v = -v;
    return value;
  }
  TRY(eval::StreamPtr stream, drop_names(std::make_unique<NegatingStream>(std::move(value.stream)), state_));
  return Value::of(std::move(stream));
}

Result<Value> Evaluator::step_invariant(const StepInvariantExpr& expr, const StepGrid& grid) {
  const SampleCounter counter = state_.counter;
  state_.counter.every_step = true;
  TRY(Value value, evaluate(*expr.inner, StepGrid{grid.start, grid.step, 1}));
  state_.counter = counter;
  if (value.type == ValueType::kScalar) value.scalars.assign(grid.count, value.scalars.front());
  if (value.type == ValueType::kVector) {
    value.stream = std::make_unique<BroadcastStream>(std::move(value.stream), grid.count);
  }
  return value;
}

Result<Value> Evaluator::call(const CallExpr& expr, const StepGrid& grid) {
  const FunctionCode& code = expr.function->code;
  if (code.range != nullptr) return range_function(expr, grid);
  if (code.element != nullptr) return element_function(expr, grid);
  CallContext context(*this, expr, grid);
  return code.build(context);
}

// The scalar arguments but the one at `skip`, interleaved: all of the first step, all of the second, …
Result<std::vector<double>> Evaluator::scalar_arguments(const CallExpr& expr, const StepGrid& grid,
                                                        std::size_t skip, std::size_t& per_step) {
  per_step = expr.arguments.size() - 1;
  std::vector<double> all(per_step * grid.count);
  std::size_t slot = 0;
  for (std::size_t i = 0; i < expr.arguments.size(); ++i) {
    if (i == skip) continue;
    TRY(const Scalars values, scalar(*expr.arguments[i], grid));
    for (std::size_t step = 0; step < grid.count; ++step) all[step * per_step + slot] = values[step];
    ++slot;
  }
  return all;
}

Result<Value> Evaluator::range_function(const CallExpr& expr, const StepGrid& grid) {
  std::size_t matrix = 0;
  while (expr.arguments[matrix]->type != ValueType::kMatrix) ++matrix;
  std::size_t per_step = 0;
  TRY(std::vector<double> parameters, scalar_arguments(expr, grid, matrix, per_step));
  TRY(RangePtr ranges, range(*expr.arguments[matrix], grid, expr.function->name));
  eval::StreamPtr stream =
      range_function_stream(state_, expr, std::move(ranges), std::move(parameters), per_step);
  if (!expr.function->keeps_name) {
    TRY(stream, drop_names(std::move(stream), state_));
  }
  return Value::of(std::move(stream));
}

Result<Value> Evaluator::element_function(const CallExpr& expr, const StepGrid& grid) {
  std::size_t per_step = 0;
  TRY(std::vector<double> parameters, scalar_arguments(expr, grid, 0, per_step));
  TRY(eval::StreamPtr stream, vector(*expr.arguments[0], grid));
  stream = std::make_unique<ElementStream>(std::move(stream), expr.function->code.element,
                                           std::move(parameters), per_step);
  if (!expr.function->keeps_name) {
    TRY(stream, drop_names(std::move(stream), state_));
  }
  return Value::of(std::move(stream));
}

Result<RangePtr> Evaluator::range(const Expr& expr, const StepGrid& grid, std::string_view function) {
  if (trace_ == nullptr) return range_untraced(unwrap(expr), grid, function);
  Trace::Step step(*trace_, unwrap(expr));
  TRY(RangePtr ranges, range_untraced(unwrap(expr), grid, function));
  return step.measured(std::move(ranges));
}

Result<RangePtr> Evaluator::range_untraced(const Expr& inner, const StepGrid& grid, std::string_view function) {
  if (inner.kind == ExprKind::kMatrixSelector) {
    return matrix_selector_stream(state_, as<MatrixSelector>(inner), grid, function);
  }
  const auto& subquery = as<SubqueryExpr>(inner);
  WindowPlan plan;
  plan.grid = grid;
  plan.range = subquery.range.value;
  plan.offset = subquery.shift.offset.value;
  plan.fixed = subquery.shift.at != AtAnchor::kNone;
  plan.fixed_end = subquery.shift.at_time.ms - plan.offset.ms;
  const Duration step = subquery.has_step ? subquery.step.value : state_.default_subquery_step(plan.range);
  // Steps of a subquery lie on multiples of its step, whatever the query's own start; windows are open at the
  // left.
  const std::int64_t after = plan.end(0) - plan.range.ms;
  const std::int64_t remainder = ((after % step.ms) + step.ms) % step.ms;
  const StepGrid inner_grid =
      StepGrid::covering(after - remainder + step.ms, plan.end(grid.count - 1), step.ms);
  eval::MemoryHold size_check(state_.memory);
  TRYV(size_check.grow(inner_grid.count * sizeof(double), inner_grid.count));
  // A function counts the points of the subquery in its windows; without one the samples behind them count.
  const SampleCounter counter = state_.counter;
  if (!function.empty()) plan.counter = std::exchange(state_.counter, {});
  TRY(eval::StreamPtr stream, vector(*subquery.inner, inner_grid));
  state_.counter = counter;
  return subquery_stream(state_, plan, std::move(stream), inner_grid);
}

}  // namespace isobar::promql
