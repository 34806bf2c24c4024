// Arithmetic on native histograms: sums, differences, scaling, resets, resolution, bucket bounds.
//
// Semantics follow Prometheus' native histograms (prometheus.io/docs/specs/native_histograms): operands of
// different schemas meet at the coarser one, zero buckets at the wider one, custom buckets at the bounds both
// have. As in Prometheus, a zero bucket that grows drops the empty buckets of its histogram, and no other addition
// drops any: compact() does. Pure functions; HistogramSum is not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "model/histogram.h"

namespace isobar::model {

// One bucket with its bounds. An exponential bucket holds (lower, upper], mirrored below zero; the zero
// bucket holds both its bounds. Custom buckets hold (lower, upper], the first (-Inf, upper].
struct BoundedBucket {
  double lower = 0;
  double upper = 0;
  bool lower_inclusive = false;
  bool upper_inclusive = true;
  double count = 0;
  std::int32_t index = 0;
};

// All buckets from the lowest to the highest, the zero bucket included when it counts something; empty
// buckets that the spans name are included.
std::vector<BoundedBucket> all_buckets(const Histogram& histogram);

// The upper bound of bucket `index` of an exponential schema.
double exponential_bound(std::int32_t index, std::int8_t schema);

// Removes buckets that count nothing and joins spans.
void compact(Histogram& histogram);

// Halves the resolution until `schema` is reached; `schema` must not be finer.
void reduce_resolution(Histogram& histogram, std::int8_t schema);

// Multiplies or divides all counts and the sum. A negative factor makes a gauge; dividing by zero drops the
// buckets.
void multiply(Histogram& histogram, double factor);
void divide(Histogram& histogram, double divisor);

// What happened beside the numbers.
struct HistogramJoin {
  bool incompatible = false;       // exponential met custom buckets: nothing was computed
  bool bounds_reconciled = false;  // custom bounds differed; only the shared ones are left
  bool reset_conflict = false;     // one said "reset", the other "no reset"
};
HistogramJoin add(Histogram& to, const Histogram& other);
HistogramJoin subtract(Histogram& from, const Histogram& other);

// True if `current` cannot continue `previous` as the same counter. Hints decide where they are set.
bool detect_reset(const Histogram& current, const Histogram& previous);

// Equal as numbers: bounds, counts, sums; hints are not looked at; empty buckets do not matter.
bool equal_values(const Histogram& a, const Histogram& b);

// Keeps observations below (above) a value; buckets that the value falls into are split by interpolation.
void trim_above(Histogram& histogram, double keep_below);
void trim_below(Histogram& histogram, double keep_above);

// A compensated sum (Neumaier) of many histograms, each bucket for itself.
class HistogramSum {
 public:
  explicit HistogramSum(const Histogram& first);
  HistogramJoin add(const Histogram& other);
  // Scales sum and compensation alike.
  void scale(double factor);
  Histogram value() const;
  bool overflowed() const;

 private:
  Histogram sum_;
  Histogram lost_;  // compensation, in the layout of sum_
};

// The average of many histograms: their compensated sum divided by their number, or, from the histogram on
// that would overflow the sum, a running mean.
class HistogramMean {
 public:
  explicit HistogramMean(const Histogram& first) : sum_(first) {}
  HistogramJoin add(const Histogram& other);
  Histogram value() const;

 private:
  HistogramSum sum_;  // the mean itself once running_
  double count_ = 1;
  bool running_ = false;
};

}  // namespace isobar::model
