// Range vectors: series after series with all samples that any step's window needs, and where the windows
// lie. Internal to the folder. Not thread-safe.
#pragma once

#include "eval/step_grid.h"
#include "promql/range_window.h"
#include "promql/sample_counter.h"

namespace isobar::promql {

struct QueryState;

// The samples of one series over all windows, without stale markers.
struct RangeSeries {
  model::Labels labels;
  bool drop_name = false;
  std::vector<std::int64_t> float_times;
  std::vector<double> floats;
  std::vector<std::int64_t> float_starts;
  std::vector<std::int64_t> histogram_times;
  std::vector<eval::HistogramPtr> histograms;
  std::vector<std::int64_t> histogram_starts;
  // Of downsampled samples, else empty.
  std::vector<std::uint32_t> float_weights;
  std::vector<double> float_sums;
  std::vector<std::uint32_t> histogram_weights;

  void clear();
};

// Where windows lie relative to the steps.
struct WindowPlan {
  eval::StepGrid grid;
  Duration range{0};
  Duration offset{0};
  bool fixed = false;          // @: all windows end at `fixed_end`
  std::int64_t fixed_end = 0;  // offset included
  Extension extension = Extension::kNone;
  Duration lookback{0};  // how far an extension may reach
  SampleCounter counter;

  // All edges of all windows are multiples of it (ms); zero: they are not all windows (start, end].
  std::int64_t alignment() const;
  std::int64_t end(std::size_t step) const { return fixed ? fixed_end : grid.at(step) - offset.ms; }
};

class RangeStream {
 public:
  explicit RangeStream(const WindowPlan& plan) : plan_(plan) {}
  virtual ~RangeStream() = default;
  virtual Result<bool> next(RangeSeries& out) = 0;
  virtual bool distinct_without_name() const = 0;
  const WindowPlan& plan() const { return plan_; }

 protected:
  WindowPlan plan_;
};
using RangePtr = std::unique_ptr<RangeStream>;

// Moves over the windows of one series; steps must be asked for in ascending order, each once, since they are counted.
class WindowCursor {
 public:
  WindowCursor(const WindowPlan& plan, const RangeSeries& series) : plan_(plan), series_(series) {}
  RangeWindow at(std::size_t step);

 private:
  const WindowPlan& plan_;
  const RangeSeries& series_;
  std::size_t float_first_ = 0;
  std::size_t float_last_ = 0;
  std::size_t histogram_first_ = 0;
  std::size_t histogram_last_ = 0;
};

RangePtr matrix_selector_stream(QueryState& state, const MatrixSelector& selector, const eval::StepGrid& grid,
                                std::string_view function);
// The samples of `inner`, a vector evaluated over `inner_grid`.
RangePtr subquery_stream(QueryState& state, const WindowPlan& plan, eval::StreamPtr inner,
                         const eval::StepGrid& inner_grid);

// One cell per step and series.
eval::StreamPtr range_function_stream(QueryState& state, const CallExpr& call, RangePtr ranges,
                                      std::vector<double> parameters, std::size_t parameters_per_step);

}  // namespace isobar::promql
