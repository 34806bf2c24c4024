#include "model/time_ranges.h"

#include <gtest/gtest.h>

namespace isobar::model {
namespace {

using Ranges = std::vector<TimeRange>;

TEST(TimeRanges, JoinsWhatOverlapsOrTouches) {
  TimeRanges set;
  set.add({10}, {20});
  set.add({40}, {50});
  set.add({5}, {4});
  EXPECT_EQ(set.ranges(), (Ranges{{{10}, {20}}, {{40}, {50}}}));
  set.add({21}, {30});
  EXPECT_EQ(set.ranges(), (Ranges{{{10}, {30}}, {{40}, {50}}}));
  set.add({0}, {8});
  EXPECT_EQ(set.ranges(), (Ranges{{{0}, {8}}, {{10}, {30}}, {{40}, {50}}}));
  set.add({9}, {60});
  EXPECT_EQ(set.ranges(), (Ranges{{{0}, {60}}}));
  set.add({3}, {4});
  EXPECT_EQ(set.ranges(), (Ranges{{{0}, {60}}}));
}

TEST(TimeRanges, SaysWhatIsLeft) {
  TimeRanges set;
  set.add({10}, {20});
  set.add({40}, {50});
  EXPECT_EQ(set.gaps({0}, {60}), (Ranges{{{0}, {9}}, {{21}, {39}}, {{51}, {60}}}));
  EXPECT_EQ(set.gaps({10}, {20}), Ranges{});
  EXPECT_EQ(set.gaps({15}, {45}), (Ranges{{{21}, {39}}}));
  EXPECT_EQ(set.gaps({25}, {30}), (Ranges{{{25}, {30}}}));
  EXPECT_TRUE(set.covers({10}, {20}));
  EXPECT_FALSE(set.covers({10}, {21}));
  EXPECT_TRUE(set.contains({50}));
  EXPECT_FALSE(set.contains({51}));
}

TEST(TimeRanges, ReachesTheEndsOfTime) {
  TimeRanges set;
  set.add(Timestamp::min(), {0});
  set.add({5}, Timestamp::max());
  EXPECT_EQ(set.gaps(Timestamp::min(), Timestamp::max()), (Ranges{{{1}, {4}}}));
  set.add(Timestamp::min(), Timestamp::max());
  EXPECT_EQ(set.ranges().size(), 1U);
  EXPECT_EQ(set.gaps(Timestamp::min(), Timestamp::max()), Ranges{});
}

}  // namespace
}  // namespace isobar::model
