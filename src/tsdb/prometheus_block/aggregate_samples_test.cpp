// Aggregates of Thanos become samples with weights: what each window had is there again, rises and falls too where they can be
// known, and damaged chunks are refused.
#include "tsdb/prometheus_block/aggregate_samples.h"

#include <cmath>
#include <limits>

#include "sys/random.h"
#include "tsdb/downsample.h"
#include "tsdb/prometheus_block/aggregate_encoder.h"

namespace isobar::tsdb::prometheus {
namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kStart = 472'222 * kHour;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The n-th value stands n minutes and 10 s after the begin of an hour.
model::SampleColumns minutes(const std::vector<double>& values) {
  model::SampleColumns samples;
  for (std::size_t i = 0; i < values.size(); ++i) samples.push_float(kStart + static_cast<std::int64_t>(i) * 60'000 + 10'000, values[i]);
  return samples;
}

model::SampleColumns given(const AggregateColumns& columns, Duration resolution = Duration::hours(1)) {
  model::SampleColumns out;
  const auto chunk = decode_aggregate_chunk(encode_aggregates(columns));
  EXPECT_TRUE(chunk) << chunk.error().message;
  if (chunk) append_samples(*chunk, resolution, out);
  return out;
}
model::SampleColumns given(const model::SampleColumns& samples, std::int64_t resolution = kHour) {
  return given(aggregate(samples, resolution), {resolution});
}

std::string text(const model::SampleColumns& samples) {
  std::string out;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    out += fmt::format("{}{}={}", i == 0 ? "" : " ", (samples.timestamps[i] - kStart) / 1000, samples.values[i]);
    if (samples.weight(i) > 1) out += fmt::format("({} sum {})", samples.weight(i), samples.sum(i));
  }
  return out + (samples.resets_lost ? " inexact" : "");
}

// What queries make of the window that ends there: number, sum, least, greatest, increase, resets.
struct Facts {
  double count = 0, sum = 0, min = kInfinity, max = -kInfinity, increase = 0, resets = 0;
};
Facts facts_of(const model::SampleColumns& samples, std::int64_t begin, std::int64_t end) {
  Facts facts;
  double before = std::nan("");
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples.timestamps[i] <= begin || samples.timestamps[i] > end) continue;
    const double v = samples.values[i];
    facts.count += samples.weight(i);
    facts.sum += samples.sum(i);
    facts.min = std::min(facts.min, v);
    facts.max = std::max(facts.max, v);
    if (!std::isnan(before)) facts.increase += v < before ? v : v - before;
    if (v < before) ++facts.resets;
    before = v;
  }
  return facts;
}

TEST(AggregateSamples, ACounterThatOnlyRisesKeepsItsFirstAndLast) {
  std::vector<double> values;
  for (int i = 0; i < 150; ++i) values.push_back(i * 2);
  // The last window ends with its last sample.
  EXPECT_EQ(text(given(minutes(values))),
            "10=0 3599=118(59 sum 3540) 3660=120 7199=238(59 sum 10620) 7258=240 8950=298(29 sum 7830)");
}

TEST(AggregateSamples, AFallWithinAWindowIsFound) {
  std::vector<double> values;
  for (int i = 0; i < 180; ++i) values.push_back(i < 90 ? 100 + i : 3 * (i - 90) + 1);  // 189, then 1, at the ninetieth minute
  const model::SampleColumns samples = given(minutes(values));
  EXPECT_FALSE(samples.resets_lost);
  const Facts facts = facts_of(samples, kStart + kHour, kStart + 2 * kHour);
  EXPECT_EQ(facts.count, 60);
  EXPECT_EQ(facts.max, 189);
  EXPECT_EQ(facts.min, 1);
  EXPECT_EQ(facts.resets, 1);
  EXPECT_EQ(facts.increase, (189 - 159) + 88);  // as the counter of Thanos: from the last of the hour before
  EXPECT_EQ(facts_of(samples, kStart, kStart + 3 * kHour).increase, 89 + 268);
  EXPECT_EQ(facts_of(samples, kStart + 2 * kHour, kStart + 3 * kHour).increase, 268 - 91);
}

TEST(AggregateSamples, AFallBetweenWindowsIsFound) {
  std::vector<double> values;
  for (int i = 0; i < 120; ++i) values.push_back(i < 60 ? 50 + i : 3 * (i - 60));
  EXPECT_EQ(text(given(minutes(values))), "10=50 3599=109(59 sum 4720) 3659=0 7150=177(59 sum 5310)");
}

