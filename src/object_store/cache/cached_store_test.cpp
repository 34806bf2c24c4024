#include "object_store/cache/cached_store.h"

#include <thread>

#include "sim/sim_bucket.h"
#include "sim/sim_file_system.h"

namespace isobar::object_store {
namespace {

std::string some_bytes(std::size_t size, std::uint64_t seed) {
  sys::Random random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.next());
  return bytes;
}

class CachedStoreTest : public testing::Test {
 protected:
  CachedStoreTest() {
    for (int i = 0; i < 4; ++i) {
      contents_.push_back(some_bytes(10'000 + static_cast<std::size_t>(i) * 1000, static_cast<std::uint64_t>(i) + 7));
      EXPECT_TRUE(door_->put(key(i), contents_.back()));
    }
    options_.directory = "/cache";
    options_.page_bytes = 1024;
    options_.request_bytes = 4096;
    options_.threads = 0;
    options_.metrics = &metrics_;
    start();
  }
  void start() { store_ = std::make_unique<CachedStore>(*door_, files_, options_); }
  static std::string key(int i) { return "blocks/" + std::to_string(i); }
  std::shared_ptr<const sys::MappedFile> map(int i) {
    auto mapped = store_->map(key(i), contents_[static_cast<std::size_t>(i)].size());
    EXPECT_TRUE(mapped) << mapped.error().message;
    return mapped ? *mapped : nullptr;
  }
  // Reads as a reader does: fetches, then looks.
  void expect_right(int i, std::uint64_t offset, std::uint64_t size) {
    const auto mapped = map(i);
    ASSERT_NE(mapped, nullptr);
    const auto fetched = mapped->fetch(offset, size);
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_EQ(mapped->bytes().size(), contents_[static_cast<std::size_t>(i)].size());
    EXPECT_EQ(mapped->bytes().substr(offset, size), std::string_view(contents_[static_cast<std::size_t>(i)]).substr(offset, size));
  }
  std::vector<std::string> paths() {
    std::vector<std::string> paths = *files_.list("/cache");
    for (std::string& path : paths) path = "/cache/" + path;
    return paths;
  }
  std::uint64_t gets() const { return bucket_.counts().gets; }

  sim::SimBucket bucket_{5};
  sim::SimFileSystem files_{5};
  std::unique_ptr<ObjectStore> door_ = bucket_.door();
  std::vector<std::string> contents_;
  CacheOptions options_;
  telemetry::Registry metrics_;
  std::unique_ptr<CachedStore> store_;
};

TEST_F(CachedStoreTest, FetchesEachPageOnceAndNeighboursTogether) {
  expect_right(0, 100, 10);
  EXPECT_EQ(gets(), 1u);
  EXPECT_EQ(store_->held_bytes(), 1024u);
  expect_right(0, 1000, 24);
  EXPECT_EQ(gets(), 1u);
  expect_right(0, 500, 6000);  // pages 1 to 6, four at most in one request
  EXPECT_EQ(gets(), 3u);
  expect_right(0, 0, 10'000);
  EXPECT_EQ(gets(), 4u);
  EXPECT_EQ(store_->held_bytes(), 10'000u);
  expect_right(0, 0, 10'000);
  EXPECT_EQ(gets(), 4u);
}

TEST_F(CachedStoreTest, UsesWhatAnEarlierProcessLeft) {
  expect_right(1, 0, 5000);
  const std::uint64_t before = gets();
  store_.reset();
  start();
  EXPECT_GE(store_->held_bytes(), 5000u);
  expect_right(1, 0, 5000);
  EXPECT_EQ(gets(), before);
  expect_right(1, 0, 11'000);
  EXPECT_GT(gets(), before);
}

TEST_F(CachedStoreTest, FetchesDamagedPagesAgain) {
  expect_right(1, 0, 11'000);
  store_.reset();
  for (const std::string& path : paths()) files_.damage(path, 17);
  start();
  expect_right(1, 0, 11'000);
  EXPECT_GE(metrics_.counter("isobar_object_cache_damaged_pages_total", "Pages on disk that failed their checksum and were fetched again.").value(), 1u);
}

// Whatever a crash leaves of the files: every byte that is read is right.
TEST_F(CachedStoreTest, SurvivesEveryCrash) {
  for (std::uint64_t at = 0; at < 60; ++at) {
    files_.crash_after(at);
    const auto mapped = store_->map(key(2), contents_[2].size());
    if (mapped) (void)(*mapped)->fetch(at * 100, 5000);
    store_.reset();
    files_.crash_now();
    files_.recover(at % 2 == 0 ? sim::SimFileSystem::CrashMode::kKeepSome : sim::SimFileSystem::CrashMode::kLoseAllUnsynced);
    start();
    expect_right(2, 0, 12'000);
    if (at % 3 == 0) {  // from nothing
      for (const std::string& path : paths()) ASSERT_TRUE(files_.remove(path));
      store_.reset();
      start();
    }
  }
}

TEST_F(CachedStoreTest, TheFolderMayVanish) {
  const auto held = map(0);
  ASSERT_TRUE(held->fetch(0, 2000));
  for (const std::string& path : paths()) ASSERT_TRUE(files_.remove(path));
  ASSERT_TRUE(held->fetch(0, 10'000));
  EXPECT_EQ(held->bytes(), contents_[0]);
  store_.reset();
  start();
  expect_right(0, 0, 10'000);
}

TEST_F(CachedStoreTest, StaysWithinItsBound) {
  options_.max_bytes = 25'000;
  start();
  const auto first = map(0);
  ASSERT_TRUE(first->fetch(0, 10'000));
  expect_right(1, 0, 11'000);
  EXPECT_FALSE(first->given_up());
  expect_right(0, 0, 1);  // used last
  expect_right(2, 0, 12'000);
  EXPECT_LE(store_->held_bytes(), 25'000u);
  EXPECT_FALSE(first->given_up());
  expect_right(1, 0, 11'000);
  expect_right(3, 0, 13'000);
  EXPECT_LE(store_->held_bytes(), 25'000u);
  // Who holds it keeps it whole.
  EXPECT_TRUE(first->given_up());
  EXPECT_EQ(first->bytes(), contents_[0]);
  EXPECT_NE(map(0), first);
  expect_right(0, 0, 10'000);
}

TEST_F(CachedStoreTest, AFullDiskCostsRequestsOnly) {
  files_.set_capacity(files_.used_bytes() + 30'000);
  for (int i = 0; i < 4; ++i) {
    // The object in whose middle the disk became full is mapped anew.
    const auto mapped = map(i);
    const auto fetched = mapped->fetch(0, contents_[static_cast<std::size_t>(i)].size());
    EXPECT_TRUE(fetched || mapped->given_up());
    expect_right(i, 0, contents_[static_cast<std::size_t>(i)].size());
  }
  files_.heal();
  files_.set_capacity(0);
  store_.reset();
  start();
  for (int i = 0; i < 4; ++i) expect_right(i, 0, contents_[static_cast<std::size_t>(i)].size());
}

TEST_F(CachedStoreTest, WithoutADiskThereIsABoundInMemory) {
  options_.memory_bytes = 15'000;
  start();
  files_.set_name_failures(1000);
  const auto first = map(0);
  ASSERT_TRUE(first->fetch(0, 10'000));
  EXPECT_EQ(first->bytes(), contents_[0]);
  EXPECT_EQ(store_->map(key(1), contents_[1].size()).error().message,
            "the disk of the cache takes nothing, and there is no room in memory: /cache");
}

TEST_F(CachedStoreTest, SaysWhatCannotBeHad) {
  expect_right(0, 0, 10);
  bucket_.set_away(true);
  expect_right(0, 0, 10);  // is there
  EXPECT_EQ(map(0)->fetch(5000, 10).error().code, Code::kUnavailable);
  bucket_.set_away(false);
  expect_right(0, 5000, 10);
  EXPECT_EQ(store_->map("blocks/none").error().code, Code::kNotFound);
  EXPECT_EQ((*store_->map("blocks/none", 100))->fetch(0, 10).error().code, Code::kNotFound);
  EXPECT_EQ((*store_->map(key(0), 20'000))->fetch(15'000, 10).error().message, "the object is shorter than 20000 bytes: blocks/0");
  EXPECT_EQ((*store_->map(key(0)))->bytes().size(), 10'000u);
}

TEST_F(CachedStoreTest, RemovesItsCopyWithTheObject) {
  expect_right(0, 0, 10'000);
  ASSERT_TRUE(store_->remove(key(0)));
  EXPECT_EQ(store_->held_bytes(), 0u);
  EXPECT_TRUE(files_.list("/cache")->empty());
  EXPECT_EQ(store_->get(key(0)).error().code, Code::kNotFound);
}

TEST_F(CachedStoreTest, ManyReadersFetchOnce) {
  options_.threads = 3;
  start();
  const std::uint64_t before = gets();
  std::vector<std::thread> readers;
  for (int t = 0; t < 8; ++t) {
    readers.emplace_back([&, t] {
      const auto mapped = map(3);
      mapped->prefetch(0, contents_[3].size());
      for (std::uint64_t at = 0; at < contents_[3].size(); at += 700) {
        const std::uint64_t offset = (at + static_cast<std::uint64_t>(t) * 1700) % contents_[3].size();
        ASSERT_TRUE(mapped->fetch(offset, 300));
        EXPECT_EQ(mapped->bytes().substr(offset, 300), std::string_view(contents_[3]).substr(offset, 300));
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_LE(gets() - before, 13u);
}

}  // namespace
}  // namespace isobar::object_store
