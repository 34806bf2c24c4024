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

std::string proof(const std::vector<PodDemand>& pods, const NodeRoom& node, std::int64_t nodes) {
  return excess_text(excess(pods, node, nodes));
}

TEST(Packing, SaysThatTheyDoNotFitOnlyOnProof) {
  const NodeRoom node{10, 1000, 3};
  EXPECT_EQ(proof(pods({4, 4, 4}), node, 2), "");
  EXPECT_EQ(proof(pods({11}), node, 2), "pod 11 requests 11 MiB, a node has 10");
  EXPECT_EQ(proof(pods({8, 8, 5}), node, 2), "21 MiB requested, 20 MiB there");
  EXPECT_EQ(proof(pods({6, 6, 6}), {11, 1000, 9}, 2), "3 pods larger than half a node, 2 nodes");
  EXPECT_EQ(proof(pods({1, 1, 1, 1}), node, 1), "4 pods, 3 places");
  EXPECT_EQ(proof(pods({1, 1}), {10, 150, 1}, 1), "200m of CPU requested, 150m there; 2 pods, 1 places");
}

}  // namespace
}  // namespace isobar::plan
