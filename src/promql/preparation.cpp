#include "promql/preparation.h"

#include <cmath>

#include "promql/aggregators.h"
#include "promql/functions.h"
#include "promql/parser_state.h"

namespace isobar::promql {
namespace {

using Op = DurationExpr::Op;

Result<double> seconds_of(const DurationExpr& e, const QueryTimes& times) {
  double left = 0;
  double right = 0;
  if (e.left) {
    TRY(left, seconds_of(*e.left, times));
  }
  if (e.right) {
    TRY(right, seconds_of(*e.right, times));
  }
  switch (e.op) {
    case Op::kNumber:
      return e.seconds;
    case Op::kStep:
      return times.step.to_seconds();
    case Op::kRange:
      return (times.end - times.start).to_seconds();
    case Op::kMinOf:
      return std::min(left, right);
    case Op::kMaxOf:
      return std::max(left, right);
    case Op::kAdd:
      return left + right;
    case Op::kSub:
      return left - right;
    case Op::kMul:
      return left * right;
    case Op::kPow:
      return std::pow(left, right);
    case Op::kNegate:
      return -left;
    case Op::kPlus:
    case Op::kParen:
      return left;
    case Op::kDiv:
      if (right == 0) return fail(Code::kInvalid, "division by zero in duration expression");
      return left / right;
    case Op::kMod:
      if (right == 0) return fail(Code::kInvalid, "modulo by zero in duration expression");
      return std::fmod(left, right);
  }
  return left;
}

// Which functions can use the neighbours that an extended range brings along. The text is Prometheus' own.
Result<void> check_extension(const FunctionSpec& function, const Expr& argument) {
  if (argument.kind != ExprKind::kMatrixSelector) return {};
  const VectorSelector& selector = *as<MatrixSelector>(argument).selector;
  const bool rates = function.name == "rate" || function.name == "increase" || function.name == "delta";
  if (selector.anchored && !rates && function.name != "changes" && function.name != "resets") {
    return fail(Code::kInvalid,
                fmt::format("anchored modifier can only be used with: changes, delta, increase, rate, "
                            "resets - not with {}",
                            function.name));
  }
  if (selector.smoothed && !rates) {
    return fail(Code::kInvalid,
                fmt::format("smoothed modifier can only be used with: delta, increase, rate - not with {}",
                            function.name));
  }
  return {};
}

// Functions that pass counts and sums through without looking at buckets, resets aside, which hints tell.
bool keeps_statistics(std::string_view function) {
  static constexpr std::string_view kNames[] = {
      "rate",          "increase",       "delta",           "irate",         "idelta",    "sum_over_time",
      "avg_over_time", "last_over_time", "first_over_time", "label_replace", "label_join"};
  return std::find(std::begin(kNames), std::end(kNames), function) != std::end(kNames);
}

bool keeps_statistics(BinaryOp op) {
  return op == BinaryOp::kAdd || op == BinaryOp::kSub || op == BinaryOp::kMul || op == BinaryOp::kDiv ||
         is_set_operator(op);
}

// Marks the selectors whose histograms reach `expr` with counts and sums intact when their buckets are left
// out. Stops at subqueries: their samples are no neighbours, so that resets are found by comparing buckets.
void mark_statistics(Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kParen:
      return mark_statistics(*as<ParenExpr>(expr).inner);
    case ExprKind::kUnary:
      return mark_statistics(*as<UnaryExpr>(expr).inner);
    case ExprKind::kStepInvariant:
      return mark_statistics(*as<StepInvariantExpr>(expr).inner);
    case ExprKind::kBinary: {
      auto& binary = as<BinaryExpr>(expr);
      if (!keeps_statistics(binary.op)) return;
      mark_statistics(*binary.left);
      return mark_statistics(*binary.right);
    }
    case ExprKind::kAggregate: {
      auto& aggregate = as<AggregateExpr>(expr);
      if (aggregate.aggregator->op != eval::AggregateOp::kCountValues) mark_statistics(*aggregate.inner);
      return;
    }
    case ExprKind::kCall:
      if (!keeps_statistics(as<CallExpr>(expr).function->name)) return;
      for (ExprPtr& argument : as<CallExpr>(expr).arguments) mark_statistics(*argument);
      return;
    case ExprKind::kVectorSelector:
      as<VectorSelector>(expr).statistics_only = true;
      return;
    case ExprKind::kMatrixSelector:
      as<MatrixSelector>(expr).selector->statistics_only = true;
      return;
    default:
      return;
  }
}

class Preparation {
 public:
  explicit Preparation(const QueryTimes& times) : times_(times) {}

