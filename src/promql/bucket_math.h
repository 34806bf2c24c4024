// Quantiles and fractions of classic and native histograms. Pure functions.
// Source: prometheus.io/docs/prometheus/latest/querying/functions, histogram_quantile and histogram_fraction.
#pragma once

#include <vector>

#include "model/histogram_arithmetic.h"

namespace isobar::promql {

struct ClassicBucket {
  double upper = 0;
  double count = 0;  // cumulative
};

struct ClassicQuantile {
  double value = 0;
  bool forced_monotonic = false;  // a bucket counted less than a smaller one did, and was raised
};

// `buckets` is sorted, joined and made monotonic in place. NaN without a +Inf bucket or without observations.
ClassicQuantile classic_quantile(double phi, std::vector<ClassicBucket>& buckets);
double classic_fraction(double lower, double upper, std::vector<ClassicBucket>& buckets);

enum class NanNote { kNone, kResultIsNan, kSkewedHigher };
struct NativeQuantile {
  double value = 0;
  NanNote note = NanNote::kNone;
};
NativeQuantile native_quantile(double phi, const model::Histogram& histogram);
double native_fraction(double lower, double upper, const model::Histogram& histogram);

// Variance of the observations, each taken at the middle of its bucket.
double native_variance(const model::Histogram& histogram);

}  // namespace isobar::promql
