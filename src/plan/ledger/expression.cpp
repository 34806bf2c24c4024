#include "plan/ledger/expression.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "base/nearest.h"

namespace isobar::plan {

struct Expression::Node {
  enum class Op { kValue, kName, kCall, kIf, kOr, kAnd, kNot, kNegate, kAdd, kSubtract, kMultiply, kDivide,
                  kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
  Op op = Op::kValue;
  Value value;
  std::string name;
  std::vector<std::shared_ptr<const Node>> children;
};

namespace {

using Node = Expression::Node;
using NodePointer = std::shared_ptr<const Node>;

constexpr std::size_t kMaxText = 4000;
constexpr int kMaxDepth = 100;
constexpr std::array<std::string_view, 5> kFunctions{"min", "max", "ceil", "floor", "instance"};

bool name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

struct Token {
  enum class Kind { kEnd, kNumber, kText, kName, kSign };
  Kind kind = Kind::kEnd;
  std::string_view text;
  std::size_t at = 0;
};

class Parser {
 public:
  Parser(std::string_view text, std::vector<std::string>& names) : text_(text), names_(names) {}

  Result<NodePointer> parse() {
    TRYV(advance());
    TRY(NodePointer node, any_of());
    if (token_.kind != Token::Kind::kEnd) return unexpected("an operator or the end");
    return node;
  }

 private:
  tl::unexpected<Error> unexpected(std::string_view wanted) const {
    return fail(Code::kInvalid, fmt::format("expected {} at column {} of the formula, found {}: {}", wanted, token_.at + 1,
                                            token_.kind == Token::Kind::kEnd ? "its end" : fmt::format("\"{}\"", token_.text),
                                            text_.substr(0, 200)));
  }

  Result<void> advance() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    const std::size_t start = at_;
    token_ = {Token::Kind::kEnd, {}, start};
    if (at_ == text_.size()) return {};
    const char c = text_[at_];
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      while (at_ < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '.' || text_[at_] == '_')) ++at_;
      token_.kind = Token::Kind::kNumber;
    } else if (name_start(c)) {
      while (at_ < text_.size() && name_char(text_[at_])) ++at_;
      token_.kind = Token::Kind::kName;
    } else if (c == '\'') {
      at_ = text_.find('\'', at_ + 1);
      if (at_ == std::string_view::npos) {
        at_ = text_.size();
        return fail(Code::kInvalid, fmt::format("text is not closed by ' in the formula: {}", text_.substr(0, 200)));
      }
      ++at_;
      token_.kind = Token::Kind::kText;
    } else {
      const std::string_view two = text_.substr(at_, 2);
      at_ += two == "==" || two == "!=" || two == "<=" || two == ">=" ? 2U : 1U;
      token_.kind = Token::Kind::kSign;
    }
    token_.text = text_.substr(start, at_ - start);
    return {};
  }

  bool is(std::string_view sign) const {
    return token_.text == sign && (token_.kind == Token::Kind::kSign || token_.kind == Token::Kind::kName);
  }
  Result<void> expect(std::string_view sign) {
    if (!is(sign)) return unexpected(fmt::format("\"{}\"", sign));
    return advance();
  }
  static NodePointer make(Node::Op op, std::vector<NodePointer> children) {
    auto node = std::make_shared<Node>();
    node->op = op;
    node->children = std::move(children);
    return node;
  }

  struct Operator {
    std::string_view sign;
    Node::Op op;
  };
  // A left-associative level: next (sign next)*.
  template <std::size_t N>
  Result<NodePointer> level(const std::array<Operator, N>& operators, Result<NodePointer> (Parser::*next)()) {
    TRY(NodePointer left, (this->*next)());
    while (true) {
      const auto found = std::find_if(operators.begin(), operators.end(), [&](const Operator& o) { return is(o.sign); });
      if (found == operators.end()) return left;
      TRYV(advance());
      TRY(NodePointer right, (this->*next)());
      left = make(found->op, {std::move(left), std::move(right)});
    }
  }