  // Answers whether the expression is the same at every step.
  Result<bool> visit(Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kNumber:
      case ExprKind::kString:
        return true;
      case ExprKind::kParen:
        return visit(*as<ParenExpr>(expr).inner);
      case ExprKind::kUnary:
        return visit(*as<UnaryExpr>(expr).inner);
      case ExprKind::kStepInvariant:
        return true;
      case ExprKind::kBinary:
        return visit_binary(as<BinaryExpr>(expr));
      case ExprKind::kAggregate:
        return visit_aggregate(as<AggregateExpr>(expr));
      case ExprKind::kCall:
        return visit_call(as<CallExpr>(expr));
      case ExprKind::kVectorSelector:
        return visit_shift(as<VectorSelector>(expr).shift);
      case ExprKind::kMatrixSelector: {
        auto& matrix = as<MatrixSelector>(expr);
        TRYV(resolve(matrix.range, true));
        return visit_shift(matrix.selector->shift);
      }
      case ExprKind::kSubquery:
        return visit_subquery(as<SubqueryExpr>(expr));
    }
    return false;
  }

  // Puts the mark around an expression that is worth it. Range vectors are windows of their consumer and
  // stay.
  static void mark(ExprPtr& expr) {
    const Expr& inner = unwrap(*expr);
    const bool trivial = inner.kind == ExprKind::kNumber || inner.kind == ExprKind::kString ||
                         inner.type == ValueType::kMatrix || expr->kind == ExprKind::kStepInvariant;
    if (trivial) return;
    auto node = std::make_unique<StepInvariantExpr>();
    node->type = expr->type;
    node->position = expr->position;
    node->depth = expr->depth + 1;
    node->inner = std::move(expr);
    expr = std::move(node);
  }

 private:
  Result<void> resolve(DurationValue& value, bool must_be_positive) {
    if (!value.expr) return {};
    TRY(const double seconds, seconds_of(*value.expr, times_));
    if (!(std::fabs(seconds) < 1e12)) return fail(Code::kInvalid, "duration out of range");
    value.value = Duration::millis(std::llround(seconds * 1000));
    if (must_be_positive && value.value.ms <= 0)
      return fail(Code::kInvalid, "duration must be greater than 0");
    return {};
  }

  Result<bool> visit_shift(TimeShift& shift) {
    TRYV(resolve(shift.offset, false));
    if (shift.at == AtAnchor::kStart) shift.at_time = times_.start;
    if (shift.at == AtAnchor::kEnd) shift.at_time = times_.end;
    return shift.at != AtAnchor::kNone;
  }

  Result<bool> visit_binary(BinaryExpr& expr) {
    TRY(const bool left, visit(*expr.left));
    TRY(const bool right, visit(*expr.right));
    if (left && right) return true;
    if (left) mark(expr.left);
    if (right) mark(expr.right);
    return false;
  }

  Result<bool> visit_aggregate(AggregateExpr& expr) {
    bool parameter = true;
    if (expr.parameter) {
      TRY(parameter, visit(*expr.parameter));
    }
    TRY(const bool inner, visit(*expr.inner));
    if (inner && parameter) return true;
    if (inner) mark(expr.inner);
    if (expr.parameter && parameter) mark(expr.parameter);
    return false;
  }

  Result<bool> visit_call(CallExpr& expr) {
    bool all = !expr.function->uses_step_time;
    const std::string_view name = expr.function->name;
    if (name == "histogram_count" || name == "histogram_sum" || name == "histogram_avg") {
      mark_statistics(*expr.arguments.front());
    }
    std::vector<bool> invariant;
    for (ExprPtr& argument : expr.arguments) {
      TRYV(check_extension(*expr.function, *argument));
      TRY(const bool same, visit(*argument));
      invariant.push_back(same);
      all = all && same;
    }
    if (all) return true;
    for (std::size_t i = 0; i < invariant.size(); ++i) {
      if (invariant[i]) mark(expr.arguments[i]);
    }
    return false;
  }

  Result<bool> visit_subquery(SubqueryExpr& expr) {
    TRYV(resolve(expr.range, true));
    TRYV(resolve(expr.step, true));
    TRY(const bool inner, visit(*expr.inner));
    if (inner) mark(expr.inner);
    return visit_shift(expr.shift);
  }

  const QueryTimes& times_;
};

}  // namespace

Result<void> prepare(ExprPtr& expr, const QueryTimes& times) {
  TRY(const bool invariant, Preparation(times).visit(*expr));
  if (invariant) Preparation::mark(expr);
  return {};
}

}  // namespace isobar::promql
