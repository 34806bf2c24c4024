// rate, increase and delta over anchored and smoothed ranges: the values at the two ends of the window,
// without extrapolation. Source: Prometheus proposal PROM-52.
#include "model/histogram_arithmetic.h"
#include "promql/functions/rate.h"
#include "promql/interpolation.h"

namespace isobar::promql {
namespace {

using eval::Cell;

// The samples that decide: from the last at or before the window's start (or the first inside) to the last
// inside or, smoothed, the first at or after its end.
struct Edges {
  std::size_t first = 0;
  std::size_t last = 0;
  bool left_between = false;   // the left value lies between first and first + 1
  bool right_between = false;  // the right value lies between last - 1 and last
  bool found = false;
};

Edges find_edges(const RangeWindow& w, std::span<const std::int64_t> times) {
  Edges e;
  if (times.empty()) return e;
  const bool smoothed = w.extension == Extension::kSmoothed;
  e.last = times.size() - 1;
  while (e.first < e.last && times[e.first + 1] <= w.start) ++e.first;
  if (smoothed) {
    std::size_t until = e.first;
    while (until < e.last && times[until] < w.end) ++until;
    e.last = until;
  }
  if (times[e.last] <= w.start || times[e.first] > w.end) return e;
  e.found = true;
  e.left_between = smoothed && times[e.first] < w.start && e.first < e.last;
  e.right_between = smoothed && times[e.last] > w.end && e.last > e.first;
  return e;
}

Cell extended_floats(const RangeWindow& w, RateKind kind) {
  const Edges e = find_edges(w, w.float_times);
  if (!e.found) return {};
  const auto between = [&](std::size_t i, std::int64_t t) {
    return interpolate(w.float_times[i], w.floats[i], w.float_times[i + 1], w.floats[i + 1], t,
                       kind.is_counter);
  };
  const double left = e.left_between ? between(e.first, w.start) : w.floats[e.first];
  const double right = e.right_between ? between(e.last - 1, w.end) : w.floats[e.last];
  double result = right - left;
  if (kind.is_counter) {
    // From the left value over what lies between the ends to the right one; interpolation has started either from zero
    // if the counter fell beside it.
    double previous = left;
    for (std::size_t i = e.first; i <= e.last; ++i) {
      if (w.float_times[i] <= w.start || w.float_times[i] >= w.end) continue;
      if (w.floats[i] < previous) result += previous;
      previous = w.floats[i];
    }
    if (right < previous) result += previous;
  }
  return Cell::of(kind.per_second ? result / w.seconds() : result);
}

bool is_gauge(const model::Histogram& h) {
  return h.reset_hint == model::CounterResetHint::kGauge;
}

void note_hints(const RangeWindow& w, const Edges& e, RangeCall& call, RateKind kind) {
  if (!kind.is_counter) {
    if (!is_gauge(*w.histograms[e.first]) || !is_gauge(*w.histograms[e.last]))
      call.notes.not_a_gauge(call.argument(0), call.series);
    return;
  }
  for (std::size_t i = e.first; i <= e.last; ++i) {
    if (is_gauge(*w.histograms[i])) return call.notes.not_a_counter(call.argument(0), call.series);
  }
}

bool one_kind_of_buckets(const RangeWindow& w, const Edges& e) {
  for (std::size_t i = e.first; i <= e.last; ++i) {
    if (w.histograms[i]->uses_custom_buckets() != w.histograms[e.first]->uses_custom_buckets()) return false;
  }
  return true;
}

Cell extended_histograms(const RangeWindow& w, RangeCall& call, RateKind kind) {
  const Edges e = find_edges(w, w.histogram_times);
  if (!e.found) return {};
  note_hints(w, e, call, kind);
  if (!one_kind_of_buckets(w, e)) {
    call.notes.mixed_exponential_custom(call.argument(0), call.series);
    return {};
  }
  bool interpolation_reconciled = false;
  const auto between = [&](std::size_t i, std::int64_t t) {
    return interpolate(w.histogram_times[i], *w.histograms[i], w.histogram_times[i + 1], *w.histograms[i + 1],
                       t, kind.is_counter, &interpolation_reconciled);
  };
  const eval::HistogramPtr left = e.left_between ? between(e.first, w.start) : w.histograms[e.first];
  auto result = std::make_shared<model::Histogram>(e.right_between ? *between(e.last - 1, w.end)
                                                                   : *w.histograms[e.last]);
  // An interpolated value is a difference that is added.
  bool reconciled = model::subtract(*result, *left).bounds_reconciled || interpolation_reconciled;
  if (reconciled) call.notes.reconciled_buckets(call.argument(0), "subtraction");
  reconciled = interpolation_reconciled;
  for (std::size_t i = e.first + 1; kind.is_counter && i <= e.last; ++i) {
    if (i == e.first + 1 && e.left_between) continue;
    if (!model::detect_reset(*w.histograms[i], *w.histograms[i - 1])) continue;
    reconciled |= model::add(*result, *w.histograms[i - 1]).bounds_reconciled;
  }
  if (reconciled) call.notes.reconciled_buckets(call.argument(0), "addition");
  if (kind.per_second) model::divide(*result, w.seconds());
  model::compact(*result);
  result->reset_hint = model::CounterResetHint::kGauge;
  return Cell::of(std::move(result));
}

}  // namespace

Cell extended_rate(const RangeWindow& w, RangeCall& call, RateKind kind) {
  if (!w.floats.empty() && !w.histograms.empty()) {
    call.notes.mixed_floats_histograms(call.argument(0), call.series);
    return {};
  }
  return w.histograms.empty() ? extended_floats(w, kind) : extended_histograms(w, call, kind);
}

}  // namespace isobar::promql
