#include "plan/check/packing.h"

#include <gtest/gtest.h>

namespace isobar::plan {
namespace {

std::vector<PodDemand> pods(std::initializer_list<std::int64_t> sizes) {
  std::vector<PodDemand> out;
  for (const std::int64_t size : sizes) out.push_back({"pod " + std::to_string(size), size, 100});
  return out;
}

TEST(Packing, PlacesTheLargestFirstWhereItJustFits) {
  const NodeRoom node{10, 1000, 10};
  EXPECT_EQ(pack(pods({4, 6, 5, 5}), node, 2).pods_left, 0);
  const Packing left = pack(pods({6, 6, 6, 1}), node, 2);
  EXPECT_EQ(left.pods_left, 1);
  EXPECT_EQ(left.memory_left, 6);
  EXPECT_EQ(pack(pods({1, 1, 1}), {10, 200, 10}, 1).pods_left, 1);
  EXPECT_EQ(pack(pods({1, 1, 1}), {10, 1000, 2}, 1).pods_left, 1);
  EXPECT_EQ(pack(pods({1}), node, 0).pods_left, 1);
}

TEST(Packing, SaysThatNothingFitsOnlyOnProof) {
  const NodeRoom node{10, 1000, 3};
  EXPECT_EQ(fit(pods({4, 4, 4}), node, 2).limit, Limit::kNone);
  EXPECT_EQ(fit(pods({11}), node, 2).limit, Limit::kLargest);
  EXPECT_EQ(fit(pods({8, 8, 5}), node, 2).limit, Limit::kMemory);
  EXPECT_EQ(fit(pods({6, 6, 6}), node, 2).limit, Limit::kLarge);
  EXPECT_EQ(fit(pods({1, 1, 1, 1}), node, 1).limit, Limit::kPods);
  EXPECT_EQ(fit(pods({1, 1}), {10, 150, 10}, 1).limit, Limit::kCpu);
}

}  // namespace
}  // namespace isobar::plan
