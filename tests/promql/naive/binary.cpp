// Binary operators at one step: which elements meet, and what becomes of two samples.
#include <optional>
#include <set>

#include "evaluator.h"

namespace isobar::promqltest::naive {
namespace {

using promql::BinaryOp;

bool trims(BinaryOp op) {
  return op == BinaryOp::kTrimLower || op == BinaryOp::kTrimUpper;
}

Num arithmetic(BinaryOp op, Num a, Num b) {
  switch (op) {
    case BinaryOp::kAdd:
      return plus(a, b);
    case BinaryOp::kSub:
      return minus(a, b);
    case BinaryOp::kMul:
      return times(a, b);
    case BinaryOp::kDiv:
      return divided(a, b);
    default:
      break;
  }
  const auto f = [op](double x, double y) {
    if (op == BinaryOp::kMod) return std::fmod(x, y);
    return op == BinaryOp::kPow ? std::pow(x, y) : std::atan2(x, y);
  };
  const Num left = through([&](double x) { return f(x, b.number()); }, a);
  const Num right = through([&](double y) { return f(a.number(), y); }, b);
  return {left.value, left.doubt + right.doubt};
}

bool holds(BinaryOp op, Num a, Num b, Doubts& doubts) {
  doubts.undecided = doubts.undecided || close(a, b);
  const double x = a.number();
  const double y = b.number();
  switch (op) {
    case BinaryOp::kEqual:
      return x == y;
    case BinaryOp::kNotEqual:
      return x != y;
    case BinaryOp::kLess:
      return x < y;
    case BinaryOp::kLessEqual:
      return x <= y;
    case BinaryOp::kGreater:
      return x > y;
    default:
      return x >= y;
  }
}

// What one pair of samples gives.
struct Outcome {
  std::optional<Cell> cell;
  bool matched = true;  // false: the types do not go together
};

class Pair {
 public:
  Pair(const promql::BinaryExpr& expr, Log& log) : op_(expr.op), bool_(expr.return_bool), log_(log) {}

  // `keep_right`: a filter keeps the right sample, because the left one is a scalar.
  Outcome apply(const Cell& left, const Cell& right, bool keep_right) {
    fits_ = true;
    std::optional<Cell> cell = cell_of(left, right, keep_right);
    return {std::move(cell), fits_};
  }

 private:
  std::optional<Cell> cell_of(const Cell& left, const Cell& right, bool keep_right) {
    if (!left.histogram && !right.histogram) return floats(left, right, keep_right);
    if (left.histogram && right.histogram) return histograms(left, right, keep_right);
    return mixed(left, right);
  }

  std::optional<Cell> incompatible() {
    log_.informed = true;
    fits_ = false;
    return {};
  }

  std::optional<Cell> decided(bool holds, const Cell& kept) const {
    if (bool_) return Cell{holds ? 1.0 : 0.0, nullptr};
    if (!holds) return {};
    return kept;
  }

  std::optional<Cell> floats(const Cell& left, const Cell& right, bool keep_right) {
    if (trims(op_)) return incompatible();
    if (!is_comparison(op_)) return Cell{arithmetic(op_, left.number, right.number), nullptr};
    return decided(holds(op_, left.number, right.number, log_.doubts), keep_right ? right : left);
  }

  std::optional<Cell> histograms(const Cell& left, const Cell& right, bool keep_right) {
    if (op_ == BinaryOp::kEqual || op_ == BinaryOp::kNotEqual) {
      const bool same = equal(*left.histogram, *right.histogram, log_.doubts);
      return decided(same == (op_ == BinaryOp::kEqual), keep_right ? right : left);
    }
    if (op_ != BinaryOp::kAdd && op_ != BinaryOp::kSub) return incompatible();
    auto result = std::make_shared<Hist>(*left.histogram);
    const int factor = op_ == BinaryOp::kAdd ? 1 : -1;
    const Joined joined = join(*result, *right.histogram, factor, true, log_.doubts);
    log_.warned = log_.warned || joined.incompatible || joined.hint_conflict;
    log_.informed = log_.informed || joined.reconciled;
    fits_ = !joined.incompatible;
    if (!fits_) return {};
    if (factor < 0) result->hint = model::CounterResetHint::kGauge;
    compact(*result);
    return Cell{{}, std::move(result)};
  }

