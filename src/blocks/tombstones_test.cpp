#include "blocks/tombstones.h"

#include "blocks/manifest.h"

namespace isobar::blocks {
namespace {

std::shared_ptr<const model::SeriesDeletion> deletion(std::string tenant, std::string metric, Timestamp min, Timestamp max) {
  return std::make_shared<const model::SeriesDeletion>(
      model::SeriesDeletion{std::move(tenant), {{model::Matcher::equal("__name__", std::move(metric))}}, min, max});
}

BlockEntry block(std::string id, std::uint32_t partition, std::uint64_t first, std::uint64_t end, std::uint64_t deletes_through = 0) {
  BlockEntry entry;
  entry.id = std::move(id);
  entry.partition = {partition};
  entry.first = {first};
  entry.end = {end};
  entry.deletes_through = {deletes_through};
  return entry;
}

TEST(DeletedSeries, MeansOnlyLowerPositionsOfItsTenantAndTime) {
  const Tombstones all{{{0}, {10}, {}, deletion("a", "up", {0}, {9})}, {{0}, {20}, {}, deletion("a", "up", {5}, {30})}};
  const model::Labels up{{"__name__", "up"}};
  EXPECT_EQ(DeletedSeries(all, {10}, {}, "a", {0}, {100}).ranges_of(up).ranges(), (std::vector<model::TimeRange>{{{0}, {30}}}));
  EXPECT_EQ(DeletedSeries(all, {5}, {10}, "a", {0}, {100}).ranges_of(up).ranges(), (std::vector<model::TimeRange>{{{5}, {30}}}));
  EXPECT_TRUE(DeletedSeries(all, {10}, {}, "a", {0}, {100}).ranges_of(model::Labels{{"__name__", "down"}}).empty());
  EXPECT_TRUE(DeletedSeries(all, {21}, {}, "a", {0}, {100}).none());
  EXPECT_TRUE(DeletedSeries(all, {0}, {}, "b", {0}, {100}).none());
  EXPECT_TRUE(DeletedSeries(all, {0}, {}, "a", {31}, {100}).none());
}

TEST(SettleTombstones, KeepsWhatSomeBlockNeeds) {
  Manifest m;
  m.blocks = {block("a", 0, 0, 10), block("b", 0, 10, 30, 40), block("c", 1, 0, 5)};
  const auto up = deletion("a", "up", {0}, {9});
  const Tombstones known{{{0}, {9}, {}, up}, {{0}, {10}, {}, up}, {{0}, {40}, {}, up}, {{0}, {41}, {}, up}};
  m.tombstones = {{{1}, {7}, {}, up}};
  settle_tombstones(m, {0}, known);
  const auto positions = [&] {
    std::vector<std::uint64_t> out;
    for (const Tombstone& tombstone : m.tombstones) out.push_back(tombstone.position.value);
    return out;
  };
  EXPECT_EQ(positions(), (std::vector<std::uint64_t>{10, 40, 41, 7}));
  settle_tombstones(m, {0}, known);
  EXPECT_EQ(positions(), (std::vector<std::uint64_t>{10, 40, 41, 7}));
  m.blocks.erase(m.blocks.begin());
  settle_tombstones(m, {0}, known);
  EXPECT_EQ(positions(), (std::vector<std::uint64_t>{41, 7}));
}

}  // namespace
}  // namespace isobar::blocks
