#include "model/histogram_arithmetic.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isobar::model {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// One side of a histogram without spans: ascending indexes and their counts.
struct Side {
  std::vector<std::int32_t> index;
  std::vector<double> count;

  void push(std::int32_t i, double c) {
    if (!index.empty() && index.back() == i) {
      count.back() += c;
    } else {
      index.push_back(i);
      count.push_back(c);
    }
  }
};

Side read_side(const std::vector<BucketSpan>& spans, const std::vector<double>& counts) {
  Side side;
  side.index.reserve(counts.size());
  side.count.reserve(counts.size());
  std::int32_t at = 0;
  std::size_t next = 0;
  for (const BucketSpan& span : spans) {
    at += span.offset;
    for (std::uint32_t i = 0; i < span.length && next < counts.size(); ++i) {
      side.index.push_back(at++);
      side.count.push_back(counts[next++]);
    }
  }
  return side;
}

void write_side(const Side& side, bool drop_empty, std::vector<BucketSpan>& spans,
                std::vector<double>& counts) {
  spans.clear();
  counts.clear();
  std::int32_t end = 0;
  for (std::size_t i = 0; i < side.index.size(); ++i) {
    if (drop_empty && side.count[i] == 0) continue;
    if (spans.empty() || side.index[i] != end) {
      spans.push_back({side.index[i] - end, 0});
    }
    ++spans.back().length;
    counts.push_back(side.count[i]);
    end = side.index[i] + 1;
  }
}

Side positive(const Histogram& h) {
  return read_side(h.positive_spans, h.positive_buckets);
}
Side negative(const Histogram& h) {
  return read_side(h.negative_spans, h.negative_buckets);
}

void write_sides(Histogram& h, const Side& up, const Side& down, bool drop_empty) {
  write_side(up, drop_empty, h.positive_spans, h.positive_buckets);
  write_side(down, drop_empty, h.negative_spans, h.negative_buckets);
}

// Bucket i of a schema lies within bucket ((i - 1) >> difference) + 1 of a coarser one.
Side coarser(const Side& side, int difference) {
  Side result;
  for (std::size_t i = 0; i < side.index.size(); ++i) {
    result.push(((side.index[i] - 1) >> difference) + 1, side.count[i]);
  }
  return result;
}

double custom_bound(const Histogram& h, std::int32_t index) {
  if (index < 0) return -kInfinity;
  const auto i = static_cast<std::size_t>(index);
  return i < h.custom_values.size() ? h.custom_values[i] : kInfinity;
}

BoundedBucket bounded(const Histogram& h, bool upper_side, std::int32_t index, double count) {
  if (h.uses_custom_buckets()) {
    const double lower = custom_bound(h, index - 1);
    return {lower, custom_bound(h, index), lower == -kInfinity, true, count, index};
  }
  const double far = exponential_bound(index, h.schema);
  const double near = exponential_bound(index - 1, h.schema);
  if (upper_side) return {near, far, false, true, count, index};
  return {-far, -near, true, false, count, index};
}

// Puts the buckets that a zero bucket of `threshold` covers into it. A populated bucket that the threshold
// would cut moves the threshold to its far bound; that in turn may reach further into the other side. With
// `exact` it does not move: `threshold` is known to lie at a bound.
void widen_zero_bucket(Histogram& h, double threshold, bool exact = false) {
  if (h.uses_custom_buckets() || threshold <= h.zero_threshold) return;
  const Side up = positive(h);
  const Side down = negative(h);
  const auto reach = [&](const Side& side) {
    for (std::size_t i = 0; i < side.index.size(); ++i) {
      if (exponential_bound(side.index[i] - 1, h.schema) >= threshold) return false;
      const double far = exponential_bound(side.index[i], h.schema);
      if (far > threshold && side.count[i] != 0) {
        threshold = far;
        return true;
      }
    }
    return false;
  };
  while (!exact && (reach(up) || reach(down))) {
  }
  const auto rest = [&](const Side& side) {
    Side kept;
    for (std::size_t i = 0; i < side.index.size(); ++i) {
      if (exponential_bound(side.index[i] - 1, h.schema) >= threshold) {
        kept.push(side.index[i], side.count[i]);
      } else {
        h.zero_count += side.count[i];
      }
    }
    return kept;
  };
  const Side kept_up = rest(up);
  const Side kept_down = rest(down);
  write_sides(h, kept_up, kept_down, false);
  h.zero_threshold = threshold;
}

