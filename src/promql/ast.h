// The typed syntax tree of PromQL. Nodes own their children; positions are byte ranges of the query text.
// After parsing, types hold (promql/parser.h) and depth is bounded, so walks may recurse. Not thread-safe to
// change.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "eval/aggregation.h"
#include "eval/vector_matching.h"
#include "model/matcher.h"
#include "promql/position.h"

namespace isobar::promql {

struct FunctionSpec;    // functions.h
struct AggregatorSpec;  // aggregators.h

enum class ValueType : std::uint8_t { kScalar, kVector, kMatrix, kString };
// As error messages name them: "scalar", "instant vector", "range vector", "string".
std::string_view type_text(ValueType type);

enum class ExprKind : std::uint8_t {
  kNumber,
  kString,
  kParen,
  kUnary,
  kBinary,
  kAggregate,
  kCall,
  kVectorSelector,
  kMatrixSelector,
  kSubquery,
  kStepInvariant,
};

struct Expr {
  explicit Expr(ExprKind k) : kind(k) {}
  virtual ~Expr() = default;
  Expr(const Expr&) = delete;
  Expr& operator=(const Expr&) = delete;

  const ExprKind kind;
  ValueType type = ValueType::kVector;
  PositionRange position;
  int depth = 1;  // levels below and including this node
};
using ExprPtr = std::unique_ptr<Expr>;

std::string_view node_name(const Expr& expr);  // for /parse_query: "vectorSelector", …

// A duration computed from others: [5m * 2], offset (step() / 2). Leaves are seconds or a call.
struct DurationExpr {
  enum class Op : std::uint8_t {
    kNumber,
    kStep,
    kRange,
    kMinOf,
    kMaxOf,
    kAdd,
    kSub,
    kMul,
    kDiv,
    kMod,
    kPow,
    kNegate,
    kPlus,
    kParen
  };
  Op op = Op::kNumber;
  double seconds = 0;       // kNumber
  bool as_duration = true;  // kNumber: written as 5m and not as 300
  std::unique_ptr<DurationExpr> left;
  std::unique_ptr<DurationExpr> right;
  PositionRange position;
  int depth = 1;
};

// `value` holds at once for literals; for expressions after resolve_durations() (promql/preparation.h).
struct DurationValue {
  Duration value{0};
  std::unique_ptr<DurationExpr> expr;
};

enum class AtAnchor : std::uint8_t { kNone, kTime, kStart, kEnd };

// offset and @ of selectors and subqueries.
struct TimeShift {
  DurationValue offset;
  bool has_offset = false;
  AtAnchor at = AtAnchor::kNone;
  Timestamp at_time;  // kTime; for kStart and kEnd set before evaluation
};

struct NumberLiteral : Expr {
  NumberLiteral() : Expr(ExprKind::kNumber) { type = ValueType::kScalar; }
  double value = 0;
  bool is_duration = false;  // written as 5m
};

struct StringLiteral : Expr {
  StringLiteral() : Expr(ExprKind::kString) { type = ValueType::kString; }
  std::string value;
};

struct ParenExpr : Expr {
  ParenExpr() : Expr(ExprKind::kParen) {}
  ExprPtr inner;
};

struct UnaryExpr : Expr {
  UnaryExpr() : Expr(ExprKind::kUnary) {}
  bool negate = false;
  ExprPtr inner;
};

enum class BinaryOp : std::uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kAtan2,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAnd,
  kOr,
  kUnless,
  kTrimUpper,
  kTrimLower,
};
std::string_view op_text(BinaryOp op);
inline bool is_comparison(BinaryOp op) {
  return op >= BinaryOp::kEqual && op <= BinaryOp::kGreaterEqual;
}
inline bool is_set_operator(BinaryOp op) {
  return op >= BinaryOp::kAnd && op <= BinaryOp::kUnless;
}

struct BinaryExpr : Expr {
  BinaryExpr() : Expr(ExprKind::kBinary) {}
  BinaryOp op = BinaryOp::kAdd;
  bool return_bool = false;
  bool has_matching = false;  // on or ignoring was written
  eval::VectorMatching matching;
  ExprPtr left;
  ExprPtr right;
};

struct AggregateExpr : Expr {
  AggregateExpr() : Expr(ExprKind::kAggregate) {}
  const AggregatorSpec* aggregator = nullptr;
  bool without = false;
  bool has_grouping = false;
  std::vector<std::string> grouping;
  ExprPtr parameter;  // or null
  ExprPtr inner;
};

struct CallExpr : Expr {
  CallExpr() : Expr(ExprKind::kCall) {}
  const FunctionSpec* function = nullptr;
  std::vector<ExprPtr> arguments;
};

struct VectorSelector : Expr {
  VectorSelector() : Expr(ExprKind::kVectorSelector) {}
  std::string name;                      // empty if written as {…} only
  std::vector<model::Matcher> matchers;  // the name's included
  TimeShift shift;
  bool anchored = false;
  bool smoothed = false;
  bool statistics_only = false;  // set before evaluation: nobody looks at the buckets of its histograms
};

struct MatrixSelector : Expr {
  MatrixSelector() : Expr(ExprKind::kMatrixSelector) { type = ValueType::kMatrix; }
  std::unique_ptr<VectorSelector> selector;  // carries the shift
  DurationValue range;
};

struct SubqueryExpr : Expr {
  SubqueryExpr() : Expr(ExprKind::kSubquery) { type = ValueType::kMatrix; }
  ExprPtr inner;
  DurationValue range;
  bool has_step = false;
  DurationValue step;
  TimeShift shift;
};

// Put in by the engine around what has the same value at every step.
struct StepInvariantExpr : Expr {
  StepInvariantExpr() : Expr(ExprKind::kStepInvariant) {}
  ExprPtr inner;
};

template <class T>
const T& as(const Expr& expr) {
  return static_cast<const T&>(expr);
}
template <class T>
T& as(Expr& expr) {
  return static_cast<T&>(expr);
}

// The expression inside any parentheses / inside parentheses and step-invariant marks.
const Expr& unwrap_parens(const Expr& expr);
const Expr& unwrap(const Expr& expr);
// What stands directly in the expression, as it is written; of a range selector the selector.
std::vector<const Expr*> children(const Expr& expr);

}  // namespace isobar::promql
