#include "scrape/series_cache.h"

#include <set>

namespace isobar::scrape {
namespace {

// One scrape that has these series; gives the canonical texts that went, sorted.
std::set<std::string> scrape(SeriesCache& cache, const std::vector<std::string>& series) {
  cache.begin();
  for (const std::string& name : series) {
    const Hash128 raw = hash128(name);
    SeriesCache::Entry* entry = cache.find(raw);
    if (entry == nullptr) entry = &cache.add(raw, "c-" + name);
    EXPECT_EQ(entry->canonical, "c-" + name);
    cache.see(*entry, true);
  }
  std::set<std::string> gone;
  for (const auto& series_gone : cache.commit()) gone.emplace(series_gone.canonical);
  return gone;
}

TEST(SeriesCache, AnyOrderIsFound) {
  SeriesCache cache;
  using Set = std::set<std::string>;
  EXPECT_EQ(scrape(cache, {"a", "b", "c", "d"}), Set{});
  EXPECT_EQ(scrape(cache, {"d", "a", "c", "b"}), Set{});
  EXPECT_EQ(scrape(cache, {"d", "new", "c", "b", "d"}), Set{"c-a"});
  EXPECT_EQ(scrape(cache, {"b", "new"}), (Set{"c-c", "c-d"}));
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(scrape(cache, {"new", "b", "a"}), Set{});
}

// Against a plain model, over many random pages, some of them refused half-way.
TEST(SeriesCache, AgreesWithAPlainModel) {
  SeriesCache cache;
  std::set<std::string> model;
  bool model_marked = true;
  std::uint64_t state = 7;
  const auto random = [&state](std::uint64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33) % below;
  };
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> page;
    for (std::uint64_t i = 0; i < 12; ++i) {
      if (random(4) != 0) page.push_back(std::string(1, static_cast<char>('a' + static_cast<char>((i + (random(10) == 0 ? random(12) : 0)) % 12))));
    }
    std::set<std::string> expected;
    if (random(5) == 0) {
      cache.begin();
      for (std::size_t i = 0; i < page.size() / 2; ++i) {
        const Hash128 raw = hash128(page[i]);
        SeriesCache::Entry* entry = cache.find(raw);
        cache.see(entry != nullptr ? *entry : cache.add(raw, "c-" + page[i]), true);
      }
      std::set<std::string> gone;
      for (const auto& series : cache.rollback()) gone.emplace(series.canonical);
      if (!model_marked) expected = model;
      ASSERT_EQ(gone, expected) << round;
      model_marked = true;
      continue;
    }
    std::set<std::string> now;
    for (const std::string& name : page) now.insert("c-" + name);
    if (!model_marked) std::set_difference(model.begin(), model.end(), now.begin(), now.end(), std::inserter(expected, expected.end()));
    ASSERT_EQ(scrape(cache, page), expected) << round;
    model = now;
    model_marked = false;
  }
}

}  // namespace
}  // namespace isobar::scrape
