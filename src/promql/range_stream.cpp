#include "promql/range_stream.h"

#include <numeric>

#include "eval/kernels.h"
#include "promql/evaluation.h"
#include "promql/float_windows.h"
#include "promql/histogram_statistics.h"
#include "promql/series_source.h"

namespace isobar::promql {
namespace {

void push_sample(const model::SampleColumns& columns, std::size_t i, bool starts, bool statistics_only,
                 RangeSeries& out) {
  if (model::is_stale_nan(columns.values[i])) return;
  const std::int64_t start = columns.start_timestamps.empty() ? 0 : columns.start_timestamps[i];
  if (columns.is_histogram(i)) {
    out.histogram_times.push_back(columns.timestamps[i]);
    out.histograms.push_back(statistics_only ? statistics_of(columns, i) : columns.histograms[i]);
    if (starts) out.histogram_starts.push_back(start);
    if (!columns.weights.empty()) out.histogram_weights.push_back(columns.weights[i]);
  } else {
    out.float_times.push_back(columns.timestamps[i]);
    out.floats.push_back(columns.values[i]);
    if (starts) out.float_starts.push_back(start);
    if (columns.weights.empty()) return;
    out.float_weights.push_back(columns.weights[i]);
    out.float_sums.push_back(columns.sums[i]);
  }
}

void drop_stale(RangeSeries& series) {
  std::size_t to = 0;
  for (std::size_t i = 0; i < series.floats.size(); ++i) {
    if (model::is_stale_nan(series.floats[i])) continue;
    series.float_times[to] = series.float_times[i];
    series.floats[to++] = series.floats[i];
  }
  series.float_times.resize(to);
  series.floats.resize(to);
}

class MatrixSelectorStream : public RangeStream {
 public:
  MatrixSelectorStream(QueryState& state, const WindowPlan& plan, const MatrixSelector& selector,
                       std::string_view function)
      : RangeStream(plan),
        state_(state),
        selector_(*selector.selector),
        source_(state, selector_, request(plan, function)),
        hold_(state.memory) {}

  Result<bool> next(RangeSeries& out) override {
    while (true) {
      TRY(const bool more, source_.next(columns_));
      if (!more) return false;
      if (columns_.size() == 0) continue;
      out.clear();
      out.labels = source_.labels();
      fill(out);
      TRYV(hold_.set(out.floats.size() * 24 + out.float_sums.size() * 12 + out.histograms.size() * 32,
                     out.floats.size() + out.histograms.size()));
      return true;
    }
  }
  bool distinct_without_name() const override { return source_.has_one_name(); }

 private:
  void fill(RangeSeries& out) {
    const bool starts = state_.features().use_start_timestamps && !columns_.start_timestamps.empty();
    if (columns_.histograms.empty() && columns_.weights.empty() && !starts) {
      // What was read is what is given; the buffers change places.
      out.float_times.swap(columns_.timestamps);
      out.floats.swap(columns_.values);
      if (eval::has_nan(out.floats.size(), out.floats.data())) drop_stale(out);
      return;
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) push_sample(columns_, i, starts, selector_.statistics_only, out);
  }

  static SourceRequest request(const WindowPlan& plan, std::string_view function) {
    SourceRequest r;
    r.min = plan.end(0) - plan.range.ms + 1;
    r.max = plan.end(plan.grid.count == 0 ? 0 : plan.grid.count - 1);
    // An extended window also uses its neighbours; the sample at the left edge itself counts as one.
    if (plan.extension != Extension::kNone) r.min -= plan.lookback.ms;
    if (plan.extension == Extension::kSmoothed) r.max += plan.lookback.ms;
    r.range = plan.range;
    r.step = Duration::millis(plan.grid.count > 1 ? plan.grid.step : 0);
    r.function = function;
    const FunctionSpec* known = find_function(function);
    if (known != nullptr) r.use = known->use;
    r.grid = plan.alignment();
    return r;
  }

