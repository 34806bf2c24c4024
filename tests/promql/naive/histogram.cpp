#include "histogram.h"

#include <algorithm>
#include <iterator>

#include "model/histogram_arithmetic.h"

namespace isobar::promqltest::naive {
namespace {

using Hint = model::CounterResetHint;
using Side = std::map<int, Num>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Side read_side(const std::vector<model::BucketSpan>& spans, const std::vector<double>& counts) {
  Side side;
  int at = 0;
  std::size_t next = 0;
  for (const model::BucketSpan& span : spans) {
    at += span.offset;
    for (std::uint32_t i = 0; i < span.length; ++i) side[at++] = counts[next++];
  }
  return side;
}

void write_side(const Side& side, std::vector<model::BucketSpan>& spans, std::vector<double>& counts) {
  int end = 0;
  for (const auto& [index, count] : side) {
    if (spans.empty() || index != end) spans.push_back({index - end, 0});
    ++spans.back().length;
    counts.push_back(count.number());
    end = index + 1;
  }
}

// (base^(i-1), base^i] with base = 2^(2^-schema); the bucket of the largest float ends there.
double bound_of(int index, int schema) {
  const long double exponent = std::ldexp(static_cast<long double>(index), -schema);
  if (exponent == 1024) return std::numeric_limits<double>::max();
  return model::exponential_bound(index, static_cast<std::int8_t>(schema));
}

// Moves what a zero bucket up to `threshold` covers into it, and the threshold to the far end of every bucket
// with something in it that it would cut.
void widen_zero(Hist& h, double threshold) {
  if (threshold <= h.zero_threshold) return;
  for (bool moved = true; moved;) {
    moved = false;
    for (const Side* side : {&h.positive, &h.negative}) {
      for (const auto& [index, count] : *side) {
        const bool cut = bound_of(index - 1, h.schema) < threshold && bound_of(index, h.schema) > threshold;
        if (!cut || count.value == 0) continue;
        threshold = bound_of(index, h.schema);
        moved = true;
      }
    }
  }
  for (Side* side : {&h.positive, &h.negative}) {
    std::erase_if(*side, [&](const auto& bucket) {
      if (bound_of(bucket.first - 1, h.schema) >= threshold) return false;
      h.zero_count.value += bucket.second.value;
      h.zero_count.doubt += bucket.second.doubt;
      return true;
    });
  }
  h.zero_threshold = threshold;
}

void use_bounds(Hist& h, const std::vector<double>& bounds) {
  Side moved;
  for (const auto& [index, count] : h.positive) {
    const bool last = index >= static_cast<int>(h.bounds.size());
    const double upper = last ? kInfinity : h.bounds[static_cast<std::size_t>(index)];
    const auto at = std::lower_bound(bounds.begin(), bounds.end(), upper);
    Num& to = moved[static_cast<int>(at - bounds.begin())];
    to = {to.value + count.value, to.doubt + count.doubt};
  }
  h.positive = std::move(moved);
  h.bounds = bounds;
}

// Brings both to one layout; true if custom bounds differed.
bool reconcile(Hist& a, Hist& b) {
  if (a.custom) {
    if (a.bounds == b.bounds) return false;
    std::vector<double> shared;
    std::set_intersection(a.bounds.begin(), a.bounds.end(), b.bounds.begin(), b.bounds.end(),
                          std::back_inserter(shared));
    use_bounds(a, shared);
    use_bounds(b, shared);
    return true;
  }
  while (a.zero_threshold != b.zero_threshold) {
    widen_zero(a, b.zero_threshold);
    widen_zero(b, a.zero_threshold);
  }
  const int schema = std::min(a.schema, b.schema);
  reduce_to(a, schema);
  reduce_to(b, schema);
  return false;
}

Num combined(const Num& a, const Num& b, int factor, bool sample) {
  const Num x{a.value + factor * b.value, a.doubt + b.doubt};
  return sample ? exact_step(x.value, x.doubt) : x;
}

void combine(Side& to, const Side& other, int factor, bool sample) {
  for (const auto& [index, count] : other) to[index] = combined(to[index], count, factor, sample);
}

bool join_hints(Hist& to, const Hist& other) {
  if (to.hint == other.hint || to.hint == Hint::kGauge) return false;
  if (other.hint == Hint::kGauge) {
    to.hint = Hint::kGauge;
    return false;
  }
  const bool conflict = to.hint != Hint::kUnknown && other.hint != Hint::kUnknown;
  to.hint = Hint::kUnknown;
  return conflict;
}

template <class Change>
void for_all_numbers(Hist& h, Change change) {
  change(h.zero_count);
  change(h.count);
  change(h.sum);
  for (auto& [index, count] : h.positive) change(count);
  for (auto& [index, count] : h.negative) change(count);
}

bool same(const Num& a, const Num& b, Doubts& doubts) {
  doubts.undecided = doubts.undecided || close(a, b);
  return a.number() == b.number() || (std::isnan(a.number()) && std::isnan(b.number()));
}

bool same_sides(const Side& a, const Side& b, Doubts& doubts) {
  if (a.size() != b.size()) return false;
  return std::equal(a.begin(), a.end(), b.begin(), [&](const auto& x, const auto& y) {
    return x.first == y.first && same(x.second, y.second, doubts);
  });
}

}  // namespace

bool has_doubt(const Hist& h) {
  Hist copy = h;
  bool any = false;
  for_all_numbers(copy, [&](const Num& x) { any = any || x.doubt > 0; });
  return any;
}

void add_doubt(Hist& h, const Hist& other) {
  const auto larger = [](const Num& a, const Num& b) {
    return std::fmax(std::fabs(a.value), std::fabs(b.value));
  };
  const long double most = larger(h.count, other.count);
  h.sum.doubt += 16 * kUnit * larger(h.sum, other.sum);
  for (Num* x : {&h.count, &h.zero_count}) x->doubt += 16 * kUnit * most;
  for (Side* side : {&h.positive, &h.negative}) {
    for (auto& [index, count] : *side) count.doubt += 16 * kUnit * most;
  }
}

Hist from_model(const model::Histogram& h) {
  Hist out;
  out.custom = h.uses_custom_buckets();
  out.schema = h.schema;
  out.hint = h.reset_hint;
  out.zero_threshold = h.zero_threshold;
  out.zero_count = h.zero_count;
  out.count = h.count;
  out.sum = h.sum;
  out.positive = read_side(h.positive_spans, h.positive_buckets);
  out.negative = read_side(h.negative_spans, h.negative_buckets);
  out.bounds = h.custom_values;
  return out;
}

model::Histogram to_model(const Hist& h) {
  model::Histogram out;
  out.schema = static_cast<std::int8_t>(h.schema);
  out.reset_hint = h.hint;
  out.zero_threshold = h.zero_threshold;
  out.zero_count = h.zero_count.number();
  out.count = h.count.number();
  out.sum = h.sum.number();
  write_side(h.positive, out.positive_spans, out.positive_buckets);
  write_side(h.negative, out.negative_spans, out.negative_buckets);
  out.custom_values = h.bounds;
  return out;
}

void compact(Hist& h) {
  std::erase_if(h.positive, [](const auto& bucket) { return bucket.second.number() == 0; });
  std::erase_if(h.negative, [](const auto& bucket) { return bucket.second.number() == 0; });
}

void reduce_to(Hist& h, int schema) {
  if (h.custom || schema >= h.schema) return;
  const int width = 1 << (h.schema - schema);
  for (Side* side : {&h.positive, &h.negative}) {
    Side merged;
    for (const auto& [index, count] : *side) {
      // The upper bound decides: index / width, rounded up.
      const int to = index > 0 ? (index + width - 1) / width : -((-index) / width);
      merged[to] = {merged[to].value + count.value, merged[to].doubt + count.doubt};
    }
    *side = std::move(merged);
  }
  h.schema = schema;
}

Joined join(Hist& to, const Hist& other, int factor, bool sample, Doubts& doubts) {
  if (to.custom != other.custom) return {.incompatible = true};
  Joined joined;
  joined.hint_conflict = join_hints(to, other);
  Hist second = other;
  // Whether a bucket counts nothing decides how far a zero bucket reaches.
  if (to.zero_threshold != second.zero_threshold && (has_doubt(to) || has_doubt(second)))
    doubts.undecided = true;
  const double before = to.zero_threshold;
  joined.reconciled = reconcile(to, second);
  // A zero bucket that grew takes the empty buckets with it.
  if (to.zero_threshold != before) compact(to);
  to.zero_count = combined(to.zero_count, second.zero_count, factor, sample);
  to.count = combined(to.count, second.count, factor, sample);
  to.sum = combined(to.sum, second.sum, factor, sample);
  combine(to.positive, second.positive, factor, sample);
  combine(to.negative, second.negative, factor, sample);
  return joined;
}

void scale(Hist& h, Num factor) {
  for_all_numbers(h, [&](Num& x) { x = times(x, factor); });
  if (factor.number() < 0) h.hint = Hint::kGauge;
}

void shrink(Hist& h, Num divisor) {
  for_all_numbers(h, [&](Num& x) { x = divided(x, divisor); });
  if (divisor.number() == 0) {
    h.positive.clear();
    h.negative.clear();
  }
  if (divisor.number() < 0) h.hint = Hint::kGauge;
}

bool equal(const Hist& a, const Hist& b, Doubts& doubts) {
  Hist x = a;
  Hist y = b;
  compact(x);
  compact(y);
  return x.schema == y.schema && x.bounds == y.bounds && x.zero_threshold == y.zero_threshold &&
         same(x.zero_count, y.zero_count, doubts) && same(x.count, y.count, doubts) &&
         same(x.sum, y.sum, doubts) && same_sides(x.positive, y.positive, doubts) &&
         same_sides(x.negative, y.negative, doubts);
}

bool is_reset(const Hist& current, const Hist& previous, Doubts& doubts) {
  if (current.hint == Hint::kReset) return true;
  if (current.hint == Hint::kNotReset) return false;
  if (has_doubt(current) || has_doubt(previous)) doubts.undecided = true;
  return model::detect_reset(to_model(current), to_model(previous));
}

std::optional<Hist> trimmed(const Hist& h, double bound, bool keep_below, Doubts& doubts) {
  if (has_doubt(h)) doubts.undecided = true;
  model::Histogram m = to_model(h);
  if (keep_below) {
    model::trim_above(m, bound);
  } else {
    model::trim_below(m, bound);
  }
  return from_model(m);
}

std::vector<Bucket> buckets(const Hist& h) {
  std::vector<Bucket> all;
  if (h.custom) {
    const auto bound = [&](int i) {
      if (i < 0) return -kInfinity;
      return i < static_cast<int>(h.bounds.size()) ? h.bounds[static_cast<std::size_t>(i)] : kInfinity;
    };
    for (const auto& [index, count] : h.positive) all.push_back({bound(index - 1), bound(index), count});
    return all;
  }
  for (auto at = h.negative.rbegin(); at != h.negative.rend(); ++at) {
    const double near = std::max(bound_of(at->first - 1, h.schema), h.zero_threshold);
    all.push_back({-bound_of(at->first, h.schema), -near, at->second});
  }
  if (h.zero_count.number() != 0) all.push_back({-h.zero_threshold, h.zero_threshold, h.zero_count});
  for (const auto& [index, count] : h.positive) {
    all.push_back(
        {std::max(bound_of(index - 1, h.schema), h.zero_threshold), bound_of(index, h.schema), count});
  }
  return all;
}

}  // namespace isobar::promqltest::naive
