#include <cmath>

#include "base/duration_text.h"
#include "base/utf8.h"
#include "model/names.h"
#include "promql/keywords.h"
#include "promql/number_text.h"
#include "promql/parser_state.h"

namespace isobar::promql {
namespace {

using DurationPtr = std::unique_ptr<DurationExpr>;
using Op = DurationExpr::Op;

// Milliseconds of a float number of seconds; nothing when out of range.
std::optional<Duration> seconds_to_duration(double seconds) {
  const double ms = seconds * 1000;
  // Far enough (31,000 years), and every value within prints and reads back exactly.
  if (!(std::fabs(ms) < 1e15)) return std::nullopt;
  return Duration::millis(std::llround(ms));
}

struct DurationOperator {
  Op op;
  int precedence;
};

std::optional<DurationOperator> duration_operator(Token token) {
  switch (token) {
    case Token::kAdd:
      return DurationOperator{Op::kAdd, 1};
    case Token::kSub:
      return DurationOperator{Op::kSub, 1};
    case Token::kMul:
      return DurationOperator{Op::kMul, 2};
    case Token::kDiv:
      return DurationOperator{Op::kDiv, 2};
    case Token::kMod:
      return DurationOperator{Op::kMod, 2};
    case Token::kPow:
      return DurationOperator{Op::kPow, 3};
    default:
      return std::nullopt;
  }
}

std::optional<model::MatchType> match_type(Token token) {
  switch (token) {
    case Token::kEqual:
      return model::MatchType::kEqual;
    case Token::kNotEqual:
      return model::MatchType::kNotEqual;
    case Token::kRegexMatch:
      return model::MatchType::kRegex;
    case Token::kRegexNotMatch:
      return model::MatchType::kNotRegex;
    default:
      return std::nullopt;
  }
}

}  // namespace

TimeShift* shift_of(Expr& node) {
  switch (node.kind) {
    case ExprKind::kVectorSelector:
      return &as<VectorSelector>(node).shift;
    case ExprKind::kMatrixSelector:
      return &as<MatrixSelector>(node).selector->shift;
    case ExprKind::kSubquery:
      return &as<SubqueryExpr>(node).shift;
    default:
      return nullptr;
  }
}

Result<std::string> Parser::parse_string(const Lexeme& lexeme) {
  std::string value;
  if (!unquote(lexeme.text, value)) {
    return error_at(lexeme.position, fmt::format("unknown escape sequence in string: {}", lexeme.text));
  }
  return value;
}

Result<std::vector<model::Matcher>> Parser::parse_selector_only() {
  if (at(Token::kEnd)) return error_at({0, 0}, "no expression found in input");
  std::optional<Lexeme> name;
  if (at(Token::kIdentifier)) name = take();
  TRY(ExprPtr expr, parse_vector_selector(name ? &*name : nullptr));
  if (!at(Token::kEnd)) return unexpected("series selector", "end of input");
  return std::move(as<VectorSelector>(*expr).matchers);
}

Result<ExprPtr> Parser::parse_vector_selector(const Lexeme* name) {
  auto node = std::make_unique<VectorSelector>();
  const int start = name != nullptr ? name->position.start : peek().position.start;
  int end = name != nullptr ? name->position.end : start;
  if (name != nullptr) {
    node->name = name->text;
    node->matchers.push_back(model::Matcher::equal(std::string(model::kMetricName), node->name));
  }
  if (at(Token::kLeftBrace)) {
    TRYV(parse_matchers(*node, end));
  } else if (name == nullptr) {
    return unexpected("", "");
  }
  TRYV(finish(*node, 0, {start, end}));
  TRYV(check_selector(*node));
  return ExprPtr(std::move(node));
}

Result<void> Parser::parse_matchers(VectorSelector& node, int& end) {
  take();
  while (!at(Token::kRightBrace)) {
    TRYV(parse_matcher(node));
    if (at(Token::kRightBrace)) break;
    TRYV(expect(Token::kComma, "label matching", "\",\" or \"}\""));
  }
  end = take().position.end;
  return {};
}

Result<void> Parser::parse_matcher(VectorSelector& node) {
  if (!at(Token::kIdentifier) && !at(Token::kString))
    return unexpected("label matching", "identifier or \"}\"");
  const Lexeme first = take();
  std::string name(first.text);
  if (first.token == Token::kString) {
    TRY(name, parse_string(first));
    // A quoted string alone is the metric name.
    if (at(Token::kComma) || at(Token::kRightBrace)) {
      if (!node.name.empty()) {
        return error_at(first.position,
                        fmt::format("metric name must not be set twice: \"{}\" or \"{}\"", node.name, name));
      }
      if (!is_valid_utf8(name))
        return error_at(first.position, fmt::format("invalid metric name \"{}\"", name));
      node.name = name;
      node.matchers.push_back(model::Matcher::equal(std::string(model::kMetricName), std::move(name)));
      return {};
    }
  }
  const std::optional<model::MatchType> type = match_type(peek().token);
  if (!type) return unexpected("label matching", "label matching operator");
  take();
  TRY(const Lexeme text, expect(Token::kString, "label matching", "string"));
  TRY(std::string value, parse_string(text));
  if (name == model::kMetricName && !node.name.empty() && *type == model::MatchType::kEqual) {
    return error_at(first.position,
                    fmt::format("metric name must not be set twice: \"{}\" or \"{}\"", node.name, value));
  }
  Result<model::Matcher> matcher = model::Matcher::create(*type, std::move(name), std::move(value));
  if (!matcher) return error_at(text.position, matcher.error().message);
  node.matchers.push_back(std::move(*matcher));
  return {};
}

Result<void> Parser::check_selector(const VectorSelector& node) {
  if (allow_empty_selector_) return {};
  for (const model::Matcher& matcher : node.matchers) {
    if (!matcher.matches_empty()) return {};
  }
  return error_at(node.position, "vector selector must contain at least one non-empty matcher");
}

Result<std::string> Parser::parse_label_name(std::string_view context) {
  if (at(Token::kString)) {
    const Lexeme lexeme = take();
    TRY(std::string name, parse_string(lexeme));
    if (name.empty() || !is_valid_utf8(name))
      return error_at(lexeme.position, fmt::format("invalid label name \"{}\"", name));
    return name;
  }
  if (!at(Token::kIdentifier) || !model::is_legacy_label_name(peek().text))
    return unexpected(context, "label");
  return std::string(take().text);
}

Result<std::vector<std::string>> Parser::parse_label_list(std::string_view context) {
  TRYV(expect(Token::kLeftParen, context, "\"(\""));
  std::vector<std::string> labels;
  while (!at(Token::kRightParen)) {
    TRY(std::string name, parse_label_name(context));
    labels.push_back(std::move(name));
    if (at(Token::kRightParen)) break;
    TRYV(expect(Token::kComma, context, "\",\" or \")\""));
  }
  take();
  return labels;
}

Result<ExprPtr> Parser::parse_brackets(ExprPtr inner) {
  const PositionRange open = take().position;
  const bool subquery_without_range = at(Token::kColon);
  if (subquery_without_range) return unexpected("subquery or range", "duration");
  TRY(DurationValue range, parse_bracket_duration());
  if (!accept(Token::kColon)) {
    TRY(const Lexeme close, expect(Token::kRightBracket, "subquery or range", "\":\" or \"]\""));
    if (inner->kind != ExprKind::kVectorSelector) {
      return error_at(inner->position, "ranges only allowed for vector selectors");
    }
    auto selector = std::unique_ptr<VectorSelector>(static_cast<VectorSelector*>(inner.release()));
    const PositionRange where{open.start, close.position.end};
    if (selector->shift.has_offset) return error_at(where, "no offset modifiers allowed before range");
    if (selector->shift.at != AtAnchor::kNone) return error_at(where, "no @ modifiers allowed before range");
    auto node = std::make_unique<MatrixSelector>();
    node->range = std::move(range);
    const PositionRange position{selector->position.start, close.position.end};
    node->selector = std::move(selector);
    TRYV(finish(*node, node->selector->depth, position));
    return ExprPtr(std::move(node));
  }
  auto node = std::make_unique<SubqueryExpr>();
  node->range = std::move(range);
  if (!at(Token::kRightBracket)) {
    node->has_step = true;
    TRY(node->step, parse_bracket_duration());
  }
  TRY(const Lexeme close, expect(Token::kRightBracket, "subquery selector", "\"]\""));
  if (inner->type != ValueType::kVector) {
    return error_at(inner->position, fmt::format("subquery is only allowed on instant vector, got {} instead",
                                                 type_text(inner->type)));
  }
  const PositionRange position{inner->position.start, close.position.end};
  const int depth = inner->depth;
  node->inner = std::move(inner);
  TRYV(finish(*node, depth, position));
  return ExprPtr(std::move(node));
}

Result<void> Parser::parse_offset(Expr& node, const Lexeme& keyword) {
  TRY(DurationValue value, parse_offset_duration());
  TimeShift* shift = shift_of(node);
  if (shift == nullptr) {
    return error_at(keyword.position,
                    fmt::format("offset modifier must be preceded by an instant vector selector or "
                                "range vector selector or a subquery, but follows a {} instead",
                                node_name(node)));
  }
  if (shift->has_offset) return error_at(keyword.position, "offset may not be set multiple times");
  shift->has_offset = true;
  shift->offset = std::move(value);
  node.position.end = lexemes_[next_ - 1].position.end;
  return {};
}

Result<void> Parser::parse_at(Expr& node, const Lexeme& sign) {
  TimeShift* shift = shift_of(node);
  if (shift == nullptr) {
    return error_at(sign.position,
                    fmt::format("@ modifier must be preceded by an instant vector selector or range "
                                "vector selector or a subquery, but follows a {} instead",
                                node_name(node)));
  }
  if (shift->at != AtAnchor::kNone)
    return error_at(sign.position, "@ <timestamp> may not be set multiple times");
  if ((at_keyword("start") || at_keyword("end")) && peek(1).token == Token::kLeftParen) {
    shift->at = is_keyword(take().text, "start") ? AtAnchor::kStart : AtAnchor::kEnd;
    take();
    TRYV(expect(Token::kRightParen, "@", "\")\""));
  } else {
    const bool negative = at(Token::kSub);
    if (negative || at(Token::kAdd)) take();
    if (!at(Token::kNumber) && !at(Token::kDuration) && !at_keyword("inf") && !at_keyword("nan")) {
      return unexpected("@", "timestamp");
    }
    const Lexeme literal = take();
    TRY(const double seconds, literal_seconds(literal));
    const std::optional<Duration> time = seconds_to_duration(negative ? -seconds : seconds);
    if (!time) {
      return error_at(literal.position, fmt::format("timestamp out of bounds for @ modifier: {}",
                                                    number_text(negative ? -seconds : seconds)));
    }
    shift->at = AtAnchor::kTime;
    shift->at_time = Timestamp{time->ms};
  }
  node.position.end = lexemes_[next_ - 1].position.end;
  return {};
}

Result<void> Parser::parse_extension(Expr& node, const Lexeme& keyword) {
  const bool anchored = is_keyword(keyword.text, "anchored");
  const std::string_view word = anchored ? "anchored" : "smoothed";
  if (!features_.extended_selectors) {
    return error_at(
        keyword.position,
        fmt::format("{} modifier is not enabled (start with --enable-feature promql-extended-range-selectors to use it)", word));
  }
  VectorSelector* selector = nullptr;
  if (node.kind == ExprKind::kVectorSelector) selector = &as<VectorSelector>(node);
  if (node.kind == ExprKind::kMatrixSelector) selector = as<MatrixSelector>(node).selector.get();
  if (selector == nullptr || (anchored && node.kind == ExprKind::kVectorSelector)) {
    return error_at(keyword.position, fmt::format("{} modifier must be preceded by a {}", word,
                                                  anchored ? "range vector selector"
                                                           : "vector selector or range vector selector"));
  }
  if (selector->anchored || selector->smoothed) {
    return error_at(keyword.position, "anchored and smoothed modifiers cannot be used together or repeated");
  }
  (anchored ? selector->anchored : selector->smoothed) = true;
  node.position.end = keyword.position.end;
  return {};
}

Result<double> Parser::literal_seconds(const Lexeme& lexeme) {
  if (lexeme.token == Token::kDuration) {
    const Result<Duration> duration = parse_duration(lexeme.text);
    if (!duration) return error_at(lexeme.position, duration.error().message);
    return duration->to_seconds();
  }
  const std::optional<double> value = parse_number(lexeme.text);
  if (!value) return error_at(lexeme.position, fmt::format("error parsing number: \"{}\"", lexeme.text));
  return *value;
}

Result<DurationPtr> Parser::join_duration(Op op, DurationPtr left, DurationPtr right,
                                          PositionRange position) {
  auto node = std::make_unique<DurationExpr>();
  node->op = op;
  node->position = position;
  node->depth = 1 + std::max(left ? left->depth : 0, right ? right->depth : 0);
  node->left = std::move(left);
  node->right = std::move(right);
  if (node->depth > kMaxDepth) {
    return error_at(position, fmt::format("duration expression is nested deeper than {} levels", kMaxDepth));
  }
  return node;
}

Result<DurationPtr> Parser::parse_duration_sum(int min_precedence) {
  const Nesting nesting(*this);
  TRYV(check_nesting());
  TRY(DurationPtr left, parse_duration_operand());
  while (const std::optional<DurationOperator> row = duration_operator(peek().token)) {
    if (row->precedence < min_precedence) break;
    take();
    TRY(DurationPtr right, parse_duration_sum(row->op == Op::kPow ? row->precedence : row->precedence + 1));
    const PositionRange position{left->position.start, right->position.end};
    TRY(left, join_duration(row->op, std::move(left), std::move(right), position));
  }
  return left;
}

Result<DurationPtr> Parser::parse_duration_call(Op op) {
  const Lexeme name = take();
  take();
  DurationPtr left;
  DurationPtr right;
  if (op == Op::kMinOf || op == Op::kMaxOf) {
    TRY(left, parse_duration_sum(0));
    TRYV(expect(Token::kComma, "duration expression", "\",\""));
    TRY(right, parse_duration_sum(0));
  }
  TRY(const Lexeme close, expect(Token::kRightParen, "duration expression", "\")\""));
  return join_duration(op, std::move(left), std::move(right), {name.position.start, close.position.end});
}

Result<DurationPtr> Parser::parse_duration_operand() {
  const Nesting nesting(*this);
  TRYV(check_nesting());
  const Lexeme first = peek();
  if (at(Token::kSub) || at(Token::kAdd)) {
    take();
    // Like elsewhere, a sign binds looser than the power operator.
    TRY(DurationPtr inner, parse_duration_sum(3));
    const PositionRange position{first.position.start, inner->position.end};
    return join_duration(first.token == Token::kSub ? Op::kNegate : Op::kPlus, std::move(inner), nullptr,
                         position);
  }
  if (accept(Token::kLeftParen)) {
    TRY(DurationPtr inner, parse_duration_sum(0));
    TRY(const Lexeme close, expect(Token::kRightParen, "duration expression", "\")\""));
    return join_duration(Op::kParen, std::move(inner), nullptr, {first.position.start, close.position.end});
  }
  if (at(Token::kIdentifier) && peek(1).token == Token::kLeftParen) {
    if (at_keyword("step")) return parse_duration_call(Op::kStep);
    if (at_keyword("range")) return parse_duration_call(Op::kRange);
    if (at_keyword("min_of")) return parse_duration_call(Op::kMinOf);
    if (at_keyword("max_of")) return parse_duration_call(Op::kMaxOf);
  }
  if (!at(Token::kNumber) && !at(Token::kDuration)) return unexpected("duration expression", "duration");
  take();
  TRY(DurationPtr node, join_duration(Op::kNumber, nullptr, nullptr, first.position));
  node->as_duration = first.token == Token::kDuration;
  TRY(node->seconds, literal_seconds(first));
  return node;
}

Result<DurationValue> Parser::to_duration_value(DurationPtr expr, bool must_be_positive) {
  // Literals have their value at once; the rest waits for the query's step and range.
  const DurationExpr* literal = expr.get();
  double sign = 1;
  while (literal->op == Op::kNegate || literal->op == Op::kPlus) {
    if (literal->op == Op::kNegate) sign = -sign;
    literal = literal->left.get();
  }
  DurationValue value;
  if (literal->op != Op::kNumber) {
    if (!features_.duration_expressions) {
      return error_at(expr->position,
                      "duration expressions are not enabled (set promql.duration_expressions to use them)");
    }
    value.expr = std::move(expr);
    return value;
  }
  const std::optional<Duration> duration = seconds_to_duration(sign * literal->seconds);
  if (!duration) return error_at(expr->position, "duration out of range");
  if (must_be_positive && duration->ms <= 0)
    return error_at(expr->position, "duration must be greater than 0");
  value.value = *duration;
  return value;
}

Result<DurationValue> Parser::parse_bracket_duration() {
  TRY(DurationPtr expr, parse_duration_sum(0));
  return to_duration_value(std::move(expr), true);
}

Result<DurationValue> Parser::parse_offset_duration() {
  // After offset an operator belongs to the surrounding expression, so only a signed operand is taken.
  const Lexeme first = peek();
  const bool signed_operand = at(Token::kSub) || at(Token::kAdd);
  if (signed_operand) take();
  if (at(Token::kSub) || at(Token::kAdd)) return unexpected("offset", "duration");
  TRY(DurationPtr expr, parse_duration_operand());
  if (signed_operand) {
    const PositionRange position{first.position.start, expr->position.end};
    TRY(expr, join_duration(first.token == Token::kSub ? Op::kNegate : Op::kPlus, std::move(expr), nullptr,
                            position));
  }
  return to_duration_value(std::move(expr), false);
}

}  // namespace isobar::promql
