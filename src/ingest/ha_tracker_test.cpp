#include "ingest/ha_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace isobar::ingest {
namespace {

constexpr std::uint64_t kA = 1;
constexpr std::uint64_t kB = 3;

// One target; each call is a request with one sample.
struct One {
  HaTracker::Target target;
  bool send(std::uint64_t replica, std::int64_t seconds, bool weak = false) {
    HaTracker::observe(target, replica, seconds * 1000, weak);
    return HaTracker::keeps(target, replica, seconds * 1000);
  }
};

TEST(HaTracker, OneReplicaIsKeptWhileItSends) {
  One one;
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(one.send(kA, 100 + i * 15)) << i;
    EXPECT_FALSE(one.send(kB, 107 + i * 15)) << i;
  }
}

TEST(HaTracker, TheOtherGoesOnAfterOneAndAHalfIntervals) {
  One one;
  for (int i = 0; i < 4; ++i) (void)one.send(kA, 100 + i * 15);  // the newest is 145
  EXPECT_FALSE(one.send(kB, 152));
  EXPECT_FALSE(one.send(kB, 167));  // 145 + 22.5 = 167.5
  EXPECT_TRUE(one.send(kB, 182));
  EXPECT_TRUE(one.send(kB, 197));
  // The former owner is back: only what it had owned.
  EXPECT_FALSE(one.send(kA, 160));
  EXPECT_FALSE(one.send(kA, 190));
  EXPECT_TRUE(one.send(kA, 145));  // late, from a slow connection
  EXPECT_TRUE(one.send(kB, 212));
}

TEST(HaTracker, ABacklogFillsTheGapButNotCloserThanHalfAnInterval) {
  One one;
  for (int i = 0; i < 4; ++i) (void)one.send(kA, 100 + i * 15);  // 145
  // One request with what B could not send meanwhile, out of order.
  for (const int t : {197, 182, 167, 152, 151, 137}) HaTracker::observe(one.target, kB, t * 1000, false);
  std::vector<std::pair<int, bool>> kept;
  for (const int t : {137, 151, 152, 153, 167, 182, 197}) kept.emplace_back(t, HaTracker::keeps(one.target, kB, t * 1000));
  EXPECT_EQ(kept, (std::vector<std::pair<int, bool>>{{137, false}, {151, false}, {152, false}, {153, true}, {167, true}, {182, true}, {197, true}}));
}

// Requests of both in any order of arrival: kept values of one counter never fall, though B's clock is 3 s ahead.
TEST(HaTracker, NoCounterFallsWhenTheReplicaChanges) {
  for (int silent_from = 3; silent_from < 9; ++silent_from) {
    for (int lag = 0; lag < 4; ++lag) {
      One one;
      std::vector<std::pair<std::int64_t, std::int64_t>> kept;  // timestamp, true time: the counter's value
      const auto send = [&](std::uint64_t replica, std::int64_t t, std::int64_t truth) {
        if (one.send(replica, t)) kept.emplace_back(t, truth);
      };
      for (int i = 0; i < 40; ++i) {
        const bool a_silent = i >= silent_from && i < silent_from + 10;
        if (!a_silent) send(kA, i * 15, i * 15);
        if (i >= lag && (i < 25 || i > 32)) send(kB, (i - lag) * 15 + 4 + 3, (i - lag) * 15 + 4);
      }
      std::sort(kept.begin(), kept.end());
      for (std::size_t i = 1; i < kept.size(); ++i) {
        ASSERT_GE(kept[i].second, kept[i - 1].second) << "silent from " << silent_from << ", lag " << lag << " at " << kept[i].first;
        ASSERT_LE(kept[i].first - kept[i - 1].first, 38 + lag * 15) << "silent from " << silent_from << ", lag " << lag;
      }
    }
  }
}

TEST(HaTracker, AReplicaThatCannotReachTheTargetLosesItWhileItReports) {
  One one;
  for (int i = 0; i < 4; ++i) (void)one.send(kA, 100 + i * 15);
  bool stale = true;
  for (int i = 4; i < 8; ++i) {
    const bool a = one.send(kA, 100 + i * 15, stale);  // up=0
    const bool b = one.send(kB, 107 + i * 15);
    EXPECT_EQ(a, i < 6) << i;
    EXPECT_EQ(b, i >= 5) << i;  // 172 > 145 + 22.5
  }
}

TEST(HaTracker, ATargetThatIsDownForBothKeepsItsOwner) {
  One one;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(one.send(kA, i * 15, true));
    EXPECT_FALSE(one.send(kB, i * 15 + 7, true));
  }
  EXPECT_TRUE(one.send(kB, 143)) << "the first data wins over reports";
  EXPECT_FALSE(one.send(kA, 150, true));
}

TEST(HaTracker, SeriesOfTwoIntervalsGoByTheLongerPause) {
  One one;
  int changes = 0;
  std::uint64_t owner = 0;
  for (int i = 0; i < 40; ++i) {
    for (const auto& [replica, offset] : {std::pair{kA, 0}, {kA, 3}, {kB, 10}, {kB, 13}}) (void)one.send(replica, i * 15 + offset);
    if (i >= 5 && one.target.owner != owner) ++changes;
    owner = one.target.owner;
  }
  EXPECT_LE(changes, 0) << "once both pauses are known";
}

TEST(HaTracker, AVeryLongIntervalIsNotLearntFromAGap) {
  One one;
  for (int i = 0; i < 4; ++i) (void)one.send(kA, i * 15);
  EXPECT_TRUE(one.send(kB, 3000));
  EXPECT_EQ(one.target.interval, 15'000);
}

TEST(HaTracker, KeysTellTargetsApart) {
  EXPECT_NE(HaTracker::key_of("c", "j", "i", "m"), HaTracker::key_of("d", "j", "i", "m"));
  EXPECT_EQ(HaTracker::key_of("c", "j", "i", "m"), HaTracker::key_of("c", "j", "i", "n"));
  EXPECT_NE(HaTracker::key_of("c", "j", "", "m"), HaTracker::key_of("c", "j", "", "n"));
  EXPECT_NE(HaTracker::key_of("c", "j", "", "m"), HaTracker::key_of("c", "j", "m", ""));
}

TEST(HaTracker, IsBoundedAndForgets) {
  HaTracker tracker;
  const auto key = [](std::uint64_t n) { return Hash128{n, n}; };
  EXPECT_NE(tracker.find_or_add(key(1), 2, Timestamp{0}), nullptr);
  EXPECT_NE(tracker.find_or_add(key(2), 2, Timestamp{0}), nullptr);
  EXPECT_EQ(tracker.find_or_add(key(3), 2, Timestamp{0}), nullptr);
  EXPECT_NE(tracker.find_or_add(key(1), 2, Timestamp{3'000'000}), nullptr);
  EXPECT_NE(tracker.find_or_add(key(3), 2, Timestamp{3'700'000}), nullptr) << "2 has been silent for over an hour";
  EXPECT_EQ(tracker.find_or_add(key(2), 2, Timestamp{3'700'001}), nullptr);
}

TEST(HaTracker, ReportsOfAScrape) {
  EXPECT_TRUE(HaTracker::is_report("up"));
  EXPECT_TRUE(HaTracker::is_report("scrape_duration_seconds"));
  EXPECT_FALSE(HaTracker::is_report("scrape_things_total"));
  EXPECT_FALSE(HaTracker::is_report("uptime_seconds"));
}

}  // namespace
}  // namespace isobar::ingest
