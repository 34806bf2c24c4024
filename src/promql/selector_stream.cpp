#include <numeric>

#include "model/histogram_arithmetic.h"
#include "promql/evaluation.h"
#include "promql/histogram_statistics.h"
#include "promql/interpolation.h"
#include "promql/series_source.h"

namespace isobar::promql {
namespace {

using eval::Cell;

class SelectorStream : public eval::SeriesStream {
 public:
  SelectorStream(QueryState& state, const VectorSelector& selector, const eval::StepGrid& grid,
                 SelectorValue value)
      : state_(state),
        counter_(state.counter),
        selector_(selector),
        grid_(grid),
        value_(value),
        source_(state, selector, request()) {}

  Result<bool> next(eval::StepSeries& out) override {
    while (true) {
      TRY(const bool more, source_.next(columns_));
      if (!more) return false;
      if (columns_.size() == 0) continue;
      out.reset(grid_.count);
      out.drop_name = false;
      if (selector_.smoothed) {
        fill_smoothed(out);
      } else {
        fill(out);
      }
      if (out.empty()) continue;
      out.labels = source_.labels();
      return true;
    }
  }
  bool distinct_without_name() const override { return source_.has_one_name(); }

 private:
  std::int64_t reference(std::size_t step) const {
    const TimeShift& shift = selector_.shift;
    const std::int64_t at = shift.at == AtAnchor::kNone ? grid_.at(step) : shift.at_time.ms;
    return at - shift.offset.value.ms;
  }

  SourceRequest request() const {
    SourceRequest r;
    r.min = reference(0) - state_.lookback.ms + 1;
    r.max = reference(grid_.count - 1);
    if (selector_.smoothed) r.max += state_.lookback.ms;
    r.step = Duration::millis(grid_.count > 1 ? grid_.step : 0);
    r.reach_out = !selector_.smoothed;
    // What goes without buckets needs its neighbour to tell a reset; interpolation needs the next sample.
    if (selector_.smoothed || selector_.statistics_only) return r;
    const bool moves = grid_.count > 1 && selector_.shift.at == AtAnchor::kNone;
    r.grid = std::gcd(reference(0), moves ? grid_.step : 0);
    r.use = model::kUsesEnds;
    return r;
  }

  // The newest sample of (reference - lookback, reference], unless it is a stale marker.
  void fill(eval::StepSeries& out) const {
    const std::vector<std::int64_t>& times = columns_.timestamps;
    std::size_t after = 0;  // the first sample past the reference
    for (std::size_t i = 0; i < grid_.count; ++i) {
      const std::int64_t at = reference(i);
      while (after < times.size() && times[after] <= at) ++after;
      if (after == 0) continue;
      const std::size_t found = after - 1;
      const bool recent = times[found] > at - state_.lookback.ms || columns_.goes_on_after(found);
      if (!recent || model::is_stale_nan(columns_.values[found])) continue;
      set(out, i, found);
    }
  }

  void count(std::size_t step, std::size_t sample) const {
    const bool whole = value_ == SelectorValue::kSample && columns_.is_histogram(sample);
    if (!whole) return counter_.add(step, 1);
    counter_.add(step, counted_size(selector_.statistics_only ? model::Histogram{} : *columns_.histograms[sample]));
  }

  void set(eval::StepSeries& out, std::size_t i, std::size_t sample) const {
    if (counter_) count(i, sample);
    switch (value_) {
      case SelectorValue::kTime:
        return out.set(i, static_cast<double>(columns_.timestamps[sample]) / 1000);
      case SelectorValue::kStartTime: {
        const std::int64_t start = columns_.start_timestamps.empty() ? 0 : columns_.start_timestamps[sample];
        return out.set(i, static_cast<double>(start) / 1000);
      }
      case SelectorValue::kSample:
        break;
    }
    if (columns_.is_histogram(sample)) {
      out.set(i, selector_.statistics_only ? statistics_of(columns_, sample) : columns_.histograms[sample]);
    } else {
      out.set(i, columns_.values[sample]);
    }
  }

  // Between the neighbours of the reference; the last value where no later one follows.
  void fill_smoothed(eval::StepSeries& out) const {
    for (std::size_t i = 0; i < grid_.count; ++i) {
      const std::int64_t at = reference(i);
      std::size_t before = SIZE_MAX;
      std::size_t after = SIZE_MAX;
      bool floats = false;
      bool histograms = false;
      for (std::size_t s = 0; s < columns_.size(); ++s) {
        const std::int64_t t = columns_.timestamps[s];
        if (t <= at - state_.lookback.ms || t > at + state_.lookback.ms) continue;
        if (model::is_stale_nan(columns_.values[s])) continue;
        (columns_.is_histogram(s) ? histograms : floats) = true;
        if (t <= at) before = s;
        if (t > at && after == SIZE_MAX) after = s;
      }
      if (floats && histograms) {
        state_.notes.mixed_floats_histograms(selector_.position, source_.labels());
        continue;
      }
      if (before == SIZE_MAX) continue;
      if (after == SIZE_MAX || columns_.timestamps[before] == at) {
        set(out, i, before);
      } else {
        if (counter_) count(i, before);
        out.set(i, between(before, after, at));
      }
    }
  }

  Cell between(std::size_t before, std::size_t after, std::int64_t at) const {
    const std::int64_t t1 = columns_.timestamps[before];
    const std::int64_t t2 = columns_.timestamps[after];
    if (!columns_.is_histogram(before)) {
      return Cell::of(interpolate(t1, columns_.values[before], t2, columns_.values[after], at, false));
    }
    const model::Histogram& h1 = *columns_.histograms[before];
    const bool counter = h1.reset_hint != model::CounterResetHint::kGauge;
    eval::HistogramPtr h = interpolate(t1, h1, t2, *columns_.histograms[after], at, counter);
    if (h) return Cell::of(std::move(h));
    state_.notes.mixed_exponential_custom(selector_.position, source_.labels());
    return {};
  }

  QueryState& state_;
  SampleCounter counter_;
  const VectorSelector& selector_;
  eval::StepGrid grid_;
  SelectorValue value_;
  SeriesSource source_;
  model::SampleColumns columns_;
};

}  // namespace

eval::StreamPtr selector_stream(QueryState& state, const VectorSelector& selector, const eval::StepGrid& grid,
                                SelectorValue value) {
  return std::make_unique<SelectorStream>(state, selector, grid, value);
}

}  // namespace isobar::promql
