// Which samples are kept, and what they stand for: told by hand, in minutes; a resolution of five minutes.
#include "tsdb/downsample.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "model/series_reader.h"
#include "sys/random.h"
#include "tsdb/block_reader.h"
#include "tsdb/downsampled_block.h"
#include "tsdb/sample_run.h"

namespace isobar::tsdb {
namespace {

constexpr std::int64_t kMinute = 60'000;
const double kNaN = std::numeric_limits<double>::quiet_NaN();

// Every half minute from `from` (in half minutes) on.
model::SampleColumns floats(const std::vector<double>& values, std::int64_t from = 1) {
  model::SampleColumns columns;
  for (std::size_t i = 0; i < values.size(); ++i) columns.push_float((from + static_cast<std::int64_t>(i)) * kMinute / 2, values[i]);
  return columns;
}

// "time:value" of each kept sample, in half minutes, and "*weight=sum" where it stands for more than itself.
std::string kept(const model::SampleColumns& in, Duration resolution = Duration::minutes(5)) {
  const model::SampleColumns out = downsample(in, resolution);
  std::string text;
  for (std::size_t i = 0; i < out.size(); ++i) {
    text += fmt::format("{}{}:{}", i == 0 ? "" : " ", out.timestamps[i] * 2 / kMinute, model::is_stale_nan(out.values[i]) ? "stale" : fmt::format("{}", out.values[i]));
    if (out.weight(i) != 1 && out.is_histogram(i)) text += fmt::format("*{}", out.weight(i));
    else if (out.weight(i) != 1) text += fmt::format("*{}={}", out.weight(i), out.sum(i));
  }
  return text + (out.resets_lost ? " without resets" : "");
}

TEST(Downsample, a_counter_keeps_both_ends_of_each_bucket) {
  // Ten samples a bucket; the one at minute 5 is the last of the first bucket.
  std::vector<double> values;
  for (int i = 1; i <= 20; ++i) values.push_back(i);
  EXPECT_EQ(kept(floats(values)), "1:1 10:10*9=54 11:11 20:20*9=144");
  // From minute 0 on: that sample ends the bucket before.
  EXPECT_EQ(kept(floats(values, 0)), "0:1 1:2 10:11*9=63 11:12 19:20*8=132");
}

TEST(Downsample, buckets_are_open_at_the_left_below_zero_too) {
  std::vector<double> values(20, 7);
  EXPECT_EQ(kept(floats(values, -19)), "-19:7 -10:7*9=63 -9:7 0:7*9=63");
}

TEST(Downsample, neighbours_of_a_reset_are_kept_also_across_buckets) {
  EXPECT_EQ(kept(floats({1, 2, 3, 4, 0, 1, 2, 3, 4, 5})), "1:1 4:4*3=9 5:0 10:5*5=15");
  // Between the last of one bucket and the first of the next.
  std::vector<double> values;
  for (int i = 1; i <= 10; ++i) values.push_back(i);
  for (int i = 1; i <= 10; ++i) values.push_back(i);
  EXPECT_EQ(kept(floats(values)), "1:1 10:10*9=54 11:1 20:10*9=54");
}

TEST(Downsample, extremes_are_the_first_of_equals) {
  EXPECT_EQ(kept(floats({5, 5, 9, 9, 9, 9, 9, 9, 9, 9})), "1:5 3:9*2=14 10:9*7=63");
  EXPECT_EQ(kept(floats({3, 4, 5, 6, 6, 6, 6, 6, 6, 6, 0.0, -0.0, 0, 1, 1, 1, 1, 1, 1, 1})), "1:3 4:6*3=15 10:6*6=36 11:0 14:1*3=1 20:1*6=6");
}

TEST(Downsample, a_gauge_loses_its_resets) {
  EXPECT_EQ(kept(floats({5, 4, 6, 3, 7, 2, 8, 1, 9, 5, 5, 4, 6, 3, 7, 2, 8, 1, 9, 5})),
            "1:5 8:1*7=31 9:9 10:5 11:5 18:1*7=31 19:9 20:5 without resets");
}

TEST(Downsample, staleness_markers_are_kept_with_the_sample_before) {
  const double s = model::stale_nan();
  EXPECT_EQ(kept(floats({1, 2, 3, s, 4, 5, 6, 7, 8, 9, s, 10, 10, 10, 10, 10, 10, 10, 10, 10})),
            "1:1 3:3*2=5 4:stale 10:9*6=39 11:stale 12:10 20:10*8=80");
  // A reset that a marker hides from view.
  EXPECT_EQ(kept(floats({1, 2, 3, 4, s, 0, 1, 2, 3, 5})), "1:1 4:4*3=9 5:stale 6:0 10:5*4=11");
  EXPECT_EQ(kept(floats({s})), "1:stale");
}

TEST(Downsample, every_nan_is_kept) {
  const model::SampleColumns out = downsample(floats({1, 2, kNaN, 3, 4, 5, 6, 7, 8, 9}), Duration::minutes(5));
  ASSERT_EQ(out.timestamps, (std::vector<std::int64_t>{30'000, 90'000, 300'000}));
  EXPECT_TRUE(std::isnan(out.values[1]));
  EXPECT_TRUE(std::isnan(out.sums[1]));
  EXPECT_EQ(out.weights, (std::vector<std::uint32_t>{1, 2, 7}));
}

TEST(Downsample, single_samples_stand_for_themselves) {
  EXPECT_EQ(kept(floats({7})), "1:7");
  model::SampleColumns sparse;
  for (int i = 0; i < 4; ++i) sparse.push_float(i * 10 * kMinute, i);
  EXPECT_EQ(kept(sparse), "0:0 20:1 40:2 60:3");
  EXPECT_TRUE(downsample(sparse, Duration::minutes(5)).weights.empty());
}

TEST(Downsample, infinities_and_vast_values_are_kept_whole) {
  std::vector<double> values(10, 1);
  values[5] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(downsample(floats(values), Duration::minutes(5)).size(), 10U);
  values[5] = 1e301;
  EXPECT_EQ(downsample(floats(values), Duration::minutes(5)).size(), 10U);
}

TEST(Downsample, series_of_deltas_are_kept_whole) {
  model::SampleColumns delta;
  for (int i = 1; i <= 20; ++i) delta.push_float(i * kMinute / 2, i, (i - 1) * kMinute / 2 + 1);
  EXPECT_EQ(downsample(delta, Duration::minutes(5)).size(), 20U);
  // One start for all is cumulative; where it moves, both neighbours are kept.
  model::SampleColumns cumulative;
  for (int i = 1; i <= 20; ++i) cumulative.push_float(i * kMinute / 2, i, i < 15 ? 5 : 7 * kMinute);
  EXPECT_EQ(kept(cumulative), "1:1 10:10*9=54 11:11 14:14*3=39 15:15 20:20*5=90");
  EXPECT_EQ(downsample(cumulative, Duration::minutes(5)).start_timestamps[3], 5);
}

TEST(Downsample, an_hour_of_five_minutes_is_an_hour_of_all) {
  sys::Random random(7);
  for (int round = 0; round < 200; ++round) {
    model::SampleColumns in;
    double value = 0;
    const bool gauge = random.chance(1, 3);
    for (std::int64_t t = 0; t < 5 * 60 * kMinute; t += random.between(5'000, 40'000)) {
      value = gauge ? static_cast<double>(random.below(1000)) : random.chance(1, 300) ? 0 : value + static_cast<double>(random.below(5));
      in.push_float(t, random.chance(1, 500) ? model::stale_nan() : value);
    }
    const model::SampleColumns all = downsample(in, Duration::hours(1));
    const model::SampleColumns twice = downsample(downsample(in, Duration::minutes(5)), Duration::hours(1));
    if (all.resets_lost != twice.resets_lost) continue;  // a gauge at one resolution only
    EXPECT_EQ(all.timestamps, twice.timestamps);
    EXPECT_EQ(all.weights, twice.weights);
    ASSERT_EQ(all.sums.size(), twice.sums.size());
    for (std::size_t i = 0; i < all.sums.size(); ++i) {
      if (model::is_stale_nan(all.values[i])) continue;
      EXPECT_EQ(all.sums[i], twice.sums[i]);  // integers: exact
    }
  }
}

std::shared_ptr<model::Histogram> histogram(double count, std::int8_t schema = 1) {
  auto h = std::make_shared<model::Histogram>();
  h->is_integer = true;
  h->schema = schema;
  h->count = count;
  h->sum = count * 2;
  h->positive_spans = {{0, 1}};
  h->positive_buckets = {count};
  return h;
}

model::SampleColumns histograms(const std::vector<double>& counts) {
  model::SampleColumns columns;
  for (std::size_t i = 0; i < counts.size(); ++i) columns.push_histogram(static_cast<std::int64_t>(i + 1) * kMinute / 2, histogram(counts[i]));
  return columns;
}

TEST(Downsample, histograms_keep_ends_and_resets) {
  EXPECT_EQ(kept(histograms({1, 2, 3, 4, 5, 6, 7, 8, 9, 10})), "1:2 10:20*9");
  EXPECT_EQ(kept(histograms({1, 2, 3, 4, 1, 2, 3, 4, 5, 6})), "1:2 4:8*3 5:2 10:12*5");
  // A change of schema.
  model::SampleColumns changing;
  for (int i = 1; i <= 20; ++i) changing.push_histogram(i * kMinute / 2, histogram(i, i < 14 ? 1 : 0));
  EXPECT_EQ(kept(changing), "1:2 10:20*9 11:22 13:26*2 14:28 20:40*6");
  // From counter to gauge.
  model::SampleColumns mixed;
  for (int i = 1; i <= 20; ++i) {
    auto h = histogram(i);
    if (i > 14) h->reset_hint = model::CounterResetHint::kGauge;
    mixed.push_histogram(i * kMinute / 2, std::move(h));
  }
  EXPECT_EQ(kept(mixed), "1:2 10:20*9 11:22 14:28*3 15:30 20:40*5");
}

TEST(Downsample, a_series_of_both_kinds_is_kept_whole) {
  model::SampleColumns mixed;
  for (int i = 1; i <= 20; ++i) {
    if (i == 5) mixed.push_histogram(i * kMinute / 2, histogram(3));
    else mixed.push_float(i * kMinute / 2, i);
  }
  EXPECT_EQ(downsample(mixed, Duration::minutes(5)).size(), 20U);
  EXPECT_TRUE(downsample(mixed, Duration::minutes(5)).weights.empty());
}

class Bytes final : public sys::MappedFile {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

std::string written(BlockWriter::Kind kind, const std::function<void(BlockWriter&)>& fill) {
  std::string bytes;
  BlockWriter writer([&bytes](std::string_view piece) {
    bytes.append(piece);
    return Result<void>{};
  }, kind);
  fill(writer);
  EXPECT_TRUE(writer.finish());
  return bytes;
}

std::shared_ptr<const BlockReader> opened(const std::string& bytes, Duration resolution = {}) {
  return *BlockReader::open("test", std::make_shared<Bytes>(bytes), resolution);
}

void expect_same(const model::SampleColumns& a, const model::SampleColumns& b) {
  EXPECT_EQ(a.timestamps, b.timestamps);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.resets_lost, b.resets_lost);
  ASSERT_EQ(a.sums.size(), b.sums.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(a.values[i]), std::bit_cast<std::uint64_t>(b.values[i]));
    if (a.sums.empty() || a.is_histogram(i)) continue;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(a.sums[i]), std::bit_cast<std::uint64_t>(b.sums[i]));
  }
}

TEST(DownsampledBlock, holds_what_was_kept_and_says_what_it_keeps) {
  std::vector<double> rising;
  std::vector<double> noisy;
  std::vector<double> counts;
  sys::Random random(3);
  for (int i = 0; i < 30'000; ++i) {
    rising.push_back(i * 0.25);
    noisy.push_back(i % 777 == 0 ? model::stale_nan() : static_cast<double>(random.below(1000)) / 8);
    if (i < 2000) counts.push_back(i);
  }
  const model::Labels counter{{"__name__", "a_total"}};
  const model::Labels gauge{{"__name__", "b"}};
  const model::Labels buckets{{"__name__", "c"}};
  const auto raw = opened(written(BlockWriter::Kind::kEverySample, [&](BlockWriter& w) {
    w.add_series("t", counter, floats(rising));
    w.add_series("t", gauge, floats(noisy));
    w.add_series("t", buckets, histograms(counts));
    w.add_metadata("t", {"a_total", model::MetricType::kCounter, "help", ""});
  }));
  const Duration r = Duration::minutes(5);
  const std::string bytes = written(BlockWriter::Kind::kDownsampled, [&](BlockWriter& w) { ASSERT_TRUE(write_downsampled(*raw, r, w)); });
  EXPECT_EQ(static_cast<unsigned char>(bytes[8]), 4);
  const auto block = opened(bytes, r);
  ASSERT_TRUE(block->verify());
  ASSERT_EQ(block->series_count("t"), 3U);
  const model::SampleColumns expected[] = {downsample(floats(rising), r), downsample(floats(noisy), r), downsample(histograms(counts), r)};
  const std::uint8_t all = model::kUsesEnds | model::kUsesCount | model::kUsesSum | model::kUsesExtremes | model::kUsesResets;
  const std::uint8_t kept_uses[] = {all, all & ~model::kUsesResets, all & ~model::kUsesSum};
  for (std::uint32_t i = 0; i < 3; ++i) {
    const SelectedSeries series = *block->series_at("t", i);
    EXPECT_EQ(series.run->resolution(), r);
    EXPECT_TRUE(series.run->keeps(kept_uses[i])) << i;
    EXPECT_EQ(series.run->keeps(all), i == 0);
    EXPECT_FALSE(series.run->keeps(model::kUsesEverySample));
    model::SampleColumns out;
    ASSERT_TRUE(series.run->read(Timestamp::min(), Timestamp::max(), out));
    expect_same(out, expected[i]);
    // Half of it, which cuts a chunk.
    model::SampleColumns part;
    model::SampleColumns expected_part;
    const Timestamp middle{out.timestamps[out.size() / 2]};
    ASSERT_TRUE(series.run->read(Timestamp::min(), middle, part));
    append_range(expected[i], Timestamp::min(), middle, expected_part);
    expect_same(part, expected_part);
  }
  std::vector<model::Metadata> metadata;
  block->metadata("t", "", metadata);
  EXPECT_EQ(metadata.size(), 1U);
}

TEST(SampleRun, merges_carry_weights) {
  const model::SampleColumns coarse = downsample(floats({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), Duration::minutes(5));
  model::SampleColumns merged;
  merge_columns(floats({50, 60}, 0), coarse, merged);
  EXPECT_EQ(merged.timestamps, (std::vector<std::int64_t>{0, 30'000, 300'000}));
  EXPECT_EQ(merged.weights, (std::vector<std::uint32_t>{1, 1, 9}));
  EXPECT_EQ(merged.sums, (std::vector<double>{50, 60, 54}));
  model::SampleColumns behind;
  append_range(coarse, Timestamp::min(), Timestamp::max(), behind);
  append_range(floats({11}, 11), Timestamp::min(), Timestamp::max(), behind);
  EXPECT_EQ(behind.weights, (std::vector<std::uint32_t>{1, 9, 1}));
  EXPECT_EQ(behind.sums, (std::vector<double>{1, 54, 11}));
}

}  // namespace
}  // namespace isobar::tsdb
