// trim_above and trim_below. Within a bucket observations are taken to be spread evenly on the scale of the
// buckets: linearly in custom buckets and the zero bucket, logarithmically in exponential ones. The sum is
// then that of the middles of what is left.
#include <cmath>
#include <limits>

#include "model/histogram_arithmetic.h"

namespace isobar::model {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The part of a bucket that is kept.
struct Part {
  double count = 0;
  double lower = 0;
  double upper = 0;
};

bool is_linear(const BoundedBucket& b, bool custom) {
  return custom || (b.lower <= 0 && b.upper >= 0);
}

double share_below(const BoundedBucket& b, double x, bool linear) {
  if (linear) return (x - b.lower) / (b.upper - b.lower);
  const double low = std::log2(std::fabs(b.lower));
  const double high = std::log2(std::fabs(b.upper));
  return (std::log2(std::fabs(x)) - low) / (high - low);
}

double middle(const Part& p, bool linear) {
  if (p.lower == -kInfinity) return p.upper;
  if (p.upper == kInfinity) return p.lower;
  if (linear) return (p.lower + p.upper) / 2;
  const double geometric = std::sqrt(p.lower * p.upper);
  return p.upper <= 0 ? -geometric : geometric;
}

Part keep_below(const BoundedBucket& b, double x, bool linear) {
  if (b.upper == kInfinity) return {};
  if (x >= b.upper) return {b.count, b.lower, b.upper};
  // Nothing is known about how far down an unbounded bucket reaches; all of it stays.
  if (b.lower == -kInfinity) return {b.count, -kInfinity, x};
  if (x <= b.lower) return {};
  return {b.count * share_below(b, x, linear), b.lower, x};
}

Part keep_above(const BoundedBucket& b, double x, bool linear) {
  if (b.lower == -kInfinity) return {};
  if (x <= b.lower) return {b.count, b.lower, b.upper};
  if (b.upper == kInfinity) return {b.count, x, kInfinity};
  if (x >= b.upper) return {};
  return {b.count * (1 - share_below(b, x, linear)), x, b.upper};
}

// Prometheus takes the zero bucket to lie on the side that has other buckets, and the first custom bucket to
// start at zero if it ends above.
BoundedBucket narrowed(BoundedBucket b, const Histogram& h) {
  if (h.uses_custom_buckets()) {
    if (b.lower == -kInfinity && b.upper > 0 && b.upper != kInfinity) b.lower = 0;
  } else if (b.lower < 0 && b.upper > 0) {
    if (h.negative_buckets.empty() && !h.positive_buckets.empty()) b.lower = 0;
    if (h.positive_buckets.empty() && !h.negative_buckets.empty()) b.upper = 0;
  }
  return b;
}

void trim(Histogram& h, double x, bool below) {
  const bool custom = h.uses_custom_buckets();
  const bool keep_all = x == (below ? kInfinity : -kInfinity);
  if (keep_all) return;
  const bool keep_none = x == (below ? -kInfinity : kInfinity);
  double count = 0;
  double sum = 0;
  bool changed = false;
  std::size_t up = 0;
  std::size_t down = h.negative_buckets.size();
  // Which side a bucket is of follows from its place; bounds of far indexes are zero on either side.
  std::size_t place = 0;
  const std::size_t negatives = h.negative_buckets.size();
  const bool has_zero_bucket = !custom && h.zero_count != 0;
  Histogram result = h;
  for (const BoundedBucket& original : all_buckets(h)) {
    const BoundedBucket b = narrowed(original, h);
    const bool linear = is_linear(b, custom);
    Part part;
    // Below zero, nothing is known of a first custom bucket, although it is taken to start there.
    const bool unknown = !below && original.lower == -kInfinity && x < 0;
    if (!keep_none && !unknown && b.count != 0)
      part = below ? keep_below(b, x, linear) : keep_above(b, x, linear);
    changed |= part.count != b.count;
    count += part.count;
    if (part.count != 0) sum += part.count * middle(part, linear);
    if (place < negatives) {
      result.negative_buckets[--down] = part.count;
    } else if (has_zero_bucket && place == negatives) {
      result.zero_count = part.count;
    } else {
      result.positive_buckets[up++] = part.count;
    }
    ++place;
    // An unbounded bucket that stays whole is taken to lie at x.
    changed |= part.count != 0 && (part.lower != b.lower || part.upper != b.upper);
  }
  if (!changed) return;
  result.count = count;
  result.sum = sum;
  result.is_integer = false;
  compact(result);
  h = std::move(result);
}

}  // namespace

void trim_above(Histogram& h, double keep_below_value) {
  trim(h, keep_below_value, true);
}
void trim_below(Histogram& h, double keep_above_value) {
  trim(h, keep_above_value, false);
}

}  // namespace isobar::model
