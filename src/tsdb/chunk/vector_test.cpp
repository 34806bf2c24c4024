// Vectors: what goes in comes out, bit for bit; the forms are taken where they should; damage is an error.
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "sys/random.h"
#include "tsdb/chunk/integer_vector.h"
#include "tsdb/chunk/sample_vector.h"
#include "tsdb/chunk/value_vector.h"

namespace isobar::tsdb {
namespace {

std::size_t integers_round_trip(const std::vector<std::int64_t>& values) {
  std::string bytes;
  encode_integers(values, bytes);
  std::vector<std::int64_t> again(values.size());
  ByteReader in(bytes);
  EXPECT_TRUE(decode_integers(in, again));
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(again, values);
  return bytes.size();
}

std::size_t values_round_trip(const std::vector<double>& values) {
  std::string bytes;
  encode_values(values, bytes);
  std::vector<double> again(values.size());
  ByteReader in(bytes);
  EXPECT_TRUE(decode_values(in, again));
  EXPECT_TRUE(in.at_end());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(again[i]), std::bit_cast<std::uint64_t>(values[i])) << i << " of " << values.size();
  }
  ByteReader head(bytes);
  VectorSummary summary;
  EXPECT_TRUE(decode_summary(head, values.size(), summary));
  const VectorSummary expected = summarize(values);
  EXPECT_EQ(summary.count, expected.count);
  EXPECT_EQ(summary.min, expected.min);
  EXPECT_EQ(summary.max, expected.max);
  if (std::isfinite(expected.sum)) {
    EXPECT_NEAR(summary.sum, expected.sum, std::abs(expected.sum) * 1e-15);
  }
  return bytes.size();
}

template <class Make>
auto column(std::size_t n, Make make) {
  std::vector<decltype(make(std::int64_t{0}))> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(make(static_cast<std::int64_t>(i)));
  return out;
}

TEST(IntegerVector, takes_the_order_that_is_smallest) {
  EXPECT_LE(integers_round_trip(column(1024, [](std::int64_t) { return std::int64_t{7}; })), 32U);
  EXPECT_LE(integers_round_trip(column(1024, [](std::int64_t i) { return 1'700'000'000'000 + i * 15'000; })), 48U);
  EXPECT_LE(integers_round_trip(column(1024, [](std::int64_t i) { return i * i * 4096; })), 48U);
  // Pages of memory: 12 bits of each are the divisor's.
  EXPECT_LE(integers_round_trip(column(1024, [](std::int64_t i) { return (i * 2654435761 % 256) * 4096; })), 1024U + 64);
}

TEST(IntegerVector, patches_what_is_rare) {
  auto values = column(1024, [](std::int64_t i) { return i % 4; });
  const std::size_t plain = integers_round_trip(values);
  values[500] = 1'000'000'000;
  EXPECT_LE(integers_round_trip(values), plain + 16);
}

TEST(IntegerVector, holds_every_integer) {
  EXPECT_GT(integers_round_trip({INT64_MIN, INT64_MAX, 0, -1, INT64_MIN, INT64_MIN, INT64_MAX}), 0U);
  integers_round_trip({INT64_MIN});
  integers_round_trip({INT64_MIN, 0});
  integers_round_trip({0, INT64_MIN, 0});
  sys::Random random(11);
  for (int round = 0; round < 3000; ++round) {
    const unsigned shift = static_cast<unsigned>(random.below(64));
    const std::int64_t scale = random.chance(1, 2) ? 1 : random.between(1, 5000);
    std::int64_t value = static_cast<std::int64_t>(random.next());
    const bool walks = random.chance(1, 2);
    integers_round_trip(column(1 + random.below(kVectorSamples), [&](std::int64_t) {
      const auto step = static_cast<std::uint64_t>(static_cast<std::int64_t>(random.next() >> shift)) * static_cast<std::uint64_t>(scale);
      value = static_cast<std::int64_t>(walks ? static_cast<std::uint64_t>(value) + step : step);
      return value;
    }));
    if (HasFailure()) return;
  }
}

TEST(ValueVector, packs_what_hosts_report) {
  EXPECT_EQ(values_round_trip(column(1024, [](std::int64_t) { return 1.0; })), 9U);
  // Seconds of a processor with two digits, as node_exporter prints them.
  double seconds = 81234.5;
  EXPECT_LE(values_round_trip(column(1024, [&](std::int64_t i) { return seconds = std::round((seconds + 0.01 * static_cast<double>(i % 7)) * 100) / 100; })), 480U);
  // A counter with a reset and a staleness marker.
  auto counter = column(1024, [](std::int64_t i) { return static_cast<double>((i % 600) * 1500); });
  counter[700] = model::stale_nan();
  EXPECT_LE(values_round_trip(counter), 120U);
}

TEST(ValueVector, holds_every_bit_pattern) {
  values_round_trip({-0.0, 0.0, 1.5, std::numeric_limits<double>::infinity(), std::nan("7"), model::stale_nan()});
  values_round_trip({model::stale_nan(), 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 3.0});
  values_round_trip({std::numeric_limits<double>::denorm_min()});
  sys::Random random(12);
  for (int round = 0; round < 3000; ++round) {
    const unsigned digits = static_cast<unsigned>(random.below(18));
    const std::uint64_t odd = random.below(20);
    values_round_trip(column(1 + random.below(kVectorSamples), [&](std::int64_t) {
      if (odd > 15 && random.chance(1, odd)) return std::bit_cast<double>(random.next());
      return static_cast<double>(random.between(-1'000'000, 1'000'000)) / std::pow(10.0, digits);
    }));
    if (HasFailure()) return;
  }
}

TEST(SampleVector, keeps_start_timestamps) {
  model::SampleColumns in;
  for (std::int64_t i = 0; i < 300; ++i) in.push_float(i * 15'000, 0.1 * static_cast<double>(i), i < 100 ? 0 : 42);
  std::string times, values;
  encode_sample_vector(in, 50, 250, times, values);
  model::SampleColumns out;
  out.push_float(-1, 5);
  ASSERT_TRUE(decode_sample_vector(times, values, 200, out).has_value());
  ASSERT_EQ(out.size(), 201U);
  EXPECT_EQ(out.timestamps[1], 50 * 15'000);
  EXPECT_EQ(out.start_timestamps[50], 0);
  EXPECT_EQ(out.start_timestamps[51], 42);
  EXPECT_EQ(out.values[200], in.values[249]);
}

TEST(SampleVector, damage_is_an_error_or_other_samples_but_never_worse) {
  sys::Random random(13);
  model::SampleColumns in;
  for (std::int64_t i = 0; i < 1000; ++i) in.push_float(i * 15'000 + random.between(-3, 3), static_cast<double>(random.between(0, 100)) / 8, i > 500 ? 7 : 0);
  std::string times, values;
  encode_sample_vector(in, 0, 1000, times, values);
  for (int round = 0; round < 4000; ++round) {
    std::string t = times, v = values;
    std::string& hit = random.chance(1, 3) ? t : v;
    if (random.chance(1, 3)) {
      hit.resize(random.below(hit.size()));
    } else {
      hit[random.below(hit.size())] = static_cast<char>(random.next());
    }
    model::SampleColumns out;
    if (decode_sample_vector(t, v, 1000, out)) {
      EXPECT_EQ(out.size(), 1000U);
    }
  }
  model::SampleColumns out;
  EXPECT_EQ(decode_sample_vector(times, values, 999, out).error().code, Code::kCorrupt);
  EXPECT_EQ(decode_sample_vector(times, values, 5000, out).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace isobar::tsdb
