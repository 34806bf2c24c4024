#include "blocks/tombstones.h"

#include "blocks/manifest.h"

namespace isobar::blocks {
namespace {

std::shared_ptr<const model::SeriesDeletion> deletion(std::string tenant, std::string metric, Timestamp min, Timestamp max) {
  return std::make_shared<const model::SeriesDeletion>(
      model::SeriesDeletion{std::move(tenant), {{model::Matcher::equal("__name__", std::move(metric))}}, min, max});
}

BlockEntry block(std::string id, std::uint32_t partition, std::uint64_t first, std::uint64_t end, std::uint64_t deletes_until = 0) {
  BlockEntry entry;
  entry.id = std::move(id);
  entry.partition = {partition};
  entry.first = {first};
  entry.end = {end};
  entry.deletes_until = {deletes_until};
  return entry;
}

TEST(DeletedSeries, MeansOnlyLowerPositionsOfItsTenantAndTime) {
  const Tombstones all{{{0}, {10}, {}, deletion("a", "up", {0}, {9})}, {{0}, {20}, {}, deletion("a", "up", {5}, {30})}};
  const model::Labels up{{"__name__", "up"}};
  EXPECT_EQ(DeletedSeries(all, {10}, "a", {0}, {100}).ranges_of(up).ranges(), (std::vector<model::TimeRange>{{{0}, {30}}}));
  EXPECT_EQ(DeletedSeries(all, {11}, "a", {0}, {100}).ranges_of(up).ranges(), (std::vector<model::TimeRange>{{{5}, {30}}}));
  EXPECT_TRUE(DeletedSeries(all, {10}, "a", {0}, {100}).ranges_of(model::Labels{{"__name__", "down"}}).empty());
  EXPECT_TRUE(DeletedSeries(all, {21}, "a", {0}, {100}).none());
  EXPECT_TRUE(DeletedSeries(all, {0}, "b", {0}, {100}).none());
  EXPECT_TRUE(DeletedSeries(all, {0}, "a", {31}, {100}).none());
}

TEST(SettleTombstones, KeepsWhatSomeBlockNeeds) {
  Manifest m;
  m.blocks = {block("a", 0, 0, 10), block("b", 0, 10, 30, 41), block("c", 1, 0, 5)};
  const auto up = deletion("a", "up", {0}, {9});
  const Tombstones known{{{0}, {9}, {}, up}, {{0}, {10}, {}, up}, {{0}, {40}, {}, up}};
  m.tombstones = {{{1}, {7}, {}, up}};
  settle_tombstones(m, {0}, known);
  ASSERT_EQ(m.tombstones.size(), 3U);
  EXPECT_EQ(m.tombstones[0].position.value, 10U);
  EXPECT_EQ(m.tombstones[1].position.value, 40U);
  EXPECT_EQ(m.tombstones[2].partition.value, 1U);
  settle_tombstones(m, {0}, known);
  EXPECT_EQ(m.tombstones.size(), 3U);
  m.blocks.erase(m.blocks.begin());
  settle_tombstones(m, {0}, known);
  ASSERT_EQ(m.tombstones.size(), 1U);
  EXPECT_EQ(m.tombstones[0].partition.value, 1U);
}

}  // namespace
}  // namespace isobar::blocks
