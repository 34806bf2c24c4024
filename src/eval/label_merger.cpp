#include "eval/label_merger.h"

namespace isobar::eval {

Result<void> LabelMerger::add(StepSeries&& series) {
  const auto [at, added] = by_labels_.try_emplace(series.labels, series_.size());
  if (added) {
    TRYV(hold_.grow(series));
    series_.push_back(std::move(series));
    return {};
  }
  StepSeries& known = series_[at->second];
  for (std::size_t i = 0; i < series.steps(); ++i) {
    if (!series.present(i)) continue;
    if (known.present(i)) return fail(Code::kUnprocessable, std::string(conflict_));
    known.set(i, series.cell(i));
  }
  return {};
}

Result<StepMatrix> collect(SeriesStream& stream, MemoryHold& hold) {
  StepMatrix all;
  StepSeries series;
  while (true) {
    TRY(const bool more, stream.next(series));
    if (!more) return all;
    TRYV(hold.grow(series));
    all.push_back(std::move(series));
  }
}

Result<bool> MatrixStream::next(StepSeries& out) {
  if (!held_) {
    held_ = true;
    for (const StepSeries& series : series_) TRYV(hold_.grow(series));
  }
  if (next_ == series_.size()) return false;
  out = std::move(series_[next_++]);
  return true;
}

}  // namespace isobar::eval