void use_bounds(Histogram& h, const std::vector<double>& bounds) {
  if (h.custom_values == bounds) return;
  const Side side = positive(h);
  Side result;
  for (std::size_t i = 0; i < side.index.size(); ++i) {
    const double upper = custom_bound(h, side.index[i]);
    const auto at = std::lower_bound(bounds.begin(), bounds.end(), upper);
    result.push(static_cast<std::int32_t>(at - bounds.begin()), side.count[i]);
  }
  h.custom_values = bounds;
  write_side(result, false, h.positive_spans, h.positive_buckets);
}

std::vector<double> shared_bounds(const Histogram& a, const Histogram& b) {
  std::vector<double> shared;
  std::set_intersection(a.custom_values.begin(), a.custom_values.end(), b.custom_values.begin(),
                        b.custom_values.end(), std::back_inserter(shared));
  return shared;
}

// Brings both to one layout; they must be of the same kind.
bool reconcile(Histogram& a, Histogram& b) {
  if (a.uses_custom_buckets()) {
    if (a.custom_values == b.custom_values) return false;
    const std::vector<double> bounds = shared_bounds(a, b);
    use_bounds(a, bounds);
    use_bounds(b, bounds);
    return true;
  }
  // Not "differ": that would never end for NaN.
  while (a.zero_threshold < b.zero_threshold || a.zero_threshold > b.zero_threshold) {
    widen_zero_bucket(a, b.zero_threshold);
    widen_zero_bucket(b, a.zero_threshold);
  }
  const std::int8_t schema = std::min(a.schema, b.schema);
  reduce_resolution(a, schema);
  reduce_resolution(b, schema);
  return false;
}

Side combine(const Side& a, const Side& b, double sign) {
  Side result;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.index.size() || j < b.index.size()) {
    const bool from_a = j == b.index.size() || (i < a.index.size() && a.index[i] <= b.index[j]);
    if (from_a && j < b.index.size() && a.index[i] == b.index[j]) {
      result.push(a.index[i], a.count[i] + sign * b.count[j]);
      ++i;
      ++j;
    } else if (from_a) {
      result.push(a.index[i], a.count[i]);
      ++i;
    } else {
      result.push(b.index[j], sign * b.count[j]);
      ++j;
    }
  }
  return result;
}

// The hint of a sum; answers whether "reset" met "no reset".
bool join_hints(Histogram& to, const Histogram& other) {
  using Hint = CounterResetHint;
  if (to.reset_hint == other.reset_hint || to.reset_hint == Hint::kGauge) return false;
  if (other.reset_hint == Hint::kGauge) {
    to.reset_hint = Hint::kGauge;
    return false;
  }
  const bool conflict = to.reset_hint != Hint::kUnknown && other.reset_hint != Hint::kUnknown;
  to.reset_hint = Hint::kUnknown;
  return conflict;
}

HistogramJoin join(Histogram& to, const Histogram& other, double sign) {
  HistogramJoin outcome;
  if (to.uses_custom_buckets() != other.uses_custom_buckets()) {
    outcome.incompatible = true;
    return outcome;
  }
  outcome.reset_conflict = join_hints(to, other);
  Histogram second = other;
  const double zero_before = to.zero_threshold;
  outcome.bounds_reconciled = reconcile(to, second);
  if (to.zero_threshold > zero_before) compact(to);
  to.zero_count += sign * second.zero_count;
  to.count += sign * second.count;
  to.sum += sign * second.sum;
  to.is_integer = false;
  write_sides(to, combine(positive(to), positive(second), sign),
              combine(negative(to), negative(second), sign), false);
  return outcome;
}