  std::optional<Cell> mixed(const Cell& left, const Cell& right) {
    const bool histogram_first = left.histogram != nullptr;
    const Num number = (histogram_first ? right : left).number;
    auto result = std::make_shared<Hist>(*(histogram_first ? left : right).histogram);
    if (op_ == BinaryOp::kMul) {
      scale(*result, number);
    } else if (op_ == BinaryOp::kDiv && histogram_first) {
      // By zero: what is nothing but roundings, or has left no bucket at all, would be infinite or NaN.
      if (std::fabs(number.value) <= number.doubt && (number.doubt > 0 || has_doubt(*result))) log_.doubts.undecided = true;
      shrink(*result, number);
    } else if (trims(op_) && histogram_first) {
      if (number.doubt > 0) log_.doubts.undecided = true;
      std::optional<Hist> kept = trimmed(*result, number.number(), op_ == BinaryOp::kTrimUpper, log_.doubts);
      return Cell{{}, std::make_shared<Hist>(std::move(*kept))};
    } else {
      return incompatible();
    }
    return Cell{{}, std::move(result)};
  }

  BinaryOp op_;
  bool bool_;
  bool fits_ = true;
  Log& log_;
};

bool drops_name(const promql::BinaryExpr& expr) {
  return expr.return_bool || (!is_comparison(expr.op) && !trims(expr.op));
}

model::Labels signature(const promql::BinaryExpr& expr, const model::Labels& labels) {
  const eval::VectorMatching& m = expr.matching;
  return m.on ? picked(labels, m.labels) : dropped(labels, m.labels);
}

Result<Value> with_scalar(const promql::BinaryExpr& expr, const Vector& vector, Num scalar, bool scalar_left,
                          Log& log) {
  Pair pair(expr, log);
  Vector result;
  for (const Element& e : vector) {
    const Cell number{scalar, nullptr};
    Outcome o = scalar_left ? pair.apply(number, e.cell, true) : pair.apply(e.cell, number, false);
    if (o.cell) result.push_back({drops_name(expr) ? nameless(e.labels) : e.labels, std::move(*o.cell)});
  }
  TRY(result, unique(std::move(result)));
  return Value::of(std::move(result));
}

Vector set_operation(const promql::BinaryExpr& expr, const Vector& left, const Vector& right) {
  std::set<model::Labels> present;
  for (const Element& e : expr.op == BinaryOp::kOr ? left : right) present.insert(signature(expr, e.labels));
  Vector result;
  if (expr.op == BinaryOp::kOr) result = left;
  for (const Element& e : expr.op == BinaryOp::kOr ? right : left) {
    if (present.contains(signature(expr, e.labels)) == (expr.op == BinaryOp::kAnd)) result.push_back(e);
  }
  return result;
}

// Arithmetic and comparison. "Many" is the left side, or the right one with group_right.
class Matching {
 public:
  Matching(const promql::BinaryExpr& expr, Log& log)
      : expr_(expr), swapped_(expr.matching.cardinality == eval::Cardinality::kOneToMany), pair_(expr, log) {}

