// rate, increase, delta, irate, idelta. The extrapolation follows Prometheus: a range whose samples reach
// close to a boundary (within 1.1 average distances) is extended to it, otherwise by half an average
// distance; a counter never below its zero point. A start timestamp inside the window replaces the
// extrapolation to the left.
#include "promql/functions/rate.h"

#include "model/histogram_arithmetic.h"
#include "promql/functions/families.h"

namespace isobar::promql {
namespace {

using eval::Cell;
using enum model::SampleUse;
using eval::HistogramPtr;

// One column of samples, floats or histograms, as far as times matter.
struct Times {
  std::span<const std::int64_t> times;
  std::span<const std::int64_t> starts;
  std::size_t count;  // with those that downsampling has left out
  std::int64_t start(std::size_t i) const { return starts.empty() ? 0 : starts[i]; }
};

bool resets_between(const Times& t, std::size_t i) {
  return start_time_reset(t.times[i - 1], t.start(i - 1), t.times[i], t.start(i));
}

void note_overlaps(const Times& t, RangeCall& call) {
  if (t.starts.empty()) return;
  for (std::size_t i = 1; i < t.times.size(); ++i) {
    const std::int64_t start = t.start(i);
    if (start == 0 || start >= t.times[i - 1] || start == t.start(i - 1)) continue;
    // Cumulative series keep the start of their first sample; only a start that moves and still overlaps is
    // wrong.
    call.notes.warn(call.argument(0),
                    fmt::format("sample has start time that overlaps with previous sample timestamp "
                                "for metric \"{}\"",
                                call.series.get(model::kMetricName)));
    return;
  }
}

// The start timestamp of the first sample, if the counter is known to have started at zero inside the window.
bool starts_inside(const RangeWindow& w, const Times& t) {
  const std::int64_t start = t.start(0);
  return start != 0 && start > w.start && start < t.times.front();
}

// `first` and `increase`: the counter's first value and what it grew by.
double extrapolation(const RangeWindow& w, const Times& t, RateKind kind, bool started, double first, double increase) {
  Extrapolation extrapolation(kind, w.seconds());
  extrapolation.set({t.times.front() - w.start, w.end - t.times.back(), t.times.back() - t.times.front(), t.count});
  return started ? extrapolation.factor_since_zero(t.times.back() - t.start(0)) : extrapolation.factor(first, increase);
}

Cell float_rate(const RangeWindow& w, RangeCall& call, RateKind kind) {
  const Times t{w.float_times, w.float_starts, w.float_count()};
  const bool started = kind.is_counter && starts_inside(w, t);
  if (w.floats.size() < 2 && !started) return {};
  if (kind.is_counter) note_overlaps(t, call);
  double increase = w.floats.back() - w.floats.front();
  for (std::size_t i = 1; kind.is_counter && i < w.floats.size(); ++i) {
    if (w.floats[i] < w.floats[i - 1] || resets_between(t, i)) increase += w.floats[i - 1];
  }
  const double factor = extrapolation(w, t, kind, started, w.floats.front(), increase);
  if (started) increase += w.floats.front();
  return Cell::of(increase * factor);
}

// Subtracts or adds, noting what Prometheus notes.
bool join(model::Histogram& to, const model::Histogram& other, bool adds, RangeCall& call) {
  const model::HistogramJoin outcome = adds ? model::add(to, other) : model::subtract(to, other);
  if (outcome.bounds_reconciled)
    call.notes.reconciled_buckets(call.argument(0), adds ? "addition" : "subtraction");
  if (outcome.incompatible) call.notes.mixed_exponential_custom(call.argument(0), call.series);
  return !outcome.incompatible;
}

bool is_gauge(const HistogramPtr& h) {
  return h->reset_hint == model::CounterResetHint::kGauge;
}

void note_hints(const RangeWindow& w, RangeCall& call, RateKind kind) {
  if (kind.is_counter) {
    if (std::any_of(w.histograms.begin(), w.histograms.end(), is_gauge))
      call.notes.not_a_counter(call.argument(0), call.series);
  } else if (!is_gauge(w.histograms.front()) || !is_gauge(w.histograms.back())) {
    call.notes.not_a_gauge(call.argument(0), call.series);
  }
}

// The increase over all histograms of the window; null if their buckets cannot be combined.
std::shared_ptr<model::Histogram> histogram_increase(const RangeWindow& w, RangeCall& call, RateKind kind,
                                                     const Times& t) {
  const std::size_t n = w.histograms.size();
  const model::Histogram* first = w.histograms.front().get();
  // Nothing of the first sample is needed when the counter starts anew after it, not even its layout.
  model::Histogram empty;
  if (kind.is_counter && n > 1 && (model::detect_reset(*w.histograms[1], *first) || resets_between(t, 1))) {
    empty.schema = w.histograms[1]->schema;
    empty.custom_values = w.histograms[1]->custom_values;
    empty.zero_threshold = w.histograms[1]->zero_threshold;
    first = &empty;
  }
  const bool custom = first->uses_custom_buckets();
  std::int8_t schema = first->schema;
  for (std::size_t i = 1; i < n; ++i) {
    // A gauge's change is that between its ends, whatever lies between them.
    if (!kind.is_counter && i + 1 < n) continue;
    if (w.histograms[i]->uses_custom_buckets() != custom) {
      call.notes.mixed_exponential_custom(call.argument(0), call.series);
      return nullptr;
    }
    schema = std::min(schema, w.histograms[i]->schema);
  }
  auto result = std::make_shared<model::Histogram>(*w.histograms.back());
  model::reduce_resolution(*result, schema);
  if (n > 1 && !join(*result, *first, false, call)) return nullptr;
  const model::Histogram* previous = first;
  for (std::size_t i = 1; kind.is_counter && i < n; ++i) {
    const model::Histogram& current = *w.histograms[i];
    if (model::detect_reset(current, *previous) || resets_between(t, i)) {
      if (!join(*result, *previous, true, call)) return nullptr;
    }
    previous = &current;
  }
  return result;
}

Cell histogram_rate(const RangeWindow& w, RangeCall& call, RateKind kind) {
  const Times t{w.histogram_times, w.histogram_starts, w.histogram_count()};
  const bool started = kind.is_counter && starts_inside(w, t);
  if (w.histograms.size() < 2 && !started) return {};
  if (kind.is_counter) note_overlaps(t, call);
  note_hints(w, call, kind);
  std::shared_ptr<model::Histogram> result;
  if (w.histograms.size() == 1) {
    result = std::make_shared<model::Histogram>(*w.histograms.front());
  } else {
    result = histogram_increase(w, call, kind, t);
    if (!result) return {};
  }
  const double increase = w.histograms.size() == 1 ? 0 : result->count;
  const double factor = extrapolation(w, t, kind, started, w.histograms.front()->count, increase);
  if (started && w.histograms.size() > 1 && !join(*result, *w.histograms.front(), true, call)) return {};
  model::multiply(*result, factor);
  model::compact(*result);
  result->reset_hint = model::CounterResetHint::kGauge;
  return Cell::of(std::move(result));
}

Cell extrapolated(const RangeWindow& w, RangeCall& call, RateKind kind) {
  const std::string_view metric = call.series.get(model::kMetricName);
  if (kind.is_counter && !w.floats.empty() && !call.type_and_unit_labels && !looks_like_counter(metric)) {
    call.notes.possible_non_counter(call.argument(0), metric);
  }
  if (w.extension != Extension::kNone) return extended_rate(w, call, kind);
  if (!w.floats.empty() && !w.histograms.empty()) {
    call.notes.mixed_floats_histograms(call.argument(0), call.series);
    return {};
  }
  return w.histograms.empty() ? float_rate(w, call, kind) : histogram_rate(w, call, kind);
}

Cell rate(const RangeWindow& w, RangeCall& call) {
  return extrapolated(w, call, {true, true});
}
Cell increase(const RangeWindow& w, RangeCall& call) {
  return extrapolated(w, call, {true, false});
}
Cell delta(const RangeWindow& w, RangeCall& call) {
  return extrapolated(w, call, {false, false});
}

Cell last_two_floats(const RangeWindow& w, RateKind kind) {
  const std::size_t i = w.floats.size() - 1;
  const double seconds = static_cast<double>(w.float_times[i] - w.float_times[i - 1]) / 1000;
  const bool reset = kind.is_counter &&
                     (w.floats[i] < w.floats[i - 1] || resets_between({w.float_times, w.float_starts, 0}, i));
  const double change = reset ? w.floats[i] : w.floats[i] - w.floats[i - 1];
  return Cell::of(kind.per_second ? change / seconds : change);
}

Cell last_two_histograms(const RangeWindow& w, RangeCall& call, RateKind kind) {
  const std::size_t i = w.histograms.size() - 1;
  const HistogramPtr& last = w.histograms[i];
  const HistogramPtr& before = w.histograms[i - 1];
  if (kind.is_counter && (is_gauge(last) || is_gauge(before)))
    call.notes.not_a_counter(call.argument(0), call.series);
  if (!kind.is_counter && (!is_gauge(last) || !is_gauge(before)))
    call.notes.not_a_gauge(call.argument(0), call.series);
  auto result = std::make_shared<model::Histogram>(*last);
  const bool reset = kind.is_counter && (model::detect_reset(*last, *before) ||
                                         resets_between({w.histogram_times, w.histogram_starts, 0}, i));
  if (!reset && !join(*result, *before, false, call)) return {};
  if (kind.per_second) {
    model::divide(*result, static_cast<double>(w.histogram_times[i] - w.histogram_times[i - 1]) / 1000);
  }
  model::compact(*result);
  result->reset_hint = model::CounterResetHint::kGauge;
  return Cell::of(std::move(result));
}

Cell instant_change(const RangeWindow& w, RangeCall& call, RateKind kind) {
  const std::size_t floats = w.floats.size();
  const std::size_t histograms = w.histograms.size();
  if (floats + histograms < 2) return {};
  // The last two samples, whatever their kind.
  const bool float_last = histograms == 0 || (floats > 0 && w.float_times.back() > w.histogram_times.back());
  const std::size_t same = float_last ? floats : histograms;
  bool alike = same >= 2;
  if (alike && floats > 0 && histograms > 0) {
    const std::int64_t before = float_last ? w.float_times[floats - 2] : w.histogram_times[histograms - 2];
    alike = before > (float_last ? w.histogram_times.back() : w.float_times.back());
  }
  if (!alike) {
    call.notes.mixed_floats_histograms(call.argument(0), call.series);
    return {};
  }
  return float_last ? last_two_floats(w, kind) : last_two_histograms(w, call, kind);
}

Cell irate(const RangeWindow& w, RangeCall& call) {
  return instant_change(w, call, {true, true});
}
Cell idelta(const RangeWindow& w, RangeCall& call) {
  return instant_change(w, call, {false, false});
}

constexpr FunctionSpec kFunctions[] = {
    {.name = "rate",
     .arguments = {ValueType::kMatrix},
     .min_arguments = 1,
     .max_arguments = 1,
     .use = kUsesEnds | kUsesCount | kUsesResets,
     .doc = "Per-second average increase of a counter over the range, extrapolated to its ends, resets "
            "accounted for.",
     .example = "rate(http_requests_total[5m])",
     .code = {.range = rate, .series = rate_series}},
    {.name = "increase",
     .arguments = {ValueType::kMatrix},
     .min_arguments = 1,
     .max_arguments = 1,
     .use = kUsesEnds | kUsesCount | kUsesResets,
     .doc = "Increase of a counter over the range, extrapolated to its ends, resets accounted for.",
     .example = "increase(http_requests_total[1h])",
     .code = {.range = increase, .series = increase_series}},
    {.name = "delta",
     .arguments = {ValueType::kMatrix},
     .min_arguments = 1,
     .max_arguments = 1,
     .use = kUsesEnds | kUsesCount,
     .doc = "Difference between the last and the first value of a gauge over the range, extrapolated to its "
            "ends.",
     .example = "delta(node_hwmon_temp_celsius[2h])",
     .code = {.range = delta, .series = delta_series}},
    {.name = "irate",
     .arguments = {ValueType::kMatrix},
     .min_arguments = 1,
     .max_arguments = 1,
     .doc = "Per-second increase of a counter between the last two samples of the range.",
     .example = "irate(http_requests_total[5m])",
     .code = {.range = irate, .series = irate_series}},
    {.name = "idelta",
     .arguments = {ValueType::kMatrix},
     .min_arguments = 1,
     .max_arguments = 1,
     .doc = "Difference between the last two samples of the range.",
     .example = "idelta(node_load1[5m])",
     .code = {.range = idelta, .series = idelta_series}},
};

}  // namespace

bool looks_like_counter(std::string_view name) {
  return name.empty() || name.ends_with("_total") || name.ends_with("_sum") || name.ends_with("_count") ||
         name.ends_with("_bucket");
}

bool start_time_reset(std::int64_t previous_time, std::int64_t previous_start, std::int64_t time,
                      std::int64_t start) {
  if (start == 0 || start >= time || start < previous_time) return false;
  if (start > previous_time) return true;
  return previous_start != 0 && previous_start < previous_time;
}

std::span<const FunctionSpec> rate_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