  QueryState& state_;
  const VectorSelector& selector_;
  SeriesSource source_;
  eval::MemoryHold hold_;
  model::SampleColumns columns_;
};

// Steps of a subquery are not neighbours in the storage, so what a sample knew of its predecessor is void.
eval::HistogramPtr without_reset_hint(const eval::HistogramPtr& h) {
  using Hint = model::CounterResetHint;
  if (h->reset_hint == Hint::kGauge || h->reset_hint == Hint::kUnknown) return h;
  auto copy = std::make_shared<model::Histogram>(*h);
  copy->reset_hint = Hint::kUnknown;
  return copy;
}

class SubqueryStream : public RangeStream {
 public:
  SubqueryStream(QueryState& state, const WindowPlan& plan, eval::StreamPtr inner,
                 const eval::StepGrid& inner_grid)
      : RangeStream(plan), inner_(std::move(inner)), inner_grid_(inner_grid), hold_(state.memory) {}

  Result<bool> next(RangeSeries& out) override {
    TRY(const bool more, inner_->next(series_));
    if (!more) return false;
    out.clear();
    out.labels = series_.labels;
    out.drop_name = series_.drop_name;
    for (std::size_t i = 0; i < series_.steps(); ++i) {
      if (series_.kinds[i] == eval::Kind::kFloat) {
        out.float_times.push_back(inner_grid_.at(i));
        out.floats.push_back(series_.values[i]);
      } else if (series_.kinds[i] == eval::Kind::kHistogram) {
        out.histogram_times.push_back(inner_grid_.at(i));
        out.histograms.push_back(without_reset_hint(series_.histograms[i]));
      }
    }
    TRYV(hold_.set(series_.byte_size() * 2, series_.steps()));
    return true;
  }
  bool distinct_without_name() const override { return inner_->distinct_without_name(); }

 private:
  eval::StreamPtr inner_;
  eval::StepGrid inner_grid_;
  eval::MemoryHold hold_;
  eval::StepSeries series_;
};

class RangeFunctionStream : public eval::SeriesStream {
 public:
  RangeFunctionStream(QueryState& state, const CallExpr& call, RangePtr ranges,
                      std::vector<double> parameters, std::size_t per_step)
      : state_(state),
        call_(call),
        ranges_(std::move(ranges)),
        parameters_(std::move(parameters)),
        per_step_(per_step) {}

  Result<bool> next(eval::StepSeries& out) override {
    TRYV(state_.memory.check());
    TRY(const bool more, ranges_->next(series_));
    if (!more) return false;
    const std::size_t steps = ranges_->plan().grid.count;
    out.reset(steps);
    out.labels = series_.labels;
    out.drop_name = series_.drop_name;
    const FunctionCode& code = call_.function->code;
    RangeCall call{call_, series_.labels, nullptr, state_.notes, state_.features().type_and_unit_labels, {}};
    if (code.series != nullptr && FloatWindowFinder::is_plain(ranges_->plan(), series_)) {
      code.series(finder_.find(ranges_->plan(), series_), call, out);
    } else {
      each_window(call, out);
    }
    if (!call.failure.empty()) return fail(Code::kUnprocessable, std::move(call.failure));
    return true;
  }
  bool distinct_without_name() const override { return ranges_->distinct_without_name(); }

 private:
  void each_window(RangeCall& call, eval::StepSeries& out) {
    WindowCursor cursor(ranges_->plan(), series_);
    for (std::size_t i = 0; i < out.steps(); ++i) {
      const RangeWindow window = cursor.at(i);
      if (window.floats.empty() && window.histograms.empty()) continue;
      call.parameters = parameters_.data() + i * per_step_;
      out.set(i, call_.function->code.range(window, call));
    }
  }