  Result<NodePointer> any_of() {
    if (++depth_ > kMaxDepth) return fail(Code::kInvalid, fmt::format("formula is nested deeper than {} levels", kMaxDepth));
    auto result = level(std::array{Operator{"or", Node::Op::kOr}}, &Parser::all_of);
    --depth_;
    return result;
  }
  Result<NodePointer> all_of() { return level(std::array{Operator{"and", Node::Op::kAnd}}, &Parser::negation); }
  Result<NodePointer> negation() {
    bool negate = false;
    while (is("not")) {
      negate = !negate;
      TRYV(advance());
    }
    TRY(NodePointer inner, comparison());
    return negate ? make(Node::Op::kNot, {std::move(inner)}) : inner;
  }
  Result<NodePointer> comparison() {
    return level(std::array{Operator{"==", Node::Op::kEqual}, Operator{"!=", Node::Op::kNotEqual},
                            Operator{"<=", Node::Op::kLessEqual}, Operator{">=", Node::Op::kGreaterEqual},
                            Operator{"<", Node::Op::kLess}, Operator{">", Node::Op::kGreater}},
                 &Parser::sum);
  }
  Result<NodePointer> sum() {
    return level(std::array{Operator{"+", Node::Op::kAdd}, Operator{"-", Node::Op::kSubtract}}, &Parser::product);
  }
  Result<NodePointer> product() {
    return level(std::array{Operator{"*", Node::Op::kMultiply}, Operator{"/", Node::Op::kDivide}}, &Parser::unary);
  }
  Result<NodePointer> unary() {
    bool negate = false;
    while (is("-")) {
      negate = !negate;
      TRYV(advance());
    }
    TRY(NodePointer inner, primary());
    return negate ? make(Node::Op::kNegate, {std::move(inner)}) : inner;
  }

  Result<NodePointer> primary() {
    if (token_.kind == Token::Kind::kNumber) {
      TRY(const Rational number, Rational::parse(token_.text));
      return constant(Value::of(number));
    }
    if (token_.kind == Token::Kind::kText) return constant(Value::of(std::string(token_.text.substr(1, token_.text.size() - 2))));
    if (is("true") || is("false")) return constant(Value::of(is("true")));
    if (is("(")) {
      TRYV(advance());
      TRY(NodePointer inner, any_of());
      TRYV(expect(")"));
      return inner;
    }
    if (is("if")) return choice();
    if (token_.kind == Token::Kind::kName) return name_or_call();
    return unexpected("a number, a name or \"(\"");
  }
  Result<NodePointer> constant(Value value) {
    auto node = std::make_shared<Node>();
    node->value = std::move(value);
    TRYV(advance());
    return node;
  }
  Result<NodePointer> choice() {
    TRYV(advance());
    TRY(NodePointer condition, any_of());
    TRYV(expect("then"));
    TRY(NodePointer yes, any_of());
    TRYV(expect("else"));
    TRY(NodePointer no, any_of());
    return make(Node::Op::kIf, {std::move(condition), std::move(yes), std::move(no)});
  }
  Result<NodePointer> name_or_call() {
    auto node = std::make_shared<Node>();
    node->name = token_.text;
    TRYV(advance());
    if (!is("(")) {
      node->op = Node::Op::kName;
      if (std::find(names_.begin(), names_.end(), node->name) == names_.end()) names_.push_back(node->name);
      return node;
    }
    node->op = Node::Op::kCall;
    if (std::find(kFunctions.begin(), kFunctions.end(), node->name) == kFunctions.end()) {
      const std::string_view nearest = nearest_word(node->name, kFunctions);
      return fail(Code::kInvalid, fmt::format("unknown function{}: {}", nearest.empty() ? "" : fmt::format(", did you mean {}", nearest), node->name));
    }
    TRYV(advance());
    while (true) {
      TRY(NodePointer argument, any_of());
      node->children.push_back(std::move(argument));
      if (!is(",")) break;
      TRYV(advance());
    }
    TRYV(expect(")"));
    return node;
  }

  std::string_view text_;
  std::vector<std::string>& names_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Token token_;
};

tl::unexpected<Error> wrong_type(std::string_view wanted, const Value& value) {
  return fail(Code::kUnprocessable, fmt::format("expected {}, got {}", wanted, value.to_string()));
}

Result<Value> arithmetic(Node::Op op, const Value& a, const Value& b) {
  if (!a.measured()) return a;
  if (!b.measured()) return b;
  if (a.kind != Value::Kind::kNumber) return wrong_type("a number", a);
  if (b.kind != Value::Kind::kNumber) return wrong_type("a number", b);
  const Result<Rational> result = op == Node::Op::kAdd        ? a.number.plus(b.number)
                                  : op == Node::Op::kSubtract ? a.number.minus(b.number)
                                  : op == Node::Op::kMultiply ? a.number.times(b.number)
                                                              : a.number.over(b.number);
  if (!result) return fail(result.error());
  return Value::of(*result);
}

