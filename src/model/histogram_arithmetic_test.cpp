#include "model/histogram_arithmetic.h"

#include <cmath>

namespace isobar::model {
namespace {

Histogram exponential(std::int8_t schema, std::int32_t offset, std::vector<double> buckets) {
  Histogram h;
  h.schema = schema;
  for (const double b : buckets) h.count += b;
  h.positive_spans = {{offset, static_cast<std::uint32_t>(buckets.size())}};
  h.positive_buckets = std::move(buckets);
  return h;
}

Histogram custom(std::vector<double> bounds, std::vector<double> buckets) {
  Histogram h = exponential(kCustomBucketsSchema, 0, std::move(buckets));
  h.custom_values = std::move(bounds);
  return h;
}

TEST(HistogramArithmetic, Bounds) {
  EXPECT_EQ(exponential_bound(0, 0), 1);
  EXPECT_EQ(exponential_bound(3, 0), 8);
  EXPECT_EQ(exponential_bound(-1, 0), 0.5);
  EXPECT_EQ(exponential_bound(1, -1), 4);
  EXPECT_DOUBLE_EQ(exponential_bound(1, 1), std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(exponential_bound(-1, 1), std::sqrt(0.5));
  EXPECT_EQ(exponential_bound(1024, 0), std::numeric_limits<double>::max());
}

TEST(HistogramArithmetic, OperandsMeetAtTheCoarserSchema) {
  // Buckets 1 and 2 of schema 1 are (1, sqrt 2] and (sqrt 2, 2]: together bucket 1 of schema 0.
  Histogram a = exponential(1, 1, {3, 4});
  const Histogram b = exponential(0, 1, {5, 6});
  EXPECT_FALSE(add(a, b).incompatible);
  EXPECT_TRUE(equal_values(a, exponential(0, 1, {12, 6})));
}

TEST(HistogramArithmetic, ZeroBucketsMeetAtTheWiderOne) {
  Histogram a = exponential(0, 0, {2, 3});  // (0.5, 1] and (1, 2]
  Histogram b;
  b.zero_threshold = 0.75;
  b.zero_count = b.count = 1;
  add(a, b);
  // 0.75 lies within a populated bucket, so the threshold moves to its end.
  EXPECT_EQ(a.zero_threshold, 1);
  EXPECT_EQ(a.zero_count, 3);
  EXPECT_EQ(a.positive_buckets, (std::vector<double>{3}));
  EXPECT_EQ(a.count, 6);
}

TEST(HistogramArithmetic, CustomBoundsMeetAtTheSharedOnes) {
  Histogram a = custom({1, 2, 5}, {1, 1, 1, 1});
  const HistogramJoin join = add(a, custom({2, 5, 9}, {1, 1, 1, 1}));
  EXPECT_TRUE(join.bounds_reconciled);
  EXPECT_EQ(a.custom_values, (std::vector<double>{2, 5}));
  EXPECT_EQ(a.positive_buckets, (std::vector<double>{3, 2, 3}));
  EXPECT_TRUE(add(a, exponential(0, 0, {1})).incompatible);
}

TEST(HistogramArithmetic, DifferencesKeepEmptyBucketsUntilTheyAreDropped) {
  Histogram a = exponential(0, 0, {1, 5, 2});
  subtract(a, exponential(0, 0, {1, 2, 2}));
  EXPECT_EQ(a.positive_buckets, (std::vector<double>{0, 3, 0}));
  compact(a);
  EXPECT_EQ(a.positive_spans, (std::vector<BucketSpan>{{1, 1}}));
  EXPECT_EQ(a.positive_buckets, (std::vector<double>{3}));
}

TEST(HistogramArithmetic, Resets) {
  const Histogram before = exponential(0, 0, {2, 2});
  EXPECT_FALSE(detect_reset(exponential(0, 0, {2, 3}), before));
  EXPECT_TRUE(detect_reset(exponential(0, 0, {1, 4}), before)) << "one bucket fell";
  EXPECT_TRUE(detect_reset(exponential(0, 0, {3}), before)) << "the count fell";
  EXPECT_TRUE(detect_reset(exponential(1, 0, {9, 9, 9}), before)) << "finer resolution";
  EXPECT_FALSE(detect_reset(exponential(-1, 0, {9, 9}), before)) << "coarser resolution";
  Histogram hinted = exponential(0, 0, {9, 9});
  hinted.reset_hint = CounterResetHint::kReset;
  EXPECT_TRUE(detect_reset(hinted, before));
}

TEST(HistogramArithmetic, ReadingBucketsFromLowToHigh) {
  Histogram h = exponential(0, 0, {1, 2});
  h.negative_spans = {{0, 1}};
  h.negative_buckets = {4};
  h.zero_threshold = 0.1;
  h.zero_count = 8;
  std::vector<double> counts;
  for (const BoundedBucket& b : all_buckets(h)) counts.push_back(b.count);
  EXPECT_EQ(counts, (std::vector<double>{4, 8, 1, 2}));
  EXPECT_EQ(all_buckets(h)[0].lower, -1);
  EXPECT_EQ(all_buckets(h)[1].upper, 0.1);
}

TEST(HistogramArithmetic, SumsAreCompensated) {
  Histogram h = exponential(0, 0, {1});
  h.sum = 1;
  HistogramSum sum(h);
  for (const double s : {1e100, 1.0, -1e100}) {
    h.sum = s;
    sum.add(h);
  }
  EXPECT_EQ(sum.value().sum, 2);
  EXPECT_EQ(sum.value().count, 4);
}

TEST(HistogramArithmetic, MeansSurviveOverflow) {
  Histogram h = exponential(0, 0, {1e308});
  HistogramMean mean(h);
  for (int i = 0; i < 3; ++i) mean.add(h);
  EXPECT_NEAR(mean.value().count / 1e308, 1, 1e-12);
}

TEST(HistogramArithmetic, Scaling) {
  Histogram h = exponential(0, 0, {1, 2});
  divide(h, 0);
  EXPECT_TRUE(std::isinf(h.count));
  EXPECT_TRUE(h.positive_buckets.empty());
  h = exponential(0, 0, {1, 2});
  multiply(h, -1);
  EXPECT_EQ(h.reset_hint, CounterResetHint::kGauge);
}

TEST(HistogramArithmetic, Trimming) {
  Histogram h = custom({10, 20}, {4, 6, 2});
  Histogram low = h;
  trim_above(low, 15);
  EXPECT_EQ(low.positive_buckets, (std::vector<double>{4, 3}));
  EXPECT_EQ(low.sum, 4 * 5 + 3 * 12.5);
  trim_below(h, 15);
  EXPECT_EQ(h.positive_buckets, (std::vector<double>{3, 2}));
  EXPECT_EQ(h.count, 5);
}

// A far bucket's bounds are zero, as a zero bucket's may be, and thresholds of older records may be anything.
TEST(HistogramArithmetic, TrimmingKnowsSidesByPlaceAndNotByBounds) {
  Histogram h;
  h.positive_spans = {{-1'000'000, 1}, {1'000'000, 1}};
  h.positive_buckets = {3, 4};
  h.negative_spans = {{-1'000'000, 1}};
  h.negative_buckets = {2};
  h.zero_count = 1;
  h.count = 10;
  trim_above(h, 0.5);
  EXPECT_EQ(h.negative_buckets, (std::vector<double>{2}));
  EXPECT_EQ(h.zero_count, 1);
  EXPECT_EQ(h.positive_buckets, (std::vector<double>{3}));
  EXPECT_EQ(h.count, 6);
  for (const double threshold : {-1.0, -1e200, std::numeric_limits<double>::quiet_NaN()}) {
    Histogram odd;
    odd.zero_threshold = threshold;
    odd.zero_count = odd.count = 5;
    trim_above(odd, 1);
    trim_below(odd, 0.5);
  }
}

TEST(HistogramArithmetic, ThresholdsThatAreNoNumbersEnd) {
  Histogram a;
  a.zero_threshold = std::numeric_limits<double>::quiet_NaN();
  a.count = a.zero_count = 1;
  Histogram b;
  b.count = b.zero_count = 2;
  add(a, b);
  EXPECT_EQ(a.count, 3);
}

}  // namespace
}  // namespace isobar::model