  QueryState& state_;
  const CallExpr& call_;
  RangePtr ranges_;
  FloatWindowFinder finder_;
  std::vector<double> parameters_;
  std::size_t per_step_;
  RangeSeries series_;
};

}  // namespace

void RangeSeries::clear() {
  drop_name = false;
  float_times.clear();
  floats.clear();
  float_starts.clear();
  histogram_times.clear();
  histograms.clear();
  histogram_starts.clear();
  float_weights.clear();
  float_sums.clear();
  histogram_weights.clear();
}

std::int64_t WindowPlan::alignment() const {
  if (extension != Extension::kNone) return 0;
  return std::gcd(std::gcd(end(0), range.ms), !fixed && grid.count > 1 ? grid.step : 0);
}

RangeWindow WindowCursor::at(std::size_t step) {
  RangeWindow w;
  w.end = plan_.end(step);
  w.start = w.end - plan_.range.ms;
  w.now = plan_.grid.at(step);
  w.extension = plan_.extension;
  const std::int64_t after = plan_.extension == Extension::kNone ? w.start : w.start - plan_.lookback.ms;
  const std::int64_t until = plan_.extension == Extension::kSmoothed ? w.end + plan_.lookback.ms : w.end;
  const auto move = [&](const std::vector<std::int64_t>& times, std::size_t& first, std::size_t& last) {
    while (first < times.size() && times[first] <= after) ++first;
    if (last < first) last = first;
    while (last < times.size() && times[last] <= until) ++last;
  };
  move(series_.float_times, float_first_, float_last_);
  move(series_.histogram_times, histogram_first_, histogram_last_);
  const std::size_t floats = float_last_ - float_first_;
  const std::size_t histograms = histogram_last_ - histogram_first_;
  w.float_times = std::span(series_.float_times).subspan(float_first_, floats);
  w.floats = std::span(series_.floats).subspan(float_first_, floats);
  if (!series_.float_starts.empty())
    w.float_starts = std::span(series_.float_starts).subspan(float_first_, floats);
  if (!series_.float_weights.empty()) {
    w.float_weights = std::span(series_.float_weights).subspan(float_first_, floats);
    w.float_sums = std::span(series_.float_sums).subspan(float_first_, floats);
  }
  w.histogram_times = std::span(series_.histogram_times).subspan(histogram_first_, histograms);
  w.histograms = std::span(series_.histograms).subspan(histogram_first_, histograms);
  if (!series_.histogram_starts.empty()) {
    w.histogram_starts = std::span(series_.histogram_starts).subspan(histogram_first_, histograms);
  }
  if (!series_.histogram_weights.empty()) {
    w.histogram_weights = std::span(series_.histogram_weights).subspan(histogram_first_, histograms);
  }
  if (plan_.counter) plan_.counter.add(step, w);
  return w;
}

RangePtr matrix_selector_stream(QueryState& state, const MatrixSelector& selector, const eval::StepGrid& grid,
                                std::string_view function) {
  const VectorSelector& s = *selector.selector;
  WindowPlan plan;
  plan.grid = grid;
  plan.range = selector.range.value;
  plan.offset = s.shift.offset.value;
  plan.fixed = s.shift.at != AtAnchor::kNone;
  plan.fixed_end = s.shift.at_time.ms - plan.offset.ms;
  plan.lookback = state.lookback;
  plan.counter = state.counter;
  if (s.anchored) plan.extension = Extension::kAnchored;
  if (s.smoothed) plan.extension = Extension::kSmoothed;
  return std::make_unique<MatrixSelectorStream>(state, plan, selector, function);
}

RangePtr subquery_stream(QueryState& state, const WindowPlan& plan, eval::StreamPtr inner,
                         const eval::StepGrid& inner_grid) {
  return std::make_unique<SubqueryStream>(state, plan, std::move(inner), inner_grid);
}

eval::StreamPtr range_function_stream(QueryState& state, const CallExpr& call, RangePtr ranges,
                                      std::vector<double> parameters, std::size_t parameters_per_step) {
  return std::make_unique<RangeFunctionStream>(state, call, std::move(ranges), std::move(parameters),
                                               parameters_per_step);
}

}  // namespace isobar::promql