  Result<Vector> run(const Vector& left, const Vector& right) {
    const Vector& many = swapped_ ? right : left;
    const Vector& one = swapped_ ? left : right;
    // Prometheus exchanges the sides of group_right before it fills: fill_left is for the "many" side always.
    const std::optional<double> fill_many = expr_.matching.fill_left;
    const std::optional<double> fill_one = expr_.matching.fill_right;
    if ((many.empty() || one.empty()) && !fill_many && !fill_one) return Vector{};
    for (const Element& e : one) {
      if (!ones_.emplace(signature(expr_, e.labels), &e).second)
        return failure("found duplicate series for the match group");
    }
    for (const Element& e : many) {
      const model::Labels key = signature(expr_, e.labels);
      const auto at = ones_.find(key);
      if (at != ones_.end()) {
        met_.insert(key);
        TRYV(meet(key, e, *at->second));
      } else if (fill_one) {
        TRYV(meet(key, e, {key, {*fill_one, nullptr}}));
      }
    }
    if (fill_many) {
      for (const Element& e : one) {
        const model::Labels key = signature(expr_, e.labels);
        if (!met_.contains(key)) TRYV(meet(key, {key, {*fill_many, nullptr}}, e));
      }
    }
    return unique(std::move(result_));
  }

 private:
  Result<void> meet(const model::Labels& key, const Element& many, const Element& one) {
    Outcome o = swapped_ ? pair_.apply(one.cell, many.cell, false) : pair_.apply(many.cell, one.cell, false);
    // A pair that a comparison filters out is a match all the same.
    if (!o.matched) return {};
    model::Labels labels = result_labels(many.labels, one.labels);
    std::set<model::Labels>& inserted = inserted_[key];
    if (expr_.matching.cardinality == eval::Cardinality::kOneToOne) {
      if (!inserted.empty())
        return failure("multiple matches for labels: many-to-one matching must be explicit");
    } else if (inserted.contains(labels)) {
      return failure("multiple matches for labels: grouping labels must ensure unique matches");
    }
    inserted.insert(labels);
    if (o.cell) result_.push_back({std::move(labels), std::move(*o.cell)});
    return {};
  }

  model::Labels result_labels(const model::Labels& many, const model::Labels& one) const {
    const eval::VectorMatching& m = expr_.matching;
    model::Labels base = drops_name(expr_) ? nameless(many) : many;
    if (m.cardinality == eval::Cardinality::kOneToOne) {
      model::LabelsBuilder kept(base);
      for (const std::string& name : m.on ? std::vector<std::string>{} : m.labels) kept.remove(name);
      base = m.on ? picked(base, m.labels) : kept.build();
    }
    model::LabelsBuilder builder(base);
    for (const std::string& name : m.include) builder.set(name, one.get(name));
    return builder.build();
  }

  const promql::BinaryExpr& expr_;
  bool swapped_;
  Pair pair_;
  std::map<model::Labels, const Element*> ones_;
  std::set<model::Labels> met_;
  std::map<model::Labels, std::set<model::Labels>> inserted_;
  Vector result_;
};

}  // namespace

Result<Value> evaluate_binary(Evaluator& evaluator, const promql::BinaryExpr& expr, std::int64_t t) {
  TRY(Value left, evaluator.evaluate(*expr.left, t));
  TRY(Value right, evaluator.evaluate(*expr.right, t));
  const bool left_scalar = left.type == promql::ValueType::kScalar;
  const bool right_scalar = right.type == promql::ValueType::kScalar;
  Log& log = evaluator.log();
  if (left_scalar && right_scalar) {
    if (trims(expr.op)) return failure("operator not allowed for scalars");
    if (!is_comparison(expr.op)) return Value::of(arithmetic(expr.op, left.scalar, right.scalar));
    return Value::of(Num(holds(expr.op, left.scalar, right.scalar, log.doubts) ? 1.0 : 0.0));
  }
  if (right_scalar) return with_scalar(expr, left.vector, right.scalar, false, log);
  if (left_scalar) return with_scalar(expr, right.vector, left.scalar, true, log);
  if (is_set_operator(expr.op)) return Value::of(set_operation(expr, left.vector, right.vector));
  TRY(Vector result, Matching(expr, log).run(left.vector, right.vector));
  return Value::of(std::move(result));
}

}  // namespace isobar::promqltest::naive
