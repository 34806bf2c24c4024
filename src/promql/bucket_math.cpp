#include "promql/bucket_math.h"

#include <cmath>
#include <limits>

#include "eval/kernels.h"

namespace isobar::promql {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
// Relative differences of bucket counts below this are rounding errors of what computed them.
constexpr double kTolerance = 1e-12;

using model::BoundedBucket;
using model::Histogram;

bool nearly_equal(double a, double b) {
  const double sum = std::fabs(a) + std::fabs(b);
  const double difference = std::fabs(a - b);
  if (a == 0 || b == 0 || sum < std::numeric_limits<double>::min()) {
    return difference < kTolerance * std::numeric_limits<double>::min();
  }
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kTolerance;
}

// Sorted, one bucket per bound; false if there is no +Inf bucket to tell the total.
bool normalise(std::vector<ClassicBucket>& buckets) {
  const auto below = [](const ClassicBucket& a, const ClassicBucket& b) { return a.upper < b.upper; };
  if (!std::is_sorted(buckets.begin(), buckets.end(), below)) std::stable_sort(buckets.begin(), buckets.end(), below);
  if (buckets.empty() || buckets.back().upper != kInfinity) return false;
  std::size_t kept = 0;
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].upper == buckets[kept].upper) {
      buckets[kept].count += buckets[i].count;
    } else {
      buckets[++kept] = buckets[i];
    }
  }
  buckets.resize(kept + 1);
  return true;
}

bool force_monotonic(std::vector<ClassicBucket>& buckets) {
  bool forced = false;
  double previous = buckets[0].count;
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    double& count = buckets[i].count;
    if (nearly_equal(previous, count)) {
      count = previous;
    } else if (count < previous) {
      count = previous;
      forced = true;
    } else {
      previous = count;
    }
  }
  return forced;
}

// A zero bucket belongs to the side that has other buckets.
BoundedBucket one_sided(BoundedBucket b, const Histogram& h) {
  if (h.uses_custom_buckets() || !(b.lower <= 0 && b.upper >= 0)) return b;
  if (h.negative_buckets.empty() && !h.positive_buckets.empty()) b.lower = 0;
  if (h.positive_buckets.empty() && !h.negative_buckets.empty()) b.upper = 0;
  return b;
}

bool is_linear(const BoundedBucket& b, const Histogram& h) {
  return h.uses_custom_buckets() || (b.lower <= 0 && b.upper >= 0);
}

// The share of a bucket's observations below v, which lies inside the bucket.
double share_below(const BoundedBucket& b, double v, bool linear) {
  if (linear) {
    // Nobody knows where in an unbounded bucket observations lie; they are taken to be at its bound.
    if (b.upper == kInfinity) return 0;
    if (b.lower == -kInfinity) return 1;
    return (v - b.lower) / (b.upper - b.lower);
  }
  const double low = std::log2(std::fabs(b.lower));
  const double high = std::log2(std::fabs(b.upper));
  return (std::log2(std::fabs(v)) - low) / (high - low);
}

double inside(const BoundedBucket& b, double fraction, bool linear) {
  if (linear) return b.lower + (b.upper - b.lower) * fraction;
  const double low = std::log2(std::fabs(b.lower));
  const double high = std::log2(std::fabs(b.upper));
  const double magnitude = std::exp2(low + (high - low) * fraction);
  return b.lower < 0 ? -magnitude : magnitude;
}

// Number of observations up to a bound, found while walking over buckets from low to high.
struct Rank {
  double bound;
  double rank = 0;
  bool found = false;

  void visit(const BoundedBucket& b, double before, bool linear) {
    if (found) return;
    if (b.lower >= bound) {
      rank = before;
      found = true;
    } else if (b.upper > bound) {
      rank = before + b.count * share_below(b, bound, linear);
      found = true;
    }
  }
};

}  // namespace

ClassicQuantile classic_quantile(double phi, std::vector<ClassicBucket>& buckets) {
  if (std::isnan(phi)) return {kNan, false};
  if (phi < 0) return {-kInfinity, false};
  if (phi > 1) return {kInfinity, false};
  if (!normalise(buckets)) return {kNan, false};
  const bool forced = force_monotonic(buckets);
  const double total = buckets.back().count;
  if (buckets.size() < 2 || total == 0 || std::isnan(total)) return {kNan, forced};
  double rank = phi * total;
  std::size_t b = 0;
  while (b + 1 < buckets.size() && !(buckets[b].count >= rank)) ++b;
  if (b + 1 == buckets.size()) return {buckets[b - 1].upper, forced};
  if (b == 0 && buckets[0].upper <= 0) return {buckets[0].upper, forced};
  double start = 0;
  double count = buckets[b].count;
  if (b > 0) {
    start = buckets[b - 1].upper;
    count -= buckets[b - 1].count;
    rank -= buckets[b - 1].count;
  }
  return {start + (buckets[b].upper - start) * (rank / count), forced};
}