// The increase is right; whether it fell once or more often nobody knows.
TEST(AggregateSamples, AFallToWhatGrowsGreaterIsFound) {
  std::vector<double> values;
  for (int i = 0; i < 180; ++i) values.push_back(i < 70 ? i : 10.0 * (i - 70) + 5);  // 69, then 5 … 1,095
  const model::SampleColumns samples = given(minutes(values));
  EXPECT_TRUE(samples.resets_lost);
  EXPECT_EQ(text(samples),
            "10=0 3599=59(59 sum 1770) 3660=59 7080=69(57 sum 12586) 7140=5 7199=495 7259=505 10750=1095(59 sum 47495) inexact");
  EXPECT_EQ(facts_of(samples, kStart, kStart + 3 * kHour).increase, 69 + 1095);
}

TEST(AggregateSamples, AGaugeKeepsItsExtremesAndMean) {
  std::vector<double> values;
  for (int i = 0; i < 120; ++i) values.push_back((i * 37) % 60);
  EXPECT_EQ(text(given(minutes(values))),
            "10=0 3539=59(58 sum 1740.5) 3599=29.5 3659=29.5 7031=59(57 sum 1717.5) 7090=0 7150=23 inexact");
}

TEST(AggregateSamples, FewSamplesAreNotMadeMore) {
  for (const std::vector<double>& values : std::vector<std::vector<double>>{{7}, {7, 7}, {7, 3}, {3, 7}, {7, 3, 5}, {3, 7, 5}, {5, 7, 3}, {5, 3, 7}}) {
    EXPECT_EQ(given(minutes(values)).values, values);
    EXPECT_EQ(given(minutes(values)).resets_lost, values == (std::vector<double>{5, 3, 7}));
  }
  // In the second window nobody knows the order, nor any more than number, sum and extremes.
  const model::SampleColumns samples = given(minutes([] {
    std::vector<double> values(60, 1);
    for (const double v : {9, 2, 8, 3, 4}) values.push_back(v);
    return values;
  }()));
  const Facts facts = facts_of(samples, kStart + kHour, kStart + 2 * kHour);
  EXPECT_EQ(facts.count, 5);
  EXPECT_EQ(facts.sum, 26);
  EXPECT_EQ(facts.min, 2);
  EXPECT_EQ(facts.max, 9);
  EXPECT_EQ(samples.values.back(), 4);  // the chunk's last
}

// Whatever the series is, whole windows give their number, sum and extremes; what says that it is exact gives its falls.
TEST(AggregateSamples, WindowsGiveWhatTheirSamplesGave) {
  sys::Random random(5);
  int exact = 0;
  for (int round = 0; round < 400; ++round) {
    const std::int64_t resolution = round % 2 == 0 ? kHour : 300'000;
    model::SampleColumns samples;
    double value = static_cast<double>(random.below(100));
    std::int64_t time = kStart + static_cast<std::int64_t>(random.below(100'000)) + 1;
    for (std::size_t i = 0, n = 1 + random.below(400); i < n; ++i) {
      samples.push_float(time, value);
      time += 15'000 + static_cast<std::int64_t>(random.below(round % 7 == 0 ? 600'000 : 100));
      if (round % 3 == 0) value = static_cast<double>(random.below(1000)) / 8 - 20;
      else value = random.below(50) == 0 ? static_cast<double>(random.below(3)) : value + static_cast<double>(random.below(40)) / 8;
    }
    if (samples.timestamps.back() - kStart > 115 * resolution) continue;  // more than a chunk
    const model::SampleColumns out = given(samples, resolution);
    EXPECT_TRUE(std::is_sorted(out.timestamps.begin(), out.timestamps.end(), std::less_equal<>()));
    EXPECT_EQ(out.timestamps.front(), samples.timestamps.front() > kStart ? out.timestamps.front() : 0);
    for (std::int64_t begin = kStart; begin < time; begin += resolution) {
      const Facts a = facts_of(samples, begin, begin + resolution);
      const Facts b = facts_of(out, begin, begin + resolution);
      EXPECT_EQ(a.count, b.count) << round;
      EXPECT_NEAR(a.sum, b.sum, 1e-9 * std::max(1.0, std::fabs(a.sum))) << round;
      EXPECT_EQ(a.min, b.min) << round;
      EXPECT_EQ(a.max, b.max) << round;
    }
    if (out.resets_lost) continue;
    ++exact;
    const Facts a = facts_of(samples, INT64_MIN, INT64_MAX);
    const Facts b = facts_of(out, INT64_MIN, INT64_MAX);
    EXPECT_NEAR(a.increase, b.increase, 1e-6) << round;
    EXPECT_EQ(a.resets, b.resets) << round << ": " << text(samples) << " gave " << text(out);
  }
  EXPECT_GT(exact, 50);
}

