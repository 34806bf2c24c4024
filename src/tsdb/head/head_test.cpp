#include <gtest/gtest.h>

#include <string>

#include "base/recycling_arena.h"
#include "sys/random.h"
#include "tsdb/head/head_series.h"
#include "tsdb/head/series_table.h"

namespace isobar::tsdb {
namespace {

TEST(RecyclingArena, ClassesHoldWhatIsAskedForAndWasteAThirdAtMost) {
  for (std::size_t bytes = 1; bytes <= 5000; ++bytes) {
    const std::size_t given = RecyclingArena::bytes_of(RecyclingArena::class_of(bytes));
    EXPECT_GE(given, bytes);
    if (bytes > 16) {
      EXPECT_LE(given * 2, bytes * 3) << bytes;
    }
  }
  EXPECT_EQ(RecyclingArena::bytes_of(RecyclingArena::class_of(RecyclingArena::kMaxBytes)), RecyclingArena::kMaxBytes);
}

TEST(RecyclingArena, GivesBackWhatWasReleased) {
  RecyclingArena arena;
  char* const a = arena.allocate(3);
  char* const b = arena.allocate(3);
  arena.release(a, 3);
  arena.release(b, 3);
  EXPECT_EQ(arena.allocate(3), b);
  EXPECT_EQ(arena.allocate(3), a);
  EXPECT_NE(arena.allocate(3), a);
}

TEST(SeriesTable, FindsWhatWasAddedAmongHashesThatShareSlotsAndTags) {
  sys::Random random(1);
  SeriesHashes known;
  SeriesTable table;
  std::vector<Hash128> asked;
  std::vector<std::uint32_t> expected;
  EXPECT_EQ(table.find({1, 2}, known), SeriesTable::kUnknown);
  for (std::uint32_t i = 0; i < 3000; ++i) {
    // Few low bits and few tags, so that neighbours collide in both.
    const Hash128 hash{random.below(64) | (std::uint64_t{i} << 40), random.below(4)};
    known.push_back(hash);
    table.add(i, known);
    asked.push_back(hash);
    expected.push_back(i);
    if (i % 3 != 0) continue;
    asked.push_back({hash.low, hash.high | (std::uint64_t{1} << 40)});  // one tag, another hash
    expected.push_back(SeriesTable::kUnknown);
  }
  std::vector<std::uint32_t> found(asked.size());
  table.find(asked, known, found);
  EXPECT_EQ(found, expected);
  for (std::size_t i = 0; i < asked.size(); i += 97) EXPECT_EQ(table.find(asked[i], known), expected[i]);
}

struct Head {
  HeadMemory memory;
  AppendCounts counts;
  HeadSeries series;
  void add(std::int64_t t, double value) { series.append_float({0, t, value, 0}, memory, counts); }
  std::vector<std::int64_t> times(Timestamp min = Timestamp::min(), Timestamp max = Timestamp::max()) const {
    model::SampleColumns out;
    EXPECT_TRUE(series.read(min, max, out, nullptr));
    return out.timestamps;
  }
};

TEST(HeadSeries, IsOneCacheLine) { EXPECT_EQ(sizeof(HeadSeries), 64U); }

TEST(HeadSeries, FillsChunksAndReadsPartsOfThem) {
  Head head;
  for (int i = 0; i < 250; ++i) head.add(i * 15'000, i);
  ASSERT_TRUE(head.series.more);
  EXPECT_EQ(head.series.more->closed.size(), 2U);
  EXPECT_EQ(head.series.open.count(), 10U);
  EXPECT_EQ(head.times().size(), 250U);
  EXPECT_EQ(head.times({119 * 15'000}, {120 * 15'000}), (std::vector<std::int64_t>{119 * 15'000, 120 * 15'000}));
  EXPECT_EQ(head.times({241 * 15'000}, {242 * 15'000}).size(), 2U);
  EXPECT_EQ(head.series.sample_count_bound(), 250U);
}

TEST(HeadSeries, WhatComesLateIsReadInOrderAndTheFirstOfATimeIsKept) {
  Head head;
  head.add(20, 1);
  head.add(20, 1);
  head.add(20, 2);
  EXPECT_EQ(head.counts.duplicates, 1U);
  EXPECT_EQ(head.counts.conflicts, 1U);
  head.add(10, 3);
  head.add(30, 4);
  head.add(10, 5);
  EXPECT_EQ(head.counts.out_of_order, 2U);
  model::SampleColumns out;
  MergeCounts merged;
  ASSERT_TRUE(head.series.read(Timestamp::min(), Timestamp::max(), out, &merged));
  EXPECT_EQ(out.timestamps, (std::vector<std::int64_t>{10, 20, 30}));
  EXPECT_EQ(out.values, (std::vector<double>{3, 1, 4}));
  EXPECT_EQ(merged.conflicts, 1U);
  EXPECT_TRUE(head.series.may_overlap({5}, {10}));
  EXPECT_FALSE(head.series.may_overlap({5}, {9}));
  EXPECT_FALSE(head.series.may_overlap({31}, {90}));
}

TEST(HeadSeries, ARunOfAGrowingSeriesStaysAsItWas) {
  auto head = std::make_shared<Head>();
  for (int i = 0; i < 130; ++i) head->add(i, i);
  const auto run = growing_run(head, head->series);
  for (int i = 130; i < 400; ++i) head->add(i, i);
  head->add(5, 9);
  model::SampleColumns out;
  ASSERT_TRUE(run->read(Timestamp::min(), Timestamp::max(), out));
  EXPECT_EQ(out.size(), 130U);
  EXPECT_EQ(out.timestamps.back(), 129);
}

}  // namespace
}  // namespace isobar::tsdb
