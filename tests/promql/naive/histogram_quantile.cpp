// Quantiles, fractions and the variance of native histograms, by the rules of
// prometheus.io/docs/prometheus/latest/querying/functions: linear within custom and zero buckets, else
// exponential.
#include <algorithm>

#include "histogram.h"

namespace isobar::promqltest::naive {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// A histogram with buckets on one side of zero only has its zero bucket on that side too.
void one_sided(Bucket& b, const Hist& h) {
  if (h.custom || !(b.lower <= 0 && b.upper >= 0)) return;
  if (h.negative.empty() && !h.positive.empty()) b.lower = 0;
  if (h.positive.empty() && !h.negative.empty()) b.upper = 0;
}

// A side whose buckets count nothing, as far as is known, may be there or not: that moves the zero bucket.
void doubt_empty_sides(const Hist& h, Doubts& doubts) {
  for (const auto* side : {&h.positive, &h.negative}) {
    bool counts = false;
    bool doubtful = false;
    for (const auto& [index, count] : *side) {
      counts = counts || std::fabs(count.value) > count.doubt;
      doubtful = doubtful || count.doubt > 0;
    }
    if (doubtful && !counts && h.zero_count.number() != 0) doubts.undecided = true;
  }
}

bool is_linear(const Bucket& b, const Hist& h) {
  return h.custom || (b.lower <= 0 && b.upper >= 0);
}

double inside(const Bucket& b, double share, bool linear) {
  if (linear) return b.lower + (b.upper - b.lower) * share;
  const double low = std::log2(std::fabs(b.lower));
  const double high = std::log2(std::fabs(b.upper));
  if (b.lower > 0) return std::exp2(low + (high - low) * share);
  return -std::exp2(high + (low - high) * (1 - share));
}

double share_below(const Bucket& b, double v, bool linear) {
  // Observations of an unbounded bucket are taken to lie at its bound.
  if (b.upper == kInfinity) return 0;
  if (b.lower == -kInfinity) return 1;
  if (linear) return (v - b.lower) / (b.upper - b.lower);
  const double low = std::log2(std::fabs(b.lower));
  const double high = std::log2(std::fabs(b.upper));
  const double at = std::log2(std::fabs(v));
  return v > 0 ? (at - low) / (high - low) : 1 - (at - high) / (low - high);
}

// How many observations lie below `v`, and how sure that is.
Num rank_of(double v, const Hist& h, const Num& all) {
  Sum before;
  for (Bucket b : buckets(h)) {
    one_sided(b, h);
    if (h.custom && b.lower == -kInfinity && b.upper > 0) b.lower = 0;
    if (b.lower >= v) return before.value();
    if (b.upper > v) {
      const Num part = times(b.count, share_below(b, v, is_linear(b, h)));
      before.add(rounded(part, 64));
      return before.value();
    }
    before.add(b.count);
  }
  return all;
}

}  // namespace

Quantile quantile(double phi, const Hist& h, Doubts& doubts) {
  if (phi < 0) return {-kInfinity};
  if (phi > 1) return {kInfinity};
  if (h.count.number() == 0 || std::isnan(phi)) return {kNan};
  doubt_empty_sides(h, doubts);
  // Observations of NaN are counted and in no bucket: then only ranks from below are right.
  const bool has_nan = std::isnan(h.sum.number());
  const bool upwards = has_nan || phi < 0.5;
  const Num rank = times(upwards ? phi : 1 - phi, h.count);
  std::vector<Bucket> all = buckets(h);
  if (!upwards) std::reverse(all.begin(), all.end());
  Sum seen;
  Bucket bucket;
  for (const Bucket& b : all) {
    if (b.count.number() == 0) continue;
    bucket = b;
    seen.add(b.count);
    if (!less(seen.value(), rounded(rank), doubts)) break;
  }
  if (h.custom && bucket.lower == -kInfinity) {
    if (bucket.upper <= 0) return {bucket.upper};
    bucket.lower = 0;
  } else if (h.custom && bucket.upper == kInfinity) {
    return {bucket.lower};
  }
  one_sided(bucket, h);
  const Num count = less(h.count, seen.value(), doubts) ? h.count : seen.value();
  if (less(count, rounded(rank), doubts)) {
    if (has_nan) return {kNan, true};
    return {upwards ? bucket.upper : bucket.lower};
  }
  const Num into = upwards ? minus(rank, minus(count, bucket.count)) : minus(count, rank);
  const Num share = divided(rounded(into), bucket.count);
  const double value = inside(bucket, share.number(), is_linear(bucket, h));
  // Subtractions of counts of this size stand behind the share.
  const long double slip = share.doubt + 64 * kUnit * std::fabs(count.value / bucket.count.value);
  const long double width = std::fabs(static_cast<long double>(bucket.upper) - bucket.lower);
  return {Num{value, slip * width + 64 * kUnit * std::fabs(static_cast<long double>(value))}, has_nan};
}

Num fraction(double lower, double upper, const Hist& h, Doubts& doubts) {
  doubt_empty_sides(h, doubts);
  if (h.count.number() == 0 || std::isnan(lower) || std::isnan(upper)) return kNan;
  if (lower >= upper) return 0.0;
  Num all = h.count;
  if (std::isnan(h.sum.number())) {
    Sum in_buckets;
    for (const Bucket& b : buckets(h)) in_buckets.add(b.count);
    all = in_buckets.value();
  }
  const auto capped = [&](Num rank) { return rank.number() > h.count.number() ? h.count : rank; };
  const Num low = capped(rank_of(lower, h, all));
  const Num high = capped(rank_of(upper, h, all));
  Num result = divided(minus(rounded(high), rounded(low)), h.count);
  result.doubt += 64 * kUnit;
  return result;
}

Num variance(const Hist& h) {
  const Num mean = divided(h.sum, h.count);
  Sum sum;
  for (const Bucket& b : buckets(h)) {
    if (b.count.number() == 0) continue;
    double middle = 0;
    if (h.custom) {
      middle = (b.upper + b.lower) / 2;
    } else if (!(b.lower <= 0 && b.upper >= 0)) {
      middle = std::sqrt(b.upper * b.lower);
      if (b.upper < 0) middle = -middle;
    }
    const Num distance = rounded(minus(middle, mean));
    sum.add(rounded(times(b.count, times(distance, distance)), 8));
  }
  return rounded(divided(rounded(sum.value()), h.count));
}

}  // namespace isobar::promqltest::naive
