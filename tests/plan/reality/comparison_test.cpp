#include "comparison.h"

#include <gtest/gtest.h>

namespace isobar::reality {
namespace {

constexpr Band kBand{0.02, 1000};
constexpr std::int64_t kEnd = 1'000'000;

const std::vector<Happening> kPredicted{{10'000, "pod/a", "Started"}, {20'000, "pod/a", "Ready"}, {20'500, "pod/b", "Ready"}, {400'000, "pod/a", "Started"}};

std::vector<Happening> observed(std::vector<std::int64_t> times) {
  std::vector<Happening> out = kPredicted;
  for (std::size_t i = 0; i < times.size(); ++i) out[i].at = times[i];
  return out;
}

TEST(Comparison, HoldsWithinTheBand) {
  const Comparison same = compare(kPredicted, observed({10'900, 21'300, 20'600, 408'900}), kBand, kEnd);
  EXPECT_TRUE(same.holds()) << table(same);
  EXPECT_EQ(errors(same), (std::vector<std::int64_t>{100, 900, 1300, 8900}));
}

TEST(Comparison, SeesWhatIsLateOrEarly) {
  EXPECT_EQ(compare(kPredicted, observed({10'000, 20'000, 20'500, 409'100}), kBand, kEnd).late.size(), 1U);
  EXPECT_EQ(compare(kPredicted, observed({8'700, 20'000, 20'500, 400'000}), kBand, kEnd).late.size(), 1U);
}

TEST(Comparison, NearEventsMaySwapAndFarOnesMayNot) {
  EXPECT_TRUE(compare(kPredicted, observed({10'000, 20'600, 20'500, 400'000}), kBand, kEnd).disorder.empty());
  const Comparison swapped = compare(kPredicted, observed({21'000, 20'000, 20'500, 400'000}), kBand, kEnd);
  EXPECT_EQ(swapped.disorder, (std::vector<std::string>{"pod/a Ready before pod/a Started", "pod/b Ready before pod/a Started"}));
}

TEST(Comparison, SeesWhatIsMissingAndWhatNobodyPredicted) {
  std::vector<Happening> got = observed({});
  got[2].object = "pod/c";
  const Comparison other = compare(kPredicted, got, kBand, kEnd);
  ASSERT_EQ(other.missing.size(), 1U);
  EXPECT_EQ(other.missing[0].object, "pod/b");
  ASSERT_EQ(other.unforeseen.size(), 1U);
  EXPECT_EQ(other.unforeseen[0].object, "pod/c");
}

TEST(Comparison, LeavesAloneWhatLiesAtTheEnd) {
  std::vector<Happening> got = observed({});
  got.pop_back();
  EXPECT_FALSE(compare(kPredicted, got, kBand, kEnd).holds());
  EXPECT_TRUE(compare(kPredicted, got, kBand, 401'000).holds());
}

TEST(Comparison, DoesNotWaitForWhatCannotBeSeen) {
  plan::simulation::World world;
  world.pods = {{.name = "daemon", .service = "system", .owner = plan::simulation::Owner::kDaemonSet}};
  plan::simulation::Run run;
  for (const auto& [object, what, reason] : {std::tuple{"service/system", "Up", ""}, {"pod/a", "NotTriggerScaleUp", "no"}, {"pod/a", "FailedScheduling", "one"},
                                             {"pod/a", "FailedScheduling", "one"}, {"pod/a", "FailedScheduling", "two"}, {"pod/a", "Scheduled", ""},
                                             {"pod/a", "FailedScheduling", "two"}}) {
    run.trace.push_back({Duration{0}, object, what, reason});
  }
  std::vector<std::string> left;
  for (const Happening& one : observable(world, run)) left.push_back(one.what);
  EXPECT_EQ(left, (std::vector<std::string>{"FailedScheduling", "FailedScheduling", "Scheduled", "FailedScheduling"}));
}

}  // namespace
}  // namespace isobar::reality
