#include "promql/ast.h"

namespace isobar::promql {

std::string_view type_text(ValueType type) {
  switch (type) {
    case ValueType::kScalar:
      return "scalar";
    case ValueType::kVector:
      return "instant vector";
    case ValueType::kMatrix:
      return "range vector";
    case ValueType::kString:
      return "string";
  }
  return "none";
}

std::string_view op_text(BinaryOp op) {
  static constexpr std::string_view kTexts[] = {"+", "-",  "*", "/",  "%",   "^",  "atan2",  "==", "!=",
                                                "<", "<=", ">", ">=", "and", "or", "unless", "</", ">/"};
  return kTexts[static_cast<std::size_t>(op)];
}

std::string_view node_name(const Expr& expr) {
  static constexpr std::string_view kNames[] = {
      "numberLiteral", "stringLiteral",  "parenExpr",      "unaryExpr", "binaryExpr",   "aggregation",
      "call",          "vectorSelector", "matrixSelector", "subquery",  "stepInvariant"};
  return kNames[static_cast<std::size_t>(expr.kind)];
}

const Expr& unwrap_parens(const Expr& expr) {
  const Expr* at = &expr;
  while (at->kind == ExprKind::kParen) at = as<ParenExpr>(*at).inner.get();
  return *at;
}

const Expr& unwrap(const Expr& expr) {
  const Expr* at = &expr;
  while (true) {
    if (at->kind == ExprKind::kParen) {
      at = as<ParenExpr>(*at).inner.get();
    } else if (at->kind == ExprKind::kStepInvariant) {
      at = as<StepInvariantExpr>(*at).inner.get();
    } else {
      return *at;
    }
  }
}

std::vector<const Expr*> children(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kParen: return {as<ParenExpr>(expr).inner.get()};
    case ExprKind::kUnary: return {as<UnaryExpr>(expr).inner.get()};
    case ExprKind::kStepInvariant: return {as<StepInvariantExpr>(expr).inner.get()};
    case ExprKind::kSubquery: return {as<SubqueryExpr>(expr).inner.get()};
    case ExprKind::kMatrixSelector: return {as<MatrixSelector>(expr).selector.get()};
    case ExprKind::kBinary: return {as<BinaryExpr>(expr).left.get(), as<BinaryExpr>(expr).right.get()};
    case ExprKind::kAggregate: {
      const auto& aggregate = as<AggregateExpr>(expr);
      if (!aggregate.parameter) return {aggregate.inner.get()};
      return {aggregate.parameter.get(), aggregate.inner.get()};
    }
    case ExprKind::kCall: {
      std::vector<const Expr*> all;
      for (const ExprPtr& argument : as<CallExpr>(expr).arguments) all.push_back(argument.get());
      return all;
    }
    case ExprKind::kVectorSelector:
    case ExprKind::kNumber:
    case ExprKind::kString: break;
  }
  return {};
}

}  // namespace isobar::promql
