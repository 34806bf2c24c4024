#include "promql/cell_operation.h"

#include <cmath>

#include "eval/kernels.h"
#include "model/histogram_arithmetic.h"

namespace isobar::promql {

using eval::Cell;
using eval::Kind;

double apply_arithmetic(BinaryOp op, double left, double right) {
  switch (op) {
    case BinaryOp::kAdd:
      return left + right;
    case BinaryOp::kSub:
      return left - right;
    case BinaryOp::kMul:
      return left * right;
    case BinaryOp::kDiv:
      return left / right;
    case BinaryOp::kMod:
      return std::fmod(left, right);
    case BinaryOp::kPow:
      return std::pow(left, right);
    case BinaryOp::kAtan2:
      return std::atan2(left, right);
    default:
      return compare(op, left, right) ? 1 : 0;
  }
}

bool compare(BinaryOp op, double left, double right) {
  switch (op) {
    case BinaryOp::kEqual:
      return left == right;
    case BinaryOp::kNotEqual:
      return left != right;
    case BinaryOp::kLess:
      return left < right;
    case BinaryOp::kLessEqual:
      return left <= right;
    case BinaryOp::kGreater:
      return left > right;
    case BinaryOp::kGreaterEqual:
      return left >= right;
    default:
      return false;
  }
}

bool BinaryCells::drops_name() const {
  const bool trims = op_ == BinaryOp::kTrimLower || op_ == BinaryOp::kTrimUpper;
  return expr_.return_bool || (!is_comparison(op_) && !trims);
}

bool BinaryCells::filters() const {
  return is_comparison(op_) && !expr_.return_bool;
}
bool BinaryCells::comparable(Kind left, Kind right) const {
  const bool by_equality = op_ == BinaryOp::kEqual || op_ == BinaryOp::kNotEqual;
  return left == right && (left == Kind::kFloat || by_equality);
}

Result<void> BinaryCells::apply(const eval::Row& left, const eval::Row& right, eval::StepSeries& out) {
  const std::size_t steps = out.steps();
  const bool floats_only = left.histograms == nullptr && right.histograms == nullptr &&
                           op_ != BinaryOp::kTrimLower && op_ != BinaryOp::kTrimUpper;
  if (floats_only) {
    apply_floats(left, right, out);
    return {};
  }
  for (std::size_t i = 0; i < steps; ++i) {
    if (left.kinds[i] == Kind::kAbsent || right.kinds[i] == Kind::kAbsent) continue;
    out.set(i, cell(left.cell(i), right.cell(i)));
  }
  return {};
}

void BinaryCells::apply_floats(const eval::Row& left, const eval::Row& right, eval::StepSeries& out) {
  const bool filters = is_comparison(op_) && !expr_.return_bool;
  const double* kept = keep_ == Keep::kLeft ? left.values : right.values;
  for (std::size_t i = 0; i < out.steps(); ++i) {
    if (left.kinds[i] != Kind::kFloat || right.kinds[i] != Kind::kFloat) continue;
    if (!filters) {
      out.set(i, apply_arithmetic(op_, left.values[i], right.values[i]));
    } else if (compare(op_, left.values[i], right.values[i])) {
      out.set(i, kept[i]);
    }
  }
}

Cell BinaryCells::cell(const Cell& left, const Cell& right) {
  if (left.kind == Kind::kFloat && right.kind == Kind::kFloat) {
    if (op_ == BinaryOp::kTrimLower || op_ == BinaryOp::kTrimUpper) {
      incompatible_types("float", "float");
      return {};
    }
    if (!is_comparison(op_) || expr_.return_bool)
      return Cell::of(apply_arithmetic(op_, left.value, right.value));
    if (!compare(op_, left.value, right.value)) return {};
    return keep_ == Keep::kLeft ? left : right;
  }
  if (left.kind == Kind::kHistogram && right.kind == Kind::kHistogram)
    return histograms(*left.histogram, *right.histogram);
  return histogram_and_number(left, right);
}

Cell BinaryCells::histograms(const model::Histogram& left, const model::Histogram& right) {
  if (op_ == BinaryOp::kEqual || op_ == BinaryOp::kNotEqual) {
    const bool holds = model::equal_values(left, right) == (op_ == BinaryOp::kEqual);
    if (expr_.return_bool) return Cell::of(holds ? 1.0 : 0.0);
    if (!holds) return {};
    return Cell::of(std::make_shared<const model::Histogram>(keep_ == Keep::kLeft ? left : right));
  }
  if (op_ != BinaryOp::kAdd && op_ != BinaryOp::kSub) {
    incompatible_types("histogram", "histogram");
    return {};
  }
  auto result = std::make_shared<model::Histogram>(left);
  const bool adds = op_ == BinaryOp::kAdd;
  const model::HistogramJoin join = adds ? model::add(*result, right) : model::subtract(*result, right);
  if (join.incompatible) {
    notes_.warn(expr_.position,
                fmt::format("incompatible bucket layout encountered for binary operator {}", op_text(op_)));
    return {};
  }
  model::compact(*result);
  const std::string_view name = adds ? "addition" : "subtraction";
  if (join.reset_conflict) notes_.reset_conflict(expr_.position, name);
  if (join.bounds_reconciled) notes_.reconciled_buckets(expr_.position, name);
  // A difference of counters is no counter.
  if (!adds) result->reset_hint = model::CounterResetHint::kGauge;
  return Cell::of(std::move(result));
}

Cell BinaryCells::histogram_and_number(const Cell& left, const Cell& right) {
  const bool histogram_first = left.kind == Kind::kHistogram;
  const model::Histogram& h = *(histogram_first ? left : right).histogram;
  const double number = (histogram_first ? right : left).value;
  const bool scales = op_ == BinaryOp::kMul || (histogram_first && op_ == BinaryOp::kDiv);
  const bool trims = histogram_first && (op_ == BinaryOp::kTrimLower || op_ == BinaryOp::kTrimUpper);
  if (!scales && !trims) {
    incompatible_types(histogram_first ? "histogram" : "float", histogram_first ? "float" : "histogram");
    return {};
  }
  auto result = std::make_shared<model::Histogram>(h);
  if (op_ == BinaryOp::kMul) model::multiply(*result, number);
  if (op_ == BinaryOp::kDiv) model::divide(*result, number);
  if (op_ == BinaryOp::kTrimUpper) model::trim_above(*result, number);
  if (op_ == BinaryOp::kTrimLower) model::trim_below(*result, number);
  return Cell::of(std::move(result));
}

void BinaryCells::incompatible_types(std::string_view left, std::string_view right) {
  notes_.info(expr_.position,
              fmt::format("incompatible sample types encountered for binary operator \"{}\": {} {} {}",
                          op_text(op_), left, op_text(op_), right));
}

}  // namespace isobar::promql
