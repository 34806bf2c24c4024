#include "promql/cell_operation.h"
#include "promql/evaluation.h"

namespace isobar::promql {
namespace {

// A vector against one number per step.
class VectorScalarStream : public eval::SeriesStream {
 public:
  VectorScalarStream(eval::StreamPtr inner, Scalars numbers, const BinaryExpr& expr, bool vector_first,
                     Notes& notes)
      : inner_(std::move(inner)),
        numbers_(std::move(numbers)),
        kinds_(numbers_.size(), eval::Kind::kFloat),
        vector_first_(vector_first),
        cells_(expr, notes, vector_first ? Keep::kLeft : Keep::kRight) {}

  Result<bool> next(eval::StepSeries& out) override {
    TRY(const bool more, inner_->next(in_));
    if (!more) return false;
    out.reset(in_.steps());
    const eval::Row number{kinds_.data(), numbers_.data(), nullptr};
    const eval::Row vector = eval::Row::of(in_);
    TRYV(vector_first_ ? cells_.apply(vector, number, out) : cells_.apply(number, vector, out));
    out.labels = in_.labels;
    out.drop_name = in_.drop_name;
    return true;
  }
  bool distinct_without_name() const override { return inner_->distinct_without_name(); }

 private:
  eval::StreamPtr inner_;
  Scalars numbers_;
  std::vector<eval::Kind> kinds_;
  bool vector_first_;
  BinaryCells cells_;
  eval::StepSeries in_;
};

eval::SetOp set_op(BinaryOp op) {
  if (op == BinaryOp::kAnd) return eval::SetOp::kAnd;
  return op == BinaryOp::kOr ? eval::SetOp::kOr : eval::SetOp::kUnless;
}

}  // namespace

Result<Value> Evaluator::binary(const BinaryExpr& expr, const eval::StepGrid& grid) {
  const bool left_vector = expr.left->type == ValueType::kVector;
  const bool right_vector = expr.right->type == ValueType::kVector;
  if (!left_vector && !right_vector) return scalar_binary(expr, grid);
  TRY(eval::StreamPtr stream,
      left_vector && right_vector ? vector_vector(expr, grid) : vector_scalar(expr, grid));
  return Value::of(std::move(stream));
}

Result<Value> Evaluator::scalar_binary(const BinaryExpr& expr, const eval::StepGrid& grid) {
  TRY(Scalars left, scalar(*expr.left, grid));
  TRY(const Scalars right, scalar(*expr.right, grid));
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = apply_arithmetic(expr.op, left[i], right[i]);
  return Value::of(std::move(left));
}

Result<eval::StreamPtr> Evaluator::vector_scalar(const BinaryExpr& expr, const eval::StepGrid& grid) {
  const bool vector_first = expr.left->type == ValueType::kVector;
  TRY(Scalars numbers, scalar(vector_first ? *expr.right : *expr.left, grid));
  TRY(eval::StreamPtr inner, vector(vector_first ? *expr.left : *expr.right, grid));
  eval::StreamPtr stream = std::make_unique<VectorScalarStream>(std::move(inner), std::move(numbers), expr,
                                                                vector_first, state_.notes);
  if (!BinaryCells(expr, state_.notes).drops_name()) return stream;
  return drop_names(std::move(stream), state_);
}

Result<eval::StreamPtr> Evaluator::vector_vector(const BinaryExpr& expr, const eval::StepGrid& grid) {
  eval::MatchingOptions options;
  options.steps = grid.count;
  options.delay_name_removal = state_.features().delayed_name_removal;
  options.metadata_labels = state_.metadata_labels;
  TRY(eval::StreamPtr left, vector(*expr.left, grid));
  TRY(eval::StreamPtr right, vector(*expr.right, grid));
  if (is_set_operator(expr.op)) {
    return eval::combine_sets(set_op(expr.op), std::move(left), std::move(right), expr.matching, options,
                              state_.memory);
  }
  eval::MemoryHold held(state_.memory);
  TRY(const eval::StepMatrix left_series, eval::collect(*left, held));
  TRY(const eval::StepMatrix right_series, eval::collect(*right, held));
  BinaryCells cells(expr, state_.notes);
  TRY(eval::StepMatrix result,
      eval::match_vectors(left_series, right_series, expr.matching, cells, options, state_.memory));
  return hold(std::move(result), state_, cells.drops_name() && !options.delay_name_removal);
}

}  // namespace isobar::promql