void compact_sides(Side& a, Side& b) {
  Side a_kept;
  Side b_kept;
  for (std::size_t i = 0; i < a.index.size(); ++i) {
    if (a.count[i] == 0 && b.count[i] == 0) continue;
    a_kept.push(a.index[i], a.count[i]);
    b_kept.push(b.index[i], b.count[i]);
  }
  a = std::move(a_kept);
  b = std::move(b_kept);
}

// Removes the buckets that count nothing in both; they have the same indexes before and after.
void compact_both(Histogram& a, Histogram& b) {
  Side a_up = positive(a);
  Side a_down = negative(a);
  Side b_up = positive(b);
  Side b_down = negative(b);
  compact_sides(a_up, b_up);
  compact_sides(a_down, b_down);
  write_sides(a, a_up, a_down, false);
  write_sides(b, b_up, b_down, false);
}

void compensate(double x, double& sum, double& lost) {
  const double t = sum + x;
  if (std::isinf(t)) {
    lost = 0;
  } else {
    lost += std::fabs(sum) >= std::fabs(x) ? (sum - t) + x : (x - t) + sum;
  }
  sum = t;
}

// Adds b to (a, lost), where lost has the indexes of a. Indexes only b has start with an empty compensation.
void combine_compensated(const Side& a, const Side& lost, const Side& b, Side& sum_out, Side& lost_out) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.index.size() || j < b.index.size()) {
    const bool has_a = i < a.index.size() && (j == b.index.size() || a.index[i] <= b.index[j]);
    const bool has_b = j < b.index.size() && (i == a.index.size() || b.index[j] <= a.index[i]);
    double sum = has_a ? a.count[i] : 0;
    double comp = has_a ? lost.count[i] : 0;
    if (has_b) compensate(b.count[j], sum, comp);
    const std::int32_t index = has_a ? a.index[i] : b.index[j];
    sum_out.push(index, sum);
    lost_out.push(index, comp);
    i += has_a ? 1 : 0;
    j += has_b ? 1 : 0;
  }
}

// True if a bucket that counts something in `previous` counts less in `current`.
bool any_smaller(const Side& current, const Side& previous) {
  std::size_t c = 0;
  for (std::size_t p = 0; p < previous.index.size(); ++p) {
    while (c < current.index.size() && current.index[c] < previous.index[p]) ++c;
    const bool found = c < current.index.size() && current.index[c] == previous.index[p];
    if (previous.count[p] > (found ? current.count[c] : 0)) return true;
  }
  return false;
}

bool same_number(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}
bool same_numbers(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_number);
}

}  // namespace

double exponential_bound(std::int32_t index, std::int8_t schema) {
  if (schema <= 0) {
    const double exponent = std::ldexp(static_cast<double>(index), -schema);
    // The bucket that holds the largest float ends there and not at infinity.
    if (exponent == 1024) return std::numeric_limits<double>::max();
    return std::ldexp(1.0, static_cast<int>(std::clamp(exponent, -5000.0, 5000.0)));
  }
  const std::int32_t per_power = std::int32_t{1} << schema;
  const std::int32_t part = index & (per_power - 1);
  const std::int32_t power = index >> schema;
  if (part == 0 && power == 1024) return std::numeric_limits<double>::max();
  return std::ldexp(std::exp2(static_cast<double>(part) / per_power), std::clamp(power, -5000, 5000));
}

