// rate, increase, delta, irate, idelta, resets and changes over plain, anchored and smoothed windows.
#include <algorithm>

#include "range_functions.h"

namespace isobar::promqltest::naive {
namespace {

using Answer = Result<std::optional<Cell>>;
using Points = std::vector<Point>;
using Hint = model::CounterResetHint;

struct Kind {
  bool counter;
  bool per_second;
};

bool is_gauge(const Point& p) {
  return p.cell.histogram->hint == Hint::kGauge;
}

std::optional<Cell> nothing() {
  return std::nullopt;
}
std::optional<Cell> answer(Hist h) {
  h.hint = Hint::kGauge;
  compact(h);
  return Cell{{}, std::make_shared<Hist>(std::move(h))};
}

bool joined(Hist& to, const Hist& other, int factor, Log& log) {
  const Joined j = join(to, other, factor, false, log.doubts);
  if (j.incompatible) log.warned = true;
  if (j.reconciled) log.informed = true;
  return !j.incompatible;
}

void note_overlaps(const Points& points, Log& log) {
  for (std::size_t i = 1; i < points.size(); ++i) {
    const std::int64_t start = points[i].start;
    if (start != 0 && start < points[i - 1].time && start != points[i - 1].start) log.warned = true;
  }
}

bool drops(const Point& before, const Point& after, Log& log) {
  return less(after.cell.number, before.cell.number, log.doubts) || starts_anew(before, after);
}
bool drops_histogram(const Point& before, const Hist& previous, const Point& after, Log& log) {
  return starts_anew(before, after) || is_reset(*after.cell.histogram, previous, log.doubts);
}

// The increase between the first and the last histogram; nothing if their buckets do not fit.
std::optional<Hist> histogram_increase(const Points& p, Kind kind, Log& log) {
  const Hist* first = p.front().cell.histogram.get();
  // The first sample does not matter when the counter starts anew right after it.
  Hist empty;
  if (kind.counter && drops_histogram(p[0], *first, p[1], log)) {
    const Hist& second = *p[1].cell.histogram;
    empty.custom = second.custom;
    empty.schema = second.schema;
    empty.bounds = second.bounds;
    empty.zero_threshold = second.zero_threshold;
    first = &empty;
  }
  int schema = first->schema;
  for (std::size_t i = 1; i < p.size(); ++i) {
    const Hist& h = *p[i].cell.histogram;
    const bool looked_at = kind.counter || i + 1 == p.size();
    if (looked_at && h.custom != first->custom) {
      log.warned = true;
      return {};
    }
    if (looked_at) schema = std::min(schema, h.schema);
  }
  Hist result = *p.back().cell.histogram;
  reduce_to(result, schema);
  if (!joined(result, *first, -1, log)) return {};
  const Hist* previous = first;
  for (std::size_t i = 1; kind.counter && i < p.size(); ++i) {
    if (drops_histogram(p[i - 1], *previous, p[i], log) && !joined(result, *previous, 1, log)) return {};
    previous = p[i].cell.histogram.get();
  }
  return result;
}

// What one window's increase is multiplied with, so that it holds for the whole window.
Num factor_of(const Window& w, const Points& p, Kind kind, bool started, Num first, Num increase) {
  const double n = static_cast<double>(p.size()) - 1;
  double sampled = static_cast<double>(p.back().time - p.front().time) / 1000;
  const double average = n > 0 ? sampled / n : 0;
  const double threshold = average * 1.1;
  Num to_start = static_cast<double>(p.front().time - w.start) / 1000;
  double to_end = static_cast<double>(w.end - p.back().time) / 1000;
  if (started) {
    to_start = 0.0;
    sampled = static_cast<double>(p.back().time - p.front().start) / 1000;
  } else {
    if (to_start.number() >= threshold) to_start = average / 2;
    if (kind.counter && increase.number() > 0 && first.number() >= 0) {
      const Num to_zero = rounded(times(sampled, divided(first, increase)));
      if (to_zero.number() < to_start.number()) to_start = to_zero;
    }
  }
  if (to_end >= threshold) to_end = average / 2;
  if (sampled == 0) return 1.0;
  Num factor = divided(plus(plus(sampled, to_start), to_end), sampled);
  if (kind.per_second) factor = divided(factor, static_cast<double>(w.end - w.start) / 1000);
  return rounded(factor, 16);
}

bool starts_inside(const Window& w, const Points& p, Kind kind) {
  const std::int64_t start = p.front().start;
  return kind.counter && start != 0 && start > w.start && start < p.front().time;
}

std::optional<Cell> float_rate(const Window& w, Kind kind, Log& log) {
  const Points& p = w.floats;
  const bool started = starts_inside(w, p, kind);
  if (p.size() < 2 && !started) return {};
  if (kind.counter) note_overlaps(p, log);
  Sum sum;
  sum.add(p.back().cell.number);
  sum.add(times(p.front().cell.number, -1.0));
  for (std::size_t i = 1; kind.counter && i < p.size(); ++i) {
    if (drops(p[i - 1], p[i], log)) sum.add(p[i - 1].cell.number);
  }
  // Nobody promises a compensated sum here.
  Num increase = {sum.value().number(), sum.value().doubt + 4 * kUnit * sum.size()};
  const Num factor = factor_of(w, p, kind, started, p.front().cell.number, increase);
  if (started) increase = rounded(plus(increase, p.front().cell.number));
  return Cell{rounded(times(increase, factor), 8), nullptr};
}

std::optional<Cell> histogram_rate(const Window& w, Kind kind, Log& log) {
  const Points& p = w.histograms;
  const bool started = starts_inside(w, p, kind);
  if (p.size() < 2 && !started) return {};
  if (kind.counter) {
    note_overlaps(p, log);
    log.warned = log.warned || std::any_of(p.begin(), p.end(), is_gauge);
  } else if (!is_gauge(p.front()) || !is_gauge(p.back())) {
    log.warned = true;
  }
  std::optional<Hist> result = *p.front().cell.histogram;
  if (p.size() > 1) result = histogram_increase(p, kind, log);
  if (!result) return {};
  const Num factor = factor_of(w, p, kind, started, p.front().cell.histogram->count, result->count);
  if (started && p.size() > 1 && !joined(*result, *p.front().cell.histogram, 1, log)) return {};
  scale(*result, factor);
  return answer(std::move(*result));
}

// Where an extended window begins and ends: the index of the sample at or before the start, and of the last
// one.
struct Edges {
  std::size_t first = 0;
  std::size_t last = 0;
  bool any = false;
};

Edges edges_of(const Window& w, const Points& p) {
  Edges e;
  const auto after_start = std::find_if(p.begin(), p.end(), [&](const Point& x) { return x.time > w.start; });
  if (after_start == p.end()) return e;
  if (after_start != p.begin()) e.first = static_cast<std::size_t>(after_start - p.begin()) - 1;
  e.last = p.size() - 1;
  if (w.smoothed) {
    const auto at_end = std::find_if(p.begin(), p.end(), [&](const Point& x) { return x.time >= w.end; });
    if (at_end != p.end()) e.last = static_cast<std::size_t>(at_end - p.begin());
    if (p[e.first].time > w.end) return e;
  }
  e.any = p[e.last].time > w.start;
  return e;
}

Num interpolated(const Point& a, const Point& b, std::int64_t at, bool counter, Log& log) {
  Num from = a.cell.number;
  if (counter && less(b.cell.number, from, log.doubts)) from = 0.0;
  const double share = static_cast<double>(at - a.time) / static_cast<double>(b.time - a.time);
  const Num result = plus(from, times(minus(b.cell.number, from), share));
  return {result.value, result.doubt + 8 * kUnit * (std::fabs(from.value) + std::fabs(b.cell.number.value))};
}

std::optional<Cell> extended_floats(const Window& w, Kind kind, Log& log) {
  const Points& p = w.floats;
  Edges e = edges_of(w, p);
  if (!e.any) return {};
  Num left = p[e.first].cell.number;
  if (w.smoothed && p[e.first].time < w.start)
    left = interpolated(p[e.first], p[e.first + 1], w.start, kind.counter, log);
  Num right = p[e.last].cell.number;
  if (w.smoothed && e.last > 0 && p[e.last].time > w.end)
    right = interpolated(p[e.last - 1], p[e.last], w.end, kind.counter, log);
  Sum sum;
  sum.add(right);
  sum.add(times(left, -1.0));
  if (kind.counter) {
    Num previous = left;
    for (const Point& x : p) {
      if (x.time <= w.start || x.time >= w.end) continue;
      if (less(x.cell.number, previous, log.doubts)) sum.add(previous);
      previous = x.cell.number;
    }
    if (less(right, previous, log.doubts)) sum.add(previous);
  }
  Num result{sum.value().number(), sum.value().doubt + 8 * kUnit * sum.size()};
  if (kind.per_second) result = divided(result, static_cast<double>(w.end - w.start) / 1000);
  return Cell{rounded(result), nullptr};
}

// h1 + (h2 - h1) * share, h2 * share after a reset; nothing if the buckets do not fit.
std::optional<Hist> interpolated_histogram(const Point& a, const Point& b, std::int64_t at, bool counter,
                                           Log& log) {
  Hist result = *b.cell.histogram;
  if (at == b.time) return result;
  const double share = static_cast<double>(at - a.time) / static_cast<double>(b.time - a.time);
  if (counter && is_reset(result, *a.cell.histogram, log.doubts)) {
    scale(result, share);
    add_doubt(result, *b.cell.histogram);
    return result;
  }
  if (!joined(result, *a.cell.histogram, -1, log)) return {};
  scale(result, share);
  if (!joined(result, *a.cell.histogram, 1, log)) return {};
  add_doubt(result, *b.cell.histogram);
  return result;
}

bool add_resets(const Window& w, const Edges& e, const Hist& left, const Hist& right, Hist& result,
                Log& log) {
  const Points& p = w.histograms;
  std::size_t first = e.first + 1;
  const Hist* previous = &left;
  const bool spans = w.smoothed && p[e.first].time < w.start &&
                     is_reset(*p[e.first + 1].cell.histogram, *p[e.first].cell.histogram, log.doubts);
  if (spans) {
    previous = p[e.first + 1].cell.histogram.get();
    ++first;
  }
  if (first > e.last) return true;
  std::optional<Hist> correction;
  const auto add = [&](const Hist& h) {
    if (correction) return joined(*correction, h, 1, log);
    correction = h;
    return true;
  };
  for (std::size_t i = first; i < e.last; ++i) {
    if (is_reset(*p[i].cell.histogram, *previous, log.doubts) && !add(*previous)) return false;
    previous = p[i].cell.histogram.get();
  }
  if (is_reset(right, *previous, log.doubts) && !add(*previous)) return false;
  return !correction || joined(result, *correction, 1, log);
}

std::optional<Cell> extended_histograms(const Window& w, Kind kind, Log& log) {
  const Points& p = w.histograms;
  const Edges e = edges_of(w, p);
  if (!e.any) return {};
  for (std::size_t i = e.first; i <= e.last; ++i) {
    if (p[i].cell.histogram->custom != p[e.first].cell.histogram->custom) {
      log.warned = true;
      return {};
    }
    if (kind.counter && is_gauge(p[i])) log.warned = true;
  }
  std::optional<Hist> left = *p[e.first].cell.histogram;
  if (w.smoothed && p[e.first].time < w.start)
    left = interpolated_histogram(p[e.first], p[e.first + 1], w.start, kind.counter, log);
  std::optional<Hist> right = *p[e.last].cell.histogram;
  if (w.smoothed && e.last > 0 && p[e.last].time > w.end)
    right = interpolated_histogram(p[e.last - 1], p[e.last], w.end, kind.counter, log);
  if (!left || !right) return {};
  if (!kind.counter && (left->hint != Hint::kGauge || right->hint != Hint::kGauge)) log.warned = true;
  Hist result = *right;
  if (!joined(result, *left, -1, log)) return {};
  if (kind.counter && !add_resets(w, e, *left, *right, result, log)) return {};
  if (kind.per_second) shrink(result, static_cast<double>(w.end - w.start) / 1000);
  return answer(std::move(result));
}

Answer rate_of(const Window& w, Kind kind, Log& log) {
  const std::string_view name = w.labels.get(model::kMetricName);
  const auto ends = [&](std::string_view text) { return name.ends_with(text); };
  if (kind.counter && !w.floats.empty() && !name.empty() && !ends("_total") && !ends("_sum") &&
      !ends("_count") && !ends("_bucket")) {
    log.informed = true;
  }
  if (!w.floats.empty() && !w.histograms.empty()) {
    log.warned = true;
    return nothing();
  }
  if (w.anchored || w.smoothed)
    return w.floats.empty() ? extended_histograms(w, kind, log) : extended_floats(w, kind, log);
  return w.floats.empty() ? histogram_rate(w, kind, log) : float_rate(w, kind, log);
}

// Floats and histograms in order of time.
Points merged(const Window& w) {
  Points all = w.floats;
  all.insert(all.end(), w.histograms.begin(), w.histograms.end());
  std::sort(all.begin(), all.end(), [](const Point& a, const Point& b) { return a.time < b.time; });
  return all;
}

std::optional<Cell> last_histograms(const Point& a, const Point& b, Kind kind, Log& log) {
  if (kind.counter && (is_gauge(a) || is_gauge(b))) log.warned = true;
  if (!kind.counter && (!is_gauge(a) || !is_gauge(b))) log.warned = true;
  Hist result = *b.cell.histogram;
  const bool reset = kind.counter && drops_histogram(a, *a.cell.histogram, b, log);
  if (!reset && !joined(result, *a.cell.histogram, -1, log)) return {};
  if (kind.per_second) shrink(result, static_cast<double>(b.time - a.time) / 1000);
  return answer(std::move(result));
}

Answer last_two(const Window& w, Kind kind, Log& log) {
  const Points all = merged(w);
  if (all.size() < 2) return nothing();
  const Point& a = all[all.size() - 2];
  const Point& b = all.back();
  if ((a.cell.histogram == nullptr) != (b.cell.histogram == nullptr)) {
    log.warned = true;
    return nothing();
  }
  if (b.cell.histogram) return last_histograms(a, b, kind, log);
  Num change = b.cell.number;
  if (!kind.counter || !drops(a, b, log)) change = minus(change, a.cell.number);
  if (kind.per_second) change = divided(change, static_cast<double>(b.time - a.time) / 1000);
  return Cell{change, nullptr};
}

// An anchored window counts from the last sample at or before its start.
std::optional<Points> counted(const Window& w) {
  Points all = merged(w);
  if (!w.anchored) return all;
  const auto after = std::find_if(all.begin(), all.end(), [&](const Point& p) { return p.time > w.start; });
  if (after == all.end()) return {};
  if (after != all.begin()) all.erase(all.begin(), after - 1);
  return all;
}

template <class Differs>
Answer count_pairs(const Window& w, Differs differs) {
  const std::optional<Points> points = counted(w);
  if (!points) return nothing();
  double count = 0;
  for (std::size_t i = 1; i < points->size(); ++i) {
    const Point& a = (*points)[i - 1];
    const Point& b = (*points)[i];
    const bool other_kind = (a.cell.histogram == nullptr) != (b.cell.histogram == nullptr);
    if (other_kind || differs(a, b)) ++count;
  }
  return Cell{count, nullptr};
}

Answer resets(const Window& w, std::span<const Num>, std::int64_t, Log& log) {
  return count_pairs(w, [&](const Point& a, const Point& b) {
    return a.cell.histogram ? drops_histogram(a, *a.cell.histogram, b, log) : drops(a, b, log);
  });
}
Answer changes(const Window& w, std::span<const Num>, std::int64_t, Log& log) {
  return count_pairs(w, [&](const Point& a, const Point& b) {
    if (a.cell.histogram) return !equal(*a.cell.histogram, *b.cell.histogram, log.doubts);
    const Num& x = a.cell.number;
    const Num& y = b.cell.number;
    if (close(x, y)) log.doubts.undecided = true;
    return x.number() != y.number() && !(std::isnan(x.number()) && std::isnan(y.number()));
  });
}

Answer rate(const Window& w, std::span<const Num>, std::int64_t, Log& log) {
  return rate_of(w, {true, true}, log);
}
Answer increase(const Window& w, std::span<const Num>, std::int64_t, Log& log) {
  return rate_of(w, {true, false}, log);
}
Answer delta(const Window& w, std::span<const Num>, std::int64_t, Log& log) {
  return rate_of(w, {false, false}, log);
}
Answer irate(const Window& w, std::span<const Num>, std::int64_t, Log& log) {
  return last_two(w, {true, true}, log);
}
Answer idelta(const Window& w, std::span<const Num>, std::int64_t, Log& log) {
  return last_two(w, {false, false}, log);
}

}  // namespace

bool starts_anew(const Point& before, const Point& after) {
  if (after.start == 0 || after.start >= after.time || after.start < before.time) return false;
  if (after.start > before.time) return true;
  // A start at the time of the previous sample: a delta, if that one's own start is known.
  return before.start != 0 && before.start < before.time;
}

RangeFunction find_rate_function(std::string_view name) {
  static const std::map<std::string_view, RangeFunction> all{
      {"rate", rate},     {"increase", increase}, {"delta", delta},     {"irate", irate},
      {"idelta", idelta}, {"resets", resets},     {"changes", changes},
  };
  const auto at = all.find(name);
  return at == all.end() ? nullptr : at->second;
}

}  // namespace isobar::promqltest::naive