TEST(AggregateSamples, AnHourOfFiveMinutesIsTheSame) {
  std::vector<double> values;
  for (int i = 0; i < 240; ++i) values.push_back(i % 100);
  const model::SampleColumns fine = given(minutes(values), 300'000);
  EXPECT_FALSE(fine.resets_lost);
  const model::SampleColumns hours = downsample(fine, Duration::hours(1));
  for (std::int64_t h = 0; h < 4; ++h) {
    const Facts a = facts_of(minutes(values), kStart + h * kHour, kStart + (h + 1) * kHour);
    const Facts b = facts_of(hours, kStart + h * kHour, kStart + (h + 1) * kHour);
    EXPECT_EQ(a.count, b.count);
    EXPECT_EQ(a.sum, b.sum);
    EXPECT_EQ(a.max, b.max);
    EXPECT_EQ(a.resets, b.resets);
  }
}

TEST(AggregateSamples, InfiniteValuesMayTakeTheCounterAway) {
  AggregateColumns columns = aggregate(minutes({1, kInfinity, 2, 3}), kHour);
  model::SampleColumns samples = given(columns);
  EXPECT_EQ(facts_of(samples, kStart, kStart + kHour).max, kInfinity);
  EXPECT_EQ(facts_of(samples, kStart, kStart + kHour).min, 1);
  EXPECT_EQ(facts_of(samples, kStart, kStart + kHour).sum, kInfinity);
  EXPECT_EQ(facts_of(samples, kStart, kStart + kHour).count, 4);
  columns.counter.clear();
  samples = given(columns);
  EXPECT_EQ(facts_of(samples, kStart, kStart + kHour).count, 4);
  EXPECT_TRUE(samples.resets_lost);
}

TEST(AggregateSamples, ChunksOfThanosBeforeItKeptTheFirstSample) {
  std::vector<double> values;
  for (int i = 0; i < 120; ++i) values.push_back(i);
  AggregateColumns columns = aggregate(minutes(values), kHour);
  columns.counter.timestamps.erase(columns.counter.timestamps.begin());
  columns.counter.values.erase(columns.counter.values.begin());
  EXPECT_EQ(text(given(columns)), "60=0 3599=59(59 sum 1770) 3659=60 7150=119(59 sum 5310)");
}

TEST(AggregateSamples, ACounterAloneIsItsValues) {
  AggregateColumns columns = aggregate(minutes({1, 5, 2}), kHour);
  columns.count.clear();
  columns.sum.clear();
  columns.min.clear();
  columns.max.clear();
  EXPECT_EQ(text(given(columns)), "10=1 130=7");
  EXPECT_EQ(text(given(AggregateColumns{})), "");
}

TEST(AggregateSamples, DamageIsRefused) {
  const auto fault = [](std::string_view bytes) {
    const auto chunk = decode_aggregate_chunk(bytes);
    return chunk ? std::string() : chunk.error().message;
  };
  const AggregateColumns good = aggregate(minutes({1, 2, 3}), kHour);
  const std::string bytes = encode_aggregates(good);
  EXPECT_EQ(fault(bytes), "");
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_NE(fault(bytes.substr(0, size)), "") << size;
  EXPECT_EQ(fault(""), "chunk of aggregates is damaged (size of count)");
  EXPECT_EQ(fault(bytes + "x"), "chunk of aggregates is damaged (bytes behind the counter)");
  std::string other = bytes;
  other[1] = 2;
  EXPECT_EQ(fault(other), "aggregate count has chunk encoding 2, Thanos writes 1");
  AggregateColumns bad = good;
  bad.min.clear();
  EXPECT_EQ(fault(encode_aggregates(bad)), "chunk of aggregates is damaged (min is not of the windows of count)");
  bad = good;
  bad.count.values[0] = 2.5;
  EXPECT_EQ(fault(encode_aggregates(bad)), "chunk of aggregates is damaged (a count of 2.5)");
  bad.count.values[0] = -1;
  EXPECT_EQ(fault(encode_aggregates(bad)), "chunk of aggregates is damaged (a count of -1)");
  bad = good;
  bad.min.values[0] = 4;
  EXPECT_EQ(fault(encode_aggregates(bad)), "chunk of aggregates is damaged (min 4 above max 3)");
  bad = good;
  for (model::SampleColumns* column : {&bad.count, &bad.sum, &bad.min, &bad.max}) column->timestamps[0] = INT64_MAX;
  EXPECT_EQ(fault(encode_aggregates(bad)), "chunk of aggregates is damaged (time)");
}

}  // namespace
}  // namespace isobar::tsdb::prometheus