std::vector<BoundedBucket> all_buckets(const Histogram& h) {
  std::vector<BoundedBucket> buckets;
  const Side down = negative(h);
  const Side up = positive(h);
  buckets.reserve(down.index.size() + up.index.size() + 1);
  for (std::size_t i = down.index.size(); i-- > 0;) {
    buckets.push_back(bounded(h, false, down.index[i], down.count[i]));
    // A zero bucket wider than the lowest bucket takes the overlap.
    if (buckets.back().upper > -h.zero_threshold) buckets.back().upper = -h.zero_threshold;
  }
  if (h.zero_count != 0 && !h.uses_custom_buckets()) {
    buckets.push_back({-h.zero_threshold, h.zero_threshold, true, true, h.zero_count, 0});
  }
  for (std::size_t i = 0; i < up.index.size(); ++i) {
    buckets.push_back(bounded(h, true, up.index[i], up.count[i]));
    if (!h.uses_custom_buckets() && buckets.back().lower < h.zero_threshold)
      buckets.back().lower = h.zero_threshold;
  }
  return buckets;
}

void compact(Histogram& h) {
  write_sides(h, positive(h), negative(h), true);
}

void reduce_resolution(Histogram& h, std::int8_t schema) {
  if (h.uses_custom_buckets() || schema >= h.schema) return;
  const int difference = h.schema - schema;
  write_sides(h, coarser(positive(h), difference), coarser(negative(h), difference), false);
  h.schema = schema;
}

void multiply(Histogram& h, double factor) {
  h.zero_count *= factor;
  h.count *= factor;
  h.sum *= factor;
  for (double& c : h.positive_buckets) c *= factor;
  for (double& c : h.negative_buckets) c *= factor;
  h.is_integer = false;
  if (factor < 0) h.reset_hint = CounterResetHint::kGauge;
}

void divide(Histogram& h, double divisor) {
  h.zero_count /= divisor;
  h.count /= divisor;
  h.sum /= divisor;
  for (double& c : h.positive_buckets) c /= divisor;
  for (double& c : h.negative_buckets) c /= divisor;
  h.is_integer = false;
  if (divisor == 0) write_sides(h, {}, {}, true);
  if (divisor < 0) h.reset_hint = CounterResetHint::kGauge;
}

HistogramJoin add(Histogram& to, const Histogram& other) {
  return join(to, other, 1);
}
HistogramJoin subtract(Histogram& from, const Histogram& other) {
  return join(from, other, -1);
}

bool detect_reset(const Histogram& current, const Histogram& previous) {
  if (current.reset_hint == CounterResetHint::kReset) return true;
  if (current.reset_hint == CounterResetHint::kNotReset) return false;
  if (current.count < previous.count) return true;
  if (current.uses_custom_buckets() != previous.uses_custom_buckets()) return true;
  if (current.uses_custom_buckets()) {
    Histogram now = current;
    Histogram before = previous;
    reconcile(now, before);
    return any_smaller(positive(now), positive(before));
  }
  if (current.schema > previous.schema || current.zero_threshold < previous.zero_threshold) return true;
  Histogram before = previous;
  widen_zero_bucket(before, current.zero_threshold);
  if (before.zero_threshold != current.zero_threshold || current.zero_count < before.zero_count) return true;
  reduce_resolution(before, current.schema);
  return any_smaller(positive(current), positive(before)) || any_smaller(negative(current), negative(before));
}

bool equal_values(const Histogram& a, const Histogram& b) {
  Histogram x = a;
  Histogram y = b;
  compact(x);
  compact(y);
  return x.schema == y.schema && x.custom_values == y.custom_values && x.zero_threshold == y.zero_threshold &&
         same_number(x.zero_count, y.zero_count) && same_number(x.count, y.count) &&
         same_number(x.sum, y.sum) && x.positive_spans == y.positive_spans &&
         x.negative_spans == y.negative_spans && same_numbers(x.positive_buckets, y.positive_buckets) &&
         same_numbers(x.negative_buckets, y.negative_buckets);
}

