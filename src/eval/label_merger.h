// Collects series and joins those with equal labels: their samples must lie at different steps. Needed
// wherever an operator changes labels so that two of its inputs may become one series. Not thread-safe.
#pragma once

#include <unordered_map>

#include "eval/query_memory.h"
#include "eval/step_series.h"

namespace isobar::eval {

class LabelMerger {
 public:
  // `conflict` is the text of the error (Code::kUnprocessable) when two samples meet at one step.
  LabelMerger(QueryMemory& memory, std::string_view conflict) : hold_(memory), conflict_(conflict) {}

  Result<void> add(StepSeries&& series);
  // In order of first appearance.
  StepMatrix take() { return std::move(series_); }

 private:
  MemoryHold hold_;
  std::string_view conflict_;
  StepMatrix series_;
  std::unordered_map<model::Labels, std::size_t> by_labels_;
};

inline constexpr std::string_view kSameLabelset = "vector cannot contain metrics with the same labelset";

// Reads a stream to its end and holds the series.
Result<StepMatrix> collect(SeriesStream& stream, MemoryHold& hold);

// Hands out what it holds.
class MatrixStream : public SeriesStream {
 public:
  MatrixStream(StepMatrix series, QueryMemory& memory, bool distinct = false)
      : series_(std::move(series)), hold_(memory), distinct_(distinct) {}
  Result<bool> next(StepSeries& out) override;
  bool distinct_without_name() const override { return distinct_; }

 private:
  StepMatrix series_;
  MemoryHold hold_;
  std::size_t next_ = 0;
  bool distinct_;
  bool held_ = false;
};

}  // namespace isobar::eval