double classic_fraction(double lower, double upper, std::vector<ClassicBucket>& buckets) {
  if (!normalise(buckets)) return kNan;
  const double total = buckets.back().count;
  if (total == 0 || std::isnan(lower) || std::isnan(upper)) return kNan;
  if (lower >= upper) return 0;
  Rank low{lower};
  Rank high{upper};
  double before = 0;
  double bound = buckets[0].upper > 0 ? 0 : -kInfinity;
  for (const ClassicBucket& bucket : buckets) {
    const BoundedBucket b{bound, bucket.upper, false, true, bucket.count - before, 0};
    low.visit(b, before, true);
    high.visit(b, before, true);
    before = bucket.count;
    bound = bucket.upper;
  }
  if (!low.found) low.rank = total;
  if (!high.found) high.rank = total;
  return (std::min(high.rank, total) - std::min(low.rank, total)) / total;
}

NativeQuantile native_quantile(double phi, const Histogram& h) {
  if (phi < 0) return {-kInfinity, NanNote::kNone};
  if (phi > 1) return {kInfinity, NanNote::kNone};
  if (h.count == 0 || std::isnan(phi)) return {kNan, NanNote::kNone};
  const std::vector<BoundedBucket> buckets = model::all_buckets(h);
  // NaN observations count but lie in no bucket; ranks from below are right nevertheless.
  const bool has_nan = std::isnan(h.sum);
  const bool forward = has_nan || phi < 0.5;
  double rank = (forward ? phi : 1 - phi) * h.count;
  double count = 0;
  BoundedBucket bucket;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const BoundedBucket& b = buckets[forward ? i : buckets.size() - 1 - i];
    if (b.count == 0) continue;
    bucket = b;
    count += b.count;
    if (count >= rank) break;
  }
  if (h.uses_custom_buckets()) {
    if (bucket.lower == -kInfinity) {
      if (bucket.upper <= 0) return {bucket.upper, NanNote::kNone};
      bucket.lower = 0;
    } else if (bucket.upper == kInfinity) {
      return {bucket.lower, NanNote::kNone};
    }
  } else {
    bucket = one_sided(bucket, h);
  }
  count = std::min(count, h.count);
  if (count < rank) {
    if (has_nan) return {kNan, NanNote::kResultIsNan};
    return {forward ? bucket.upper : bucket.lower, NanNote::kNone};
  }
  rank = forward ? rank - (count - bucket.count) : count - rank;
  const double value = inside(bucket, rank / bucket.count, is_linear(bucket, h));
  return {value, has_nan ? NanNote::kSkewedHigher : NanNote::kNone};
}

double native_fraction(double lower, double upper, const Histogram& h) {
  if (h.count == 0 || std::isnan(lower) || std::isnan(upper)) return kNan;
  if (lower >= upper) return 0;
  Rank low{lower};
  Rank high{upper};
  double before = 0;
  for (const BoundedBucket& original : model::all_buckets(h)) {
    BoundedBucket b = one_sided(original, h);
    if (h.uses_custom_buckets() && b.lower == -kInfinity && b.upper > 0) b.lower = 0;
    low.visit(b, before, is_linear(b, h));
    high.visit(b, before, is_linear(b, h));
    before += b.count;
  }
  // Observations of NaN are in no bucket and below no bound.
  const double total = std::isnan(h.sum) ? before : h.count;
  if (!low.found) low.rank = total;
  if (!high.found) high.rank = total;
  return (std::min(high.rank, h.count) - std::min(low.rank, h.count)) / h.count;
}

double native_variance(const Histogram& h) {
  const double mean = h.sum / h.count;
  double sum = 0;
  double comp = 0;
  for (const BoundedBucket& b : model::all_buckets(h)) {
    if (b.count == 0) continue;
    double middle = 0;
    if (h.uses_custom_buckets()) {
      middle = (b.lower + b.upper) / 2;
    } else if (b.lower > 0 || b.upper < 0) {
      middle = std::sqrt(b.lower * b.upper);
      if (b.upper < 0) middle = -middle;
    }
    const double distance = middle - mean;
    eval::add_compensated(b.count * distance * distance, sum, comp);
  }
  return (sum + comp) / h.count;
}

}  // namespace isobar::promql
