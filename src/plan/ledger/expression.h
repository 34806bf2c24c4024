// Formulas of the ledger: "nat.gateways * price.nat_hour * hours".
//
//   or, and, not · == != < <= > >= · + - · * / · unary - · if C then A else B
//   numbers (1_000, 0.045), 'texts', true, false, names (nat.gateways), functions min max ceil floor instance
//
// Numbers are exact (rational.h). A quantity that nobody has measured is a value of its own kind: whatever is computed
// from it is not measured either, so it can enter no total.
//
// Errors: kInvalid with the column for syntax; kUnprocessable for types, division by zero and unknown names.
// Limits: 4,000 characters, 100 levels. Thread safety: a parsed expression is immutable.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/ledger/rational.h"

namespace isobar::plan {

struct Value {
  enum class Kind { kNumber, kText, kBool, kNotMeasured };
  Kind kind = Kind::kNumber;
  Rational number;
  std::string text;  // kText; what is missing for kNotMeasured
  bool truth = false;

  static Value of(Rational number) { return {Kind::kNumber, number, {}, false}; }
  static Value of(std::string text) { return {Kind::kText, {}, std::move(text), false}; }
  static Value of(bool truth) { return {Kind::kBool, {}, {}, truth}; }
  static Value not_measured(std::string what) { return {Kind::kNotMeasured, {}, std::move(what), false}; }

  bool measured() const { return kind != Kind::kNotMeasured; }
  bool operator==(const Value&) const = default;
  // 3, 0.1504, t3a.xlarge, yes, no, not measured.
  std::string to_string() const;
};

// What names and functions mean.
class Scope {
 public:
  virtual ~Scope() = default;
  virtual Result<Value> value_of(std::string_view name) = 0;
  virtual Result<Value> call(std::string_view function, const std::vector<Value>& arguments);
};

class Expression {
 public:
  struct Node;

  static Result<Expression> parse(std::string_view text);

  Result<Value> evaluate(Scope& scope) const;
  const std::string& text() const { return text_; }
  // Every name in it, in order of appearance, each once.
  const std::vector<std::string>& names() const { return names_; }
  bool empty() const { return root_ == nullptr; }

 private:
  std::string text_;
  std::vector<std::string> names_;
  std::shared_ptr<const Node> root_;
};

}  // namespace isobar::plan
