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

}  // namespace isobar::promql