Result<Value> comparison_of(Node::Op op, const Value& a, const Value& b) {
  if (!a.measured()) return a;
  if (!b.measured()) return b;
  if (a.kind != b.kind) return wrong_type(fmt::format("something to compare with {}", a.to_string()), b);
  if (op == Node::Op::kEqual) return Value::of(a == b);
  if (op == Node::Op::kNotEqual) return Value::of(!(a == b));
  if (a.kind != Value::Kind::kNumber) return wrong_type("a number", a);
  switch (op) {
    case Node::Op::kLess: return Value::of(a.number < b.number);
    case Node::Op::kLessEqual: return Value::of(!(b.number < a.number));
    case Node::Op::kGreater: return Value::of(b.number < a.number);
    default: return Value::of(!(a.number < b.number));
  }
}

Result<Value> evaluate_node(const Node& node, Scope& scope);

Result<bool> truth_of(const Node& node, Scope& scope) {
  TRY(const Value value, evaluate_node(node, scope));
  if (value.kind != Value::Kind::kBool) return wrong_type("yes or no", value);
  return value.truth;
}

Result<Value> evaluate_node(const Node& node, Scope& scope) {
  using Op = Node::Op;
  switch (node.op) {
    case Op::kValue: return node.value;
    case Op::kName: return scope.value_of(node.name);
    case Op::kIf: {
      TRY(const bool chosen, truth_of(*node.children[0], scope));
      return evaluate_node(*node.children[chosen ? 1 : 2], scope);
    }
    case Op::kOr:
    case Op::kAnd: {
      TRY(const bool left, truth_of(*node.children[0], scope));
      if (left == (node.op == Op::kOr)) return Value::of(left);
      TRY(const bool right, truth_of(*node.children[1], scope));
      return Value::of(right);
    }
    case Op::kNot: {
      TRY(const bool inner, truth_of(*node.children[0], scope));
      return Value::of(!inner);
    }
    case Op::kNegate: {
      TRY(const Value inner, evaluate_node(*node.children[0], scope));
      return arithmetic(Op::kSubtract, Value::of(Rational(0)), inner);
    }
    case Op::kCall: {
      std::vector<Value> arguments;
      for (const NodePointer& child : node.children) {
        TRY(Value argument, evaluate_node(*child, scope));
        arguments.push_back(std::move(argument));
      }
      return scope.call(node.name, arguments);
    }
    default: break;
  }
  TRY(const Value a, evaluate_node(*node.children[0], scope));
  TRY(const Value b, evaluate_node(*node.children[1], scope));
  if (node.op == Op::kAdd || node.op == Op::kSubtract || node.op == Op::kMultiply || node.op == Op::kDivide) return arithmetic(node.op, a, b);
  return comparison_of(node.op, a, b);
}

}  // namespace

std::string Value::to_string() const {
  switch (kind) {
    case Kind::kNumber: return number.to_string();
    case Kind::kText: return text;
    case Kind::kBool: return truth ? "yes" : "no";
    case Kind::kNotMeasured: return "not measured";
  }
  return {};
}

Result<Value> Scope::call(std::string_view function, const std::vector<Value>& arguments) {
  for (const Value& argument : arguments) {
    if (!argument.measured()) return argument;
    if (argument.kind != Value::Kind::kNumber) return wrong_type("a number", argument);
  }
  if (function == "min" || function == "max") {
    Rational best = arguments[0].number;
    for (const Value& argument : arguments) {
      if (function == "min" ? argument.number < best : best < argument.number) best = argument.number;
    }
    return Value::of(best);
  }
  if ((function == "ceil" || function == "floor") && arguments.size() == 1) {
    TRY(const Rational whole, function == "ceil" ? arguments[0].number.ceil() : arguments[0].number.floor());
    return Value::of(whole);
  }
  return fail(Code::kUnprocessable, fmt::format("function does not take {} arguments: {}", arguments.size(), function));
}

Result<Expression> Expression::parse(std::string_view text) {
  if (text.size() > kMaxText) return fail(Code::kInvalid, fmt::format("formula is longer than {} characters", kMaxText));
  Expression expression;
  expression.text_ = text;
  TRY(expression.root_, Parser(text, expression.names_).parse());
  return expression;
}

Result<Value> Expression::evaluate(Scope& scope) const { return evaluate_node(*root_, scope); }

}  // namespace isobar::plan
