#include "eval/vector_matching.h"
#include "promql/evaluation.h"

namespace isobar::promql {
namespace {

class NameDroppingStream : public eval::SeriesStream {
 public:
  NameDroppingStream(eval::StreamPtr inner, QueryState& state) : inner_(std::move(inner)), state_(state) {}

  Result<bool> next(eval::StepSeries& out) override {
    TRY(const bool more, inner_->next(out));
    if (!more) return false;
    if (state_.features().delayed_name_removal) {
      out.drop_name = true;
    } else {
      out.labels = eval::without_name(out.labels, state_.metadata_labels);
    }
    return true;
  }
  bool distinct_without_name() const override {
    return !state_.features().delayed_name_removal || inner_->distinct_without_name();
  }

 private:
  eval::StreamPtr inner_;
  QueryState& state_;
};

}  // namespace

Result<eval::StreamPtr> drop_names(eval::StreamPtr stream, QueryState& state) {
  const bool distinct = stream->distinct_without_name();
  eval::StreamPtr dropping = std::make_unique<NameDroppingStream>(std::move(stream), state);
  if (distinct || state.features().delayed_name_removal) return dropping;
  eval::LabelMerger merger(state.memory, eval::kSameLabelset);
  eval::StepSeries series;
  while (true) {
    TRY(const bool more, dropping->next(series));
    if (!more) break;
    if (!series.empty()) TRYV(merger.add(std::move(series)));
  }
  return hold(merger.take(), state, true);
}

Result<eval::StepMatrix> apply_name_removal(eval::StepMatrix series, QueryState& state) {
  if (!state.features().delayed_name_removal) return series;
  eval::LabelMerger merger(state.memory, eval::kSameLabelset);
  for (eval::StepSeries& s : series) {
    if (s.drop_name) s.labels = eval::without_name(s.labels, state.metadata_labels);
    s.drop_name = false;
    TRYV(merger.add(std::move(s)));
  }
  return merger.take();
}

Result<eval::StreamPtr> hold(eval::StepMatrix series, QueryState& state, bool distinct_without_name) {
  return eval::StreamPtr(
      std::make_unique<eval::MatrixStream>(std::move(series), state.memory, distinct_without_name));
}

}  // namespace isobar::promql
