#include "promql/parser.h"

#include "base/duration_text.h"
#include "promql/aggregators.h"
#include "promql/functions.h"
#include "promql/keywords.h"
#include "promql/number_text.h"
#include "promql/parser_state.h"

namespace isobar::promql {
namespace {

struct OperatorRow {
  BinaryOp op;
  int precedence;  // higher binds tighter
};

constexpr int kPowPrecedence = 6;

std::optional<OperatorRow> operator_of(const Lexeme& lexeme) {
  switch (lexeme.token) {
    case Token::kAdd:
      return OperatorRow{BinaryOp::kAdd, 4};
    case Token::kSub:
      return OperatorRow{BinaryOp::kSub, 4};
    case Token::kMul:
      return OperatorRow{BinaryOp::kMul, 5};
    case Token::kDiv:
      return OperatorRow{BinaryOp::kDiv, 5};
    case Token::kMod:
      return OperatorRow{BinaryOp::kMod, 5};
    case Token::kPow:
      return OperatorRow{BinaryOp::kPow, kPowPrecedence};
    case Token::kEqualEqual:
      return OperatorRow{BinaryOp::kEqual, 3};
    case Token::kNotEqual:
      return OperatorRow{BinaryOp::kNotEqual, 3};
    case Token::kLess:
      return OperatorRow{BinaryOp::kLess, 3};
    case Token::kLessEqual:
      return OperatorRow{BinaryOp::kLessEqual, 3};
    case Token::kGreater:
      return OperatorRow{BinaryOp::kGreater, 3};
    case Token::kGreaterEqual:
      return OperatorRow{BinaryOp::kGreaterEqual, 3};
    case Token::kTrimUpper:
      return OperatorRow{BinaryOp::kTrimUpper, 3};
    case Token::kTrimLower:
      return OperatorRow{BinaryOp::kTrimLower, 3};
    case Token::kIdentifier:
      break;
    default:
      return std::nullopt;
  }
  if (is_keyword(lexeme.text, "or")) return OperatorRow{BinaryOp::kOr, 1};
  if (is_keyword(lexeme.text, "and")) return OperatorRow{BinaryOp::kAnd, 2};
  if (is_keyword(lexeme.text, "unless")) return OperatorRow{BinaryOp::kUnless, 2};
  if (is_keyword(lexeme.text, "atan2")) return OperatorRow{BinaryOp::kAtan2, 5};
  return std::nullopt;
}

// A lexeme as error messages show it.
std::string describe(const Lexeme& lexeme) {
  switch (lexeme.token) {
    case Token::kEnd:
      return "end of input";
    case Token::kIdentifier:
      return fmt::format("identifier \"{}\"", lexeme.text);
    case Token::kNumber:
      return fmt::format("number \"{}\"", lexeme.text);
    case Token::kDuration:
      return fmt::format("duration \"{}\"", lexeme.text);
    case Token::kString:
      return fmt::format("string {}", lexeme.text);
    default:
      break;
  }
  const bool is_operator = lexeme.token >= Token::kAdd;
  return is_operator ? fmt::format("<op:{}>", lexeme.text) : fmt::format("\"{}\"", lexeme.text);
}

}  // namespace

Parser::Parser(std::string_view query, const Features& features)
    : query_(query), features_(features), lexemes_(lex(query)) {}

const Lexeme& Parser::peek(std::size_t ahead) const {
  return lexemes_[std::min(next_ + ahead, lexemes_.size() - 1)];
}

Lexeme Parser::take() {
  const Lexeme& lexeme = peek();
  if (next_ + 1 < lexemes_.size()) ++next_;
  return lexeme;
}

bool Parser::at_keyword(std::string_view keyword, std::size_t ahead) const {
  return peek(ahead).token == Token::kIdentifier && is_keyword(peek(ahead).text, keyword);
}

bool Parser::accept(Token token) {
  if (!at(token)) return false;
  take();
  return true;
}

Result<Lexeme> Parser::expect(Token token, std::string_view context, std::string_view wanted) {
  if (!at(token)) return unexpected(context, wanted);
  return take();
}

tl::unexpected<Error> Parser::error_at(PositionRange position, std::string message) {
  error_position_ = position;
  return fail(Code::kInvalid, std::move(message));
}

tl::unexpected<Error> Parser::unexpected(std::string_view context, std::string_view wanted) {
  const Lexeme& lexeme = peek();
  if (lexeme.token == Token::kError) return error_at(lexeme.position, lexeme.message);
  std::string message = "unexpected " + describe(lexeme);
  if (!context.empty()) message += fmt::format(" in {}", context);
  if (!wanted.empty()) message += fmt::format(", expected {}", wanted);
  return error_at(lexeme.position, std::move(message));
}

Result<void> Parser::check_nesting() {
  if (nesting_ <= kMaxDepth) return {};
  return error_at(peek().position, fmt::format("expression is nested deeper than {} levels", kMaxDepth));
}

Result<void> Parser::finish(Expr& node, int child_depth, PositionRange position) {
  node.depth = child_depth + 1;
  node.position = position;
  if (node.depth <= kMaxDepth) return {};
  return error_at(position, fmt::format("expression is nested deeper than {} levels", kMaxDepth));
}

Result<ExprPtr> Parser::parse_query() {
  if (at(Token::kEnd)) return error_at({0, 0}, "no expression found in input");
  TRY(ExprPtr expr, parse_binary(0));
  if (!at(Token::kEnd)) return unexpected("", "");
  return expr;
}

Result<ExprPtr> Parser::parse_binary(int min_precedence) {
  const Nesting nesting(*this);
  TRYV(check_nesting());
  TRY(ExprPtr left, parse_unary());
  while (const std::optional<OperatorRow> row = operator_of(peek())) {
    if (row->precedence < min_precedence) break;
    take();
    auto node = std::make_unique<BinaryExpr>();
    node->op = row->op;
    TRYV(parse_binary_modifiers(*node));
    // The power operator associates to the right, all others to the left.
    TRY(ExprPtr right, parse_binary(row->op == BinaryOp::kPow ? row->precedence : row->precedence + 1));
    const PositionRange position{left->position.start, right->position.end};
    const int depth = std::max(left->depth, right->depth);
    node->left = std::move(left);
    node->right = std::move(right);
    TRYV(finish(*node, depth, position));
    TRYV(check_binary(*node));
    left = std::move(node);
  }
  return left;
}

Result<ExprPtr> Parser::parse_unary() {
  if (!at(Token::kAdd) && !at(Token::kSub)) return parse_postfix();
  const Lexeme sign = take();
  // A sign binds like multiplication: -a ^ b is -(a ^ b), -a * b is (-a) * b.
  TRY(ExprPtr inner, parse_binary(kPowPrecedence));
  const bool negate = sign.token == Token::kSub;
  const PositionRange position{sign.position.start, inner->position.end};
  if (inner->kind == ExprKind::kNumber) {
    auto& number = as<NumberLiteral>(*inner);
    if (negate) number.value = -number.value;
    number.position = position;
    return inner;
  }
  if (inner->type != ValueType::kScalar && inner->type != ValueType::kVector) {
    return error_at(
        position,
        fmt::format(
            "unary expression only allowed on expressions of type scalar or instant vector, got \"{}\"",
            type_text(inner->type)));
  }
  auto node = std::make_unique<UnaryExpr>();
  node->negate = negate;
  node->type = inner->type;
  const int depth = inner->depth;
  node->inner = std::move(inner);
  TRYV(finish(*node, depth, position));
  return ExprPtr(std::move(node));
}

Result<ExprPtr> Parser::parse_postfix() {
  TRY(ExprPtr expr, parse_primary());
  while (true) {
    if (at(Token::kLeftBracket)) {
      TRY(ExprPtr ranged, parse_brackets(std::move(expr)));
      expr = std::move(ranged);
    } else if (at_keyword("offset")) {
      TRYV(parse_offset(*expr, take()));
    } else if (at(Token::kAt)) {
      TRYV(parse_at(*expr, take()));
    } else if (at_keyword("anchored") || at_keyword("smoothed")) {
      TRYV(parse_extension(*expr, take()));
    } else {
      return expr;
    }
  }
}

Result<ExprPtr> Parser::parse_primary() {
  switch (peek().token) {
    case Token::kLeftParen:
      return parse_paren();
    case Token::kNumber:
    case Token::kDuration:
    case Token::kString:
      return parse_literal();
    case Token::kLeftBrace:
      return parse_vector_selector(nullptr);
    case Token::kIdentifier:
      return parse_named();
    default:
      return unexpected("", "");
  }
}

Result<ExprPtr> Parser::parse_paren() {
  const Lexeme open = take();
  TRY(ExprPtr inner, parse_binary(0));
  TRY(const Lexeme close, expect(Token::kRightParen, "", "\")\""));
  auto node = std::make_unique<ParenExpr>();
  node->type = inner->type;
  const int depth = inner->depth;
  node->inner = std::move(inner);
  TRYV(finish(*node, depth, {open.position.start, close.position.end}));
  return ExprPtr(std::move(node));
}

Result<ExprPtr> Parser::parse_literal() {
  const Lexeme lexeme = take();
  if (lexeme.token == Token::kString) {
    auto text = std::make_unique<StringLiteral>();
    text->position = lexeme.position;
    TRY(text->value, parse_string(lexeme));
    return ExprPtr(std::move(text));
  }
  auto number = std::make_unique<NumberLiteral>();
  number->position = lexeme.position;
  number->is_duration = lexeme.token == Token::kDuration;
  TRY(number->value, literal_seconds(lexeme));
  return ExprPtr(std::move(number));
}

// An identifier starts a call, an aggregation, a number word or a selector; nearly every keyword is a legal
// metric name.
Result<ExprPtr> Parser::parse_named() {
  const Lexeme name = take();
  const bool call_follows = at(Token::kLeftParen);
  if (const AggregatorSpec* spec = find_aggregator(name.text)) {
    if (call_follows || at_keyword("by") || at_keyword("without")) return parse_aggregate(name, *spec);
  }
  if (call_follows) return parse_call(name);
  if (is_keyword(name.text, "inf") || is_keyword(name.text, "nan")) {
    auto number = std::make_unique<NumberLiteral>();
    number->position = name.position;
    number->value = *parse_number(name.text);
    return ExprPtr(std::move(number));
  }
  for (const std::string_view reserved : {"bool", "on", "ignoring", "group_left", "group_right"}) {
    if (!is_keyword(name.text, reserved)) continue;
    return error_at(name.position, fmt::format("unexpected <{}>", reserved));
  }
  return parse_vector_selector(&name);
}

Result<std::vector<ExprPtr>> Parser::parse_arguments(std::string_view callee, int& end, int& depth) {
  TRY(const Lexeme open, expect(Token::kLeftParen, "", "\"(\""));
  end = open.position.end;
  std::vector<ExprPtr> arguments;
  if (at(Token::kRightParen)) {
    end = take().position.end;
    return arguments;
  }
  while (true) {
    const bool outer = std::exchange(allow_empty_selector_, callee == "info" && arguments.size() == 1);
    auto argument = parse_binary(0);
    allow_empty_selector_ = outer;
    if (!argument) return fail(std::move(argument).error());
    depth = std::max(depth, (*argument)->depth);
    arguments.push_back(std::move(*argument));
    if (at(Token::kRightParen)) {
      end = take().position.end;
      return arguments;
    }
    TRYV(expect(Token::kComma, "call arguments", "\",\" or \")\""));
    if (at(Token::kRightParen))
      return error_at(peek().position, "trailing commas not allowed in function call args");
  }
}

Result<ExprPtr> Parser::parse_call(const Lexeme& name) {
  auto node = std::make_unique<CallExpr>();
  node->function = find_function(name.text);
  if (node->function == nullptr) {
    return error_at(name.position, fmt::format("unknown function with name \"{}\"", name.text));
  }
  if (node->function->experimental && !features_.experimental_functions) {
    return error_at(name.position,
                    fmt::format("experimental function is not enabled (start with --enable-feature "
                                "promql-experimental-functions to use it): \"{}\"",
                                name.text));
  }
  int end = name.position.end;
  int depth = 0;
  TRY(node->arguments, parse_arguments(name.text, end, depth));
  node->type = node->function->returns;
  TRYV(finish(*node, depth, {name.position.start, end}));
  TRYV(check_call(*node));
  return ExprPtr(std::move(node));
}

Result<void> Parser::parse_grouping(AggregateExpr& node) {
  if (!at_keyword("by") && !at_keyword("without")) return {};
  node.has_grouping = true;
  node.without = is_keyword(take().text, "without");
  TRY(node.grouping, parse_label_list("grouping opts"));
  return {};
}

Result<ExprPtr> Parser::parse_aggregate(const Lexeme& name, const AggregatorSpec& spec) {
  auto node = std::make_unique<AggregateExpr>();
  node->aggregator = &spec;
  if (spec.experimental && !features_.experimental_functions) {
    return error_at(name.position, fmt::format("experimental aggregation is not enabled (start with --enable-feature "
                                               "promql-experimental-functions to use it): \"{}\"",
                                               spec.name));
  }
  TRYV(parse_grouping(*node));
  int end = name.position.end;
  int depth = 0;
  TRY(std::vector<ExprPtr> arguments, parse_arguments(spec.name, end, depth));
  if (!node->has_grouping) {
    TRYV(parse_grouping(*node));
    if (node->has_grouping) end = lexemes_[next_ - 1].position.end;
  }
  const std::size_t count = arguments.size();
  if (count > 0) node->inner = std::move(arguments.back());
  if (count == 2) node->parameter = std::move(arguments.front());
  TRYV(finish(*node, depth, {name.position.start, end}));
  TRYV(check_aggregate(*node, count));
  return ExprPtr(std::move(node));
}

Result<void> Parser::parse_binary_modifiers(BinaryExpr& node) {
  if (at_keyword("bool")) {
    node.return_bool = true;
    const PositionRange position = take().position;
    if (!is_comparison(node.op))
      return error_at(position, "bool modifier can only be used on comparison operators");
  }
  if ((at_keyword("on") || at_keyword("ignoring")) && peek(1).token == Token::kLeftParen) {
    node.has_matching = true;
    node.matching.on = is_keyword(take().text, "on");
    TRY(node.matching.labels, parse_label_list("grouping opts"));
    if (at_keyword("group_left") || at_keyword("group_right")) {
      const bool left = is_keyword(take().text, "group_left");
      node.matching.cardinality = left ? eval::Cardinality::kManyToOne : eval::Cardinality::kOneToMany;
      if (at(Token::kLeftParen)) {
        TRY(node.matching.include, parse_label_list("grouping opts"));
      }
    }
  }
  return parse_fill(node);
}

Result<void> Parser::parse_fill(BinaryExpr& node) {
  while (peek(1).token == Token::kLeftParen &&
         (at_keyword("fill") || at_keyword("fill_left") || at_keyword("fill_right"))) {
    const Lexeme word = take();
    if (!features_.binop_fill) {
      return error_at(word.position,
                      "binary operation fill modifiers are not enabled (start with --enable-feature promql-binop-fill-modifiers to use them)");
    }
    TRY(const double value, parse_fill_value());
    if (!is_keyword(word.text, "fill_right")) node.matching.fill_left = value;
    if (!is_keyword(word.text, "fill_left")) node.matching.fill_right = value;
  }
  return {};
}

Result<double> Parser::parse_fill_value() {
  TRYV(expect(Token::kLeftParen, "fill modifier", "\"(\""));
  const bool negative = at(Token::kSub);
  if (negative || at(Token::kAdd)) take();
  const Lexeme literal = take();
  std::optional<double> value;
  if (literal.token == Token::kNumber || literal.token == Token::kIdentifier)
    value = parse_number(literal.text);
  if (literal.token == Token::kDuration) {
    TRY(value, literal_seconds(literal));
  }
  if (!value) return error_at(literal.position, "expected a number in fill modifier");
  TRYV(expect(Token::kRightParen, "fill modifier", "\")\""));
  return negative ? -*value : *value;
}

tl::expected<ExprPtr, ParseError> parse_with_position(std::string_view query, const Features& features) {
  Parser parser(query, features);
  Result<ExprPtr> expr = parser.parse_query();
  if (expr) return std::move(*expr);
  return tl::unexpected<ParseError>(ParseError{parser.error_position(), std::move(expr.error().message)});
}

Result<ExprPtr> parse(std::string_view query, const Features& features) {
  tl::expected<ExprPtr, ParseError> expr = parse_with_position(query, features);
  if (expr) return std::move(*expr);
  return fail(Code::kInvalid,
              fmt::format("{}: parse error: {}", position_text(query, expr.error().position.start),
                          expr.error().message));
}

Result<std::vector<model::Matcher>> parse_series_selector(std::string_view text) {
  Parser parser(text, Features{});
  Result<std::vector<model::Matcher>> matchers = parser.parse_selector_only();
  if (matchers) return matchers;
  return fail(Code::kInvalid,
              fmt::format("{}: parse error: {}", position_text(text, parser.error_position().start),
                          matchers.error().message));
}

}  // namespace isobar::promql
