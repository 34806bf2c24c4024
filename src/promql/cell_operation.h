// What a PromQL binary operator does with two cells. Internal to the folder.
#pragma once

#include "eval/vector_matching.h"
#include "promql/evaluation.h"

namespace isobar::promql {

double apply_arithmetic(BinaryOp op, double left, double right);
bool compare(BinaryOp op, double left, double right);

// Which side's sample a comparison keeps.
enum class Keep : std::uint8_t { kLeft, kRight };

class BinaryCells : public eval::CellOperation {
 public:
  BinaryCells(const BinaryExpr& expr, Notes& notes, Keep keep = Keep::kLeft)
      : expr_(expr), op_(expr.op), notes_(notes), keep_(keep) {}

  Result<void> apply(const eval::Row& left, const eval::Row& right, eval::StepSeries& out) override;
  bool drops_name() const override;
  bool filters() const override;
  bool comparable(eval::Kind left, eval::Kind right) const override;

 private:
  void apply_floats(const eval::Row& left, const eval::Row& right, eval::StepSeries& out);
  eval::Cell cell(const eval::Cell& left, const eval::Cell& right);
  eval::Cell histograms(const model::Histogram& left, const model::Histogram& right);
  eval::Cell histogram_and_number(const eval::Cell& left, const eval::Cell& right);
  void incompatible_types(std::string_view left, std::string_view right);

  const BinaryExpr& expr_;
  BinaryOp op_;
  Notes& notes_;
  Keep keep_;
};

}  // namespace isobar::promql
