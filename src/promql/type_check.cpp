#include "promql/aggregators.h"
#include "promql/functions.h"
#include "promql/parser_state.h"

namespace isobar::promql {
namespace {

bool is_operand(ValueType type) {
  return type == ValueType::kScalar || type == ValueType::kVector;
}

ValueType argument_type(const FunctionSpec& spec, std::size_t i) {
  std::size_t last = spec.arguments.size() - 1;
  if (spec.max_arguments == FunctionSpec::kUnlimited) {
    // The last declared type repeats; rows of such functions declare min_arguments + 1 of them.
    last = spec.min_arguments;
  }
  return spec.arguments[std::min(i, last)];
}

}  // namespace

Result<void> Parser::check_binary(BinaryExpr& node) {
  const ValueType left = node.left->type;
  const ValueType right = node.right->type;
  for (const Expr* operand : {node.left.get(), node.right.get()}) {
    if (is_operand(operand->type)) continue;
    return error_at(operand->position, "binary expression must contain only scalar and instant vector types");
  }
  const bool scalars = left == ValueType::kScalar && right == ValueType::kScalar;
  node.type = scalars ? ValueType::kScalar : ValueType::kVector;
  if (scalars && is_comparison(node.op) && !node.return_bool) {
    return error_at(node.position, "comparisons between scalars must use BOOL modifier");
  }
  const bool vectors = left == ValueType::kVector && right == ValueType::kVector;
  const bool fills = node.matching.fill_left || node.matching.fill_right;
  if (is_set_operator(node.op)) {
    if (!vectors) {
      return error_at(
          node.position,
          fmt::format("set operator \"{}\" not allowed in binary scalar expression", op_text(node.op)));
    }
    if (node.matching.cardinality != eval::Cardinality::kOneToOne) {
      return error_at(node.position,
                      fmt::format("no grouping allowed for \"{}\" operation", op_text(node.op)));
    }
    if (fills) return error_at(node.position, "filling in missing series not allowed for set operators");
    node.matching.cardinality = eval::Cardinality::kManyToMany;
  }
  if (!vectors && (node.has_matching || fills)) {
    return error_at(node.position, "vector matching only allowed between instant vectors");
  }
  if (!node.matching.on) return {};
  for (const std::string& name : node.matching.labels) {
    for (const std::string& included : node.matching.include) {
      if (name != included) continue;
      return error_at(node.position,
                      fmt::format("label \"{}\" must not occur in ON and GROUP clause at once", name));
    }
  }
  return {};
}

Result<void> Parser::check_aggregate(AggregateExpr& node, std::size_t arguments) {
  if (arguments == 0) return error_at(node.position, "no arguments for aggregate expression provided");
  const std::size_t wanted = node.aggregator->has_parameter ? 2 : 1;
  if (arguments != wanted) {
    return error_at(
        node.position,
        fmt::format("wrong number of arguments for aggregate expression provided, expected {}, got {}",
                    wanted, arguments));
  }
  if (node.inner->type != ValueType::kVector) {
    return error_at(node.inner->position,
                    fmt::format("expected type instant vector in aggregation expression, got {}",
                                type_text(node.inner->type)));
  }
  if (node.parameter && node.parameter->type != node.aggregator->parameter) {
    return error_at(node.parameter->position,
                    fmt::format("expected type {} in aggregation parameter, got {}",
                                type_text(node.aggregator->parameter), type_text(node.parameter->type)));
  }
  return {};
}

Result<void> Parser::check_call(CallExpr& node) {
  const FunctionSpec& spec = *node.function;
  const std::size_t count = node.arguments.size();
  const bool fixed = spec.min_arguments == spec.max_arguments;
  if (fixed && count != spec.min_arguments) {
    return error_at(node.position, fmt::format("expected {} argument(s) in call to \"{}\", got {}",
                                               spec.min_arguments, spec.name, count));
  }
  if (count < spec.min_arguments) {
    return error_at(node.position, fmt::format("expected at least {} argument(s) in call to \"{}\", got {}",
                                               spec.min_arguments, spec.name, count));
  }
  if (spec.max_arguments != FunctionSpec::kUnlimited && count > spec.max_arguments) {
    return error_at(node.position, fmt::format("expected at most {} argument(s) in call to \"{}\", got {}",
                                               spec.max_arguments, spec.name, count));
  }
  if (spec.name == "info" && count == 2) {
    const Expr& selector = *node.arguments[1];
    if (selector.kind != ExprKind::kVectorSelector || !as<VectorSelector>(selector).name.empty()) {
      return error_at(selector.position, "expected label selectors only, got vector selector instead");
    }
  }
  return check_types(node);
}

Result<void> Parser::check_types(const CallExpr& node) {
  const FunctionSpec& spec = *node.function;
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    const Expr& argument = *node.arguments[i];
    const ValueType wanted = argument_type(spec, i);
    if (argument.type != wanted) {
      return error_at(argument.position, fmt::format("expected type {} in call to function \"{}\", got {}",
                                                     type_text(wanted), spec.name, type_text(argument.type)));
    }
  }
  return {};
}

}  // namespace isobar::promql
