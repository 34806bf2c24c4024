#include "promql/cell_streams.h"

namespace isobar::promql {
namespace {

class MappedStream : public eval::SeriesStream {
 public:
  MappedStream(eval::StreamPtr inner, CellMap map) : inner_(std::move(inner)), map_(std::move(map)) {}

  Result<bool> next(eval::StepSeries& out) override {
    TRY(const bool more, inner_->next(in_));
    if (!more) return false;
    out.reset(in_.steps());
    out.labels = in_.labels;
    out.drop_name = in_.drop_name;
    for (std::size_t i = 0; i < in_.steps(); ++i) {
      if (in_.present(i)) out.set(i, map_(in_.cell(i), i, in_.labels));
    }
    return true;
  }
  bool distinct_without_name() const override { return inner_->distinct_without_name(); }

 private:
  eval::StreamPtr inner_;
  CellMap map_;
  eval::StepSeries in_;
};

}  // namespace

eval::StreamPtr map_cells(eval::StreamPtr inner, CellMap map) {
  return std::make_unique<MappedStream>(std::move(inner), std::move(map));
}

Result<Value> single_series(CallContext& call, const Scalars& values) {
  eval::StepMatrix matrix(1);
  matrix[0].reset(call.steps());
  for (std::size_t i = 0; i < call.steps(); ++i) matrix[0].set(i, values[i]);
  TRY(eval::StreamPtr stream, hold(std::move(matrix), call.state(), true));
  return Value::of(std::move(stream));
}

}  // namespace isobar::promql