HistogramSum::HistogramSum(const Histogram& first) : sum_(first), lost_(first) {
  sum_.is_integer = false;
  lost_.is_integer = false;
  multiply(lost_, 0);
  // Infinite counts times zero are NaN; a compensation starts at nothing.
  lost_.count = lost_.sum = lost_.zero_count = 0;
  std::fill(lost_.positive_buckets.begin(), lost_.positive_buckets.end(), 0.0);
  std::fill(lost_.negative_buckets.begin(), lost_.negative_buckets.end(), 0.0);
}

HistogramJoin HistogramSum::add(const Histogram& other) {
  HistogramJoin outcome;
  if (sum_.uses_custom_buckets() != other.uses_custom_buckets()) {
    outcome.incompatible = true;
    return outcome;
  }
  outcome.reset_conflict = join_hints(sum_, other);
  Histogram second = other;
  // Twice: whatever moves buckets of the sum moves those of the compensation.
  Histogram layout = sum_;
  outcome.bounds_reconciled = reconcile(layout, second);
  if (sum_.uses_custom_buckets()) {
    use_bounds(sum_, layout.custom_values);
    use_bounds(lost_, layout.custom_values);
  } else {
    const bool wider = layout.zero_threshold > sum_.zero_threshold;
    for (Histogram* part : {&sum_, &lost_}) {
      widen_zero_bucket(*part, layout.zero_threshold, true);
      reduce_resolution(*part, layout.schema);
    }
    if (wider) compact_both(sum_, lost_);
  }
  compensate(second.zero_count, sum_.zero_count, lost_.zero_count);
  compensate(second.count, sum_.count, lost_.count);
  compensate(second.sum, sum_.sum, lost_.sum);
  Side up;
  Side up_lost;
  Side down;
  Side down_lost;
  combine_compensated(positive(sum_), positive(lost_), positive(second), up, up_lost);
  combine_compensated(negative(sum_), negative(lost_), negative(second), down, down_lost);
  write_sides(sum_, up, down, false);
  write_sides(lost_, up_lost, down_lost, false);
  return outcome;
}

void HistogramSum::scale(double factor) {
  const CounterResetHint hint = sum_.reset_hint;
  multiply(sum_, factor);
  multiply(lost_, factor);
  sum_.reset_hint = hint;
}

Histogram HistogramSum::value() const {
  Histogram result = sum_;
  result.zero_count += lost_.zero_count;
  result.count += lost_.count;
  result.sum += lost_.sum;
  for (std::size_t i = 0; i < result.positive_buckets.size(); ++i)
    result.positive_buckets[i] += lost_.positive_buckets[i];
  for (std::size_t i = 0; i < result.negative_buckets.size(); ++i)
    result.negative_buckets[i] += lost_.negative_buckets[i];
  return result;
}

HistogramJoin HistogramMean::add(const Histogram& other) {
  count_ += 1;
  if (!running_) {
    HistogramSum next = sum_;
    const HistogramJoin join = next.add(other);
    if (join.incompatible || !next.overflowed() || sum_.overflowed()) {
      sum_ = std::move(next);
      return join;
    }
    running_ = true;
    sum_.scale(1 / (count_ - 1));
  }
  sum_.scale((count_ - 1) / count_);
  Histogram part = other;
  divide(part, count_);
  return sum_.add(part);
}

Histogram HistogramMean::value() const {
  Histogram mean = sum_.value();
  if (!running_) divide(mean, count_);
  return mean;
}

bool HistogramSum::overflowed() const {
  const auto infinite = [](double v) { return std::isinf(v); };
  return infinite(sum_.zero_count) || infinite(sum_.count) || infinite(sum_.sum) ||
         std::any_of(sum_.positive_buckets.begin(), sum_.positive_buckets.end(), infinite) ||
         std::any_of(sum_.negative_buckets.begin(), sum_.negative_buckets.end(), infinite);
}

}  // namespace isobar::model
