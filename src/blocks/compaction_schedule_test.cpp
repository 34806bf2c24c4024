// Which blocks are merged: told by size and day, letters in order of position.
#include "blocks/compaction_schedule.h"

#include <gtest/gtest.h>

namespace isobar::blocks {
namespace {

constexpr std::int64_t kDay = 86'400'000;

struct Given {
  char name;
  std::uint64_t size;
  std::int64_t day = 10;
  std::uint32_t partition = 0;
};

// The names of the blocks of the next job, in order; '!' marks a damaged one.
std::string next(const std::vector<Given>& given, std::int64_t now_hours = 10 * 24 + 5, const std::string& damaged = "") {
  std::vector<BlockEntry> entries;
  std::uint64_t position = 0;
  for (const Given& one : given) {
    BlockEntry entry;
    entry.id = std::string(1, one.name);
    entry.partition = {one.partition};
    entry.first = {position};
    entry.end = {position += 100};
    entry.min_time = {one.day * kDay + 1};
    entry.max_time = {one.day * kDay + 1000};
    entry.size_bytes = one.size;
    entries.push_back(entry);
  }
  const auto job = next_compaction(entries, {now_hours * 3'600'000}, {}, [&](const BlockEntry& e) { return damaged.find(e.id) == std::string::npos; });
  std::string names;
  for (const BlockEntry& entry : job.value_or(std::vector<BlockEntry>{})) names += entry.id;
  return names;
}

TEST(CompactionSchedule, waits_for_four_in_a_bucket_that_grows) {
  EXPECT_EQ(next({}), "");
  EXPECT_EQ(next({{'a', 10}, {'b', 10}, {'c', 10}}), "");
  EXPECT_EQ(next({{'a', 10}, {'b', 10}, {'c', 10}, {'d', 10}}), "abcd");
  EXPECT_EQ(next({{'a', 10}, {'b', 10}, {'c', 10}, {'d', 10, 11}}), "");
  EXPECT_EQ(next({{'a', 10}, {'b', 10}, {'c', 10}, {'d', 10, 10, 1}}), "");
}

TEST(CompactionSchedule, does_not_rewrite_a_large_one_for_small_ones) {
  EXPECT_EQ(next({{'a', 1000}, {'b', 10}, {'c', 10}, {'d', 10}}), "");
  EXPECT_EQ(next({{'a', 1000}, {'b', 10}, {'c', 10}, {'d', 10}, {'e', 10}}), "bcde");
  EXPECT_EQ(next({{'a', 100}, {'b', 40}, {'c', 40}, {'d', 40}}), "abcd");
}

TEST(CompactionSchedule, merges_a_day_that_is_over_into_one) {
  EXPECT_EQ(next({{'a', 1000}, {'b', 10}}, 11 * 24 + 2), "");
  EXPECT_EQ(next({{'a', 1000}, {'b', 10}}, 11 * 24 + 4), "ab");
  EXPECT_EQ(next({{'a', 1000}}, 11 * 24 + 4), "");
}

TEST(CompactionSchedule, never_merges_across_a_damaged_one) {
  EXPECT_EQ(next({{'a', 10}, {'b', 10}, {'c', 10}, {'d', 10}}, 10 * 24, "b"), "");
  EXPECT_EQ(next({{'a', 1}, {'b', 1}, {'c', 1}, {'d', 1}, {'e', 1}}, 20 * 24, "b"), "cde");
  EXPECT_EQ(next({{'a', 1}, {'b', 1}, {'c', 1}}, 20 * 24, "b"), "");
}

TEST(CompactionSchedule, ends) {
  // A day of blocks as they come, merged whenever there is a job: never more than a dozen, and no sample written often.
  std::vector<std::uint64_t> sizes;
  std::uint64_t written = 0;
  for (int i = 0; i < 2000; ++i) {
    sizes.push_back(10 + static_cast<std::uint64_t>(i % 3));
    while (true) {
      std::vector<Given> given;
      for (std::size_t s = 0; s < sizes.size(); ++s) given.push_back({static_cast<char>('A' + s), sizes[s]});
      const std::string job = next(given);
      if (job.empty()) break;
      const auto from = static_cast<std::size_t>(job[0] - 'A');
      std::uint64_t sum = 0;
      for (std::size_t s = from; s < from + job.size(); ++s) sum += sizes[s];
      written += sum;
      sizes.erase(sizes.begin() + static_cast<std::ptrdiff_t>(from), sizes.begin() + static_cast<std::ptrdiff_t>(from + job.size()));
      sizes.insert(sizes.begin() + static_cast<std::ptrdiff_t>(from), sum);
    }
    ASSERT_LT(sizes.size(), 24U);
  }
  EXPECT_LT(written, 2000ULL * 11 * 8);
}

}  // namespace
}  // namespace isobar::blocks
