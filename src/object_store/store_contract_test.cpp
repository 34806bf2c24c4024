// What every object store promises, whatever it stands on: one set of tests, run on each. A real server of S3 joins when
// ISOBAR_TEST_S3 names a bucket (tests/e2e/s3_test.mjs starts one).
#include <cstdlib>
#include <thread>

#include "object_store/cache/cached_store.h"
#include "object_store/filesystem/filesystem_store.h"
#include "object_store/memory/memory_store.h"
#include "object_store/metered/metered_store.h"
#include "object_store/probe.h"
#include "object_store/retry/retrying_store.h"
#include "object_store/s3/s3_store.h"
#include "sim/sim_bucket.h"
#include "sim/sim_file_system.h"
#include "sys/posix/system_clock.h"

namespace isobar::object_store {
namespace {

// A store, with all that it stands on.
struct Standing {
  std::unique_ptr<sim::SimFileSystem> files;
  std::unique_ptr<sim::SimBucket> bucket;
  std::unique_ptr<sim::SimClock> clock = std::make_unique<sim::SimClock>(Timestamp{1'700'000'000'000});
  std::unique_ptr<telemetry::Registry> metrics = std::make_unique<telemetry::Registry>();
  std::unique_ptr<http::Client> client;
  std::unique_ptr<sys::SystemClock> real_clock;
  std::unique_ptr<CredentialsProvider> credentials;
  std::vector<std::unique_ptr<ObjectStore>> stores;  // the outermost last

  ObjectStore& store() { return *stores.back(); }
};

std::unique_ptr<Standing> on_disk() {
  auto s = std::make_unique<Standing>();
  s->files = std::make_unique<sim::SimFileSystem>(1);
  s->stores.push_back(std::make_unique<FilesystemStore>(*s->files, "/store"));
  return s;
}

std::unique_ptr<Standing> in_memory() {
  auto s = std::make_unique<Standing>();
  s->stores.push_back(std::make_unique<MemoryStore>());
  return s;
}

// A bucket in trouble behind a store that tries again: every fifth call fails, half of those did what they should.
std::unique_ptr<Standing> in_trouble() {
  auto s = std::make_unique<Standing>();
  s->bucket = std::make_unique<sim::SimBucket>(1);
  s->bucket->set_failures(200);
  s->stores.push_back(s->bucket->door());
  RetryOptions options{.give_up = Duration::hours(10), .burst = 1e9};
  options.pause = [clock = s->clock.get()](Duration d) { clock->advance(d); };
  s->stores.push_back(std::make_unique<RetryingStore>(*s->stores.back(), *s->clock, options));
  return s;
}

std::unique_ptr<Standing> cached_and_metered() {
  auto s = in_memory();
  s->files = std::make_unique<sim::SimFileSystem>(1);
  s->stores.push_back(std::make_unique<MeteredStore>(*s->stores.back(), *s->clock, *s->metrics));
  s->stores.push_back(std::make_unique<CachedStore>(*s->stores.back(), *s->files, CacheOptions{.directory = "/cache", .page_bytes = 1000, .threads = 0}));
  return s;
}

// Nothing if there is none here.
std::unique_ptr<Standing> real_s3() {
  const char* url = std::getenv("ISOBAR_TEST_S3");
  if (url == nullptr) return nullptr;
  auto s = std::make_unique<Standing>();
  auto config = parse_s3_url(url);
  EXPECT_TRUE(config) << config.error().message;
  // A prefix of its own for each test.
  config->prefix += "contract-" + std::to_string(sys::entropy_seed());
  s->client = std::make_unique<http::Client>();
  s->real_clock = std::make_unique<sys::SystemClock>();
  s->credentials = std::make_unique<CredentialsChain>(process_sources(*s->client, *s->real_clock, config->region));
  s->stores.push_back(std::make_unique<S3Store>(*config, *s->client, *s->credentials, *s->real_clock));
  return s;
}

struct Kind {
  const char* name;
  std::unique_ptr<Standing> (*make)();
};

class StoreContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    standing_ = GetParam().make();
    if (!standing_) GTEST_SKIP() << "ISOBAR_TEST_S3 names no bucket";
  }
  ObjectStore& store() { return standing_->store(); }
  std::vector<std::string> keys(const std::string& prefix, const std::string& after = {}) {
    std::vector<std::string> keys;
    const auto listed = store().list(prefix, after);
    EXPECT_TRUE(listed) << listed.error().message;
    for (const ObjectInfo& object : *listed) keys.push_back(object.key);
    return keys;
  }

  std::unique_ptr<Standing> standing_;
};

TEST_P(StoreContract, WhatIsPutIsThere) {
  const auto etag = store().put("a/b.c-d_e", "hello");
  ASSERT_TRUE(etag) << etag.error().message;
  const auto object = store().get("a/b.c-d_e");
  ASSERT_TRUE(object) << object.error().message;
  EXPECT_EQ(object->bytes, "hello");
  EXPECT_EQ(object->etag, *etag);
  ASSERT_TRUE(store().put("a/b.c-d_e", ""));
  EXPECT_EQ(store().get("a/b.c-d_e")->bytes, "");
  EXPECT_EQ(store().get("a/none").error().code, Code::kNotFound);
}

TEST_P(StoreContract, ReadsParts) {
  ASSERT_TRUE(store().put("x", "0123456789"));
  EXPECT_EQ(*store().get_range("x", 2, 3), "234");
  EXPECT_EQ(*store().get_range("x", 8, 100), "89");
  EXPECT_EQ(*store().get_range("x", 10, 5), "");
  EXPECT_EQ(*store().get_range("x", 3, 0), "");
  EXPECT_EQ(store().get_range("y", 0, 1).error().code, Code::kNotFound);
  const auto mapped = store().map("x", 10);
  ASSERT_TRUE(mapped) << mapped.error().message;
  ASSERT_TRUE((*mapped)->fetch(0, 10));
  EXPECT_EQ((*mapped)->bytes(), "0123456789");
}

TEST_P(StoreContract, ListsInOrderByPrefixAndFromAKeyOn) {
  for (const char* key : {"l/2", "l/10", "l/1", "l/1a/x", "la", "m"}) ASSERT_TRUE(store().put(key, "xyz"));
  EXPECT_EQ(keys("l/"), (std::vector<std::string>{"l/1", "l/10", "l/1a/x", "l/2"}));
  EXPECT_EQ(keys("l/", "l/10"), (std::vector<std::string>{"l/1a/x", "l/2"}));
  EXPECT_EQ(keys("l/", "l/2"), std::vector<std::string>());
  EXPECT_EQ(keys("l/1"), (std::vector<std::string>{"l/1", "l/10", "l/1a/x"}));
  EXPECT_EQ(keys("none/"), std::vector<std::string>());
  EXPECT_EQ(keys("").size(), 6u);
  EXPECT_EQ((*store().list("m"))[0].size, 3u);
}

TEST_P(StoreContract, ConditionsHold) {
  const auto first = store().put("c", "one", PutCondition::if_absent());
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(store().put("c", "two", PutCondition::if_absent()).error().code, Code::kConflict);
  const auto second = store().put("c", "two", PutCondition::if_match(*first));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(store().put("c", "three", PutCondition::if_match(*first)).error().code, Code::kConflict);
  EXPECT_EQ(store().get("c")->bytes, "two");
  EXPECT_EQ(store().put("gone", "x", PutCondition::if_match(*first)).error().code, Code::kConflict);
  EXPECT_EQ(store().get("gone").error().code, Code::kNotFound);
  ASSERT_TRUE(store().remove("c"));
  EXPECT_TRUE(store().put("c", "four", PutCondition::if_absent()));
}

TEST_P(StoreContract, IsFoundToHonourConditions) {
  const auto found = probe(store(), "probe-1");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->all());
  EXPECT_EQ(found->warning("it"), "");
  EXPECT_EQ(keys("probe-"), std::vector<std::string>());
}

TEST_P(StoreContract, OfManyWritersOneWins) {
  for (int round = 0; round < 10; ++round) {
    const std::string key = "race/" + std::to_string(round);
    std::atomic<int> won{0};
    std::atomic<int> lost{0};
    std::string winner;
    std::vector<std::thread> writers;
    for (int w = 0; w < 4; ++w) {
      writers.emplace_back([&, w] {
        const std::string bytes = std::string(50'000, static_cast<char>('a' + w));
        auto put = store().put(key, bytes, PutCondition::if_absent());
        // Another conditional put was under way: who asks again is told.
        for (int again = 0; again < 20 && !put && put.error().code == Code::kUnavailable; ++again) put = store().put(key, bytes, PutCondition::if_absent());
        if (put) {
          ++won;
          winner = bytes;
        } else {
          EXPECT_EQ(put.error().code, Code::kConflict) << put.error().message;
          ++lost;
        }
      });
    }
    for (std::thread& writer : writers) writer.join();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(lost, 3);
    EXPECT_EQ(store().get(key)->bytes, winner);
  }
}

TEST_P(StoreContract, WritersAppearWholeOrNotAtAll) {
  std::string all;
  {
    auto writer = store().create("w/large");
    ASSERT_TRUE(writer);
    for (int i = 0; i < 20; ++i) {
      const std::string piece(1'000'000, static_cast<char>('a' + i));
      all += piece;
      ASSERT_TRUE((*writer)->append(piece));
    }
    EXPECT_EQ(store().get("w/large").error().code, Code::kNotFound);
    auto committed = (*writer)->commit();
    // The outcome of a single put may be unknown; a writer is not repeated by anybody else.
    for (int again = 0; again < 20 && !committed && committed.error().code == Code::kUnavailable; ++again) committed = (*writer)->commit();
    ASSERT_TRUE(committed) << committed.error().message;
  }
  EXPECT_EQ(store().get("w/large")->bytes, all);
  EXPECT_EQ(*store().get_range("w/large", 5'999'999, 2), "fg");
  {
    auto writer = store().create("w/dropped");
    ASSERT_TRUE((*writer)->append(std::string(9'000'000, 'x')));
  }
  EXPECT_EQ(keys("w/"), std::vector<std::string>{"w/large"});
  ASSERT_TRUE(store().remove_unfinished("w"));
  EXPECT_EQ(keys("w/"), std::vector<std::string>{"w/large"});
}

TEST_P(StoreContract, RemovingIsRepeatable) {
  ASSERT_TRUE(store().put("r", "x"));
  ASSERT_TRUE(store().remove("r"));
  ASSERT_TRUE(store().remove("r"));
  EXPECT_EQ(store().get("r").error().code, Code::kNotFound);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract,
                         testing::Values(Kind{"filesystem", on_disk}, Kind{"memory", in_memory}, Kind{"retrying", in_trouble},
                                         Kind{"cached", cached_and_metered}, Kind{"s3", real_s3}),
                         [](const testing::TestParamInfo<Kind>& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace isobar::object_store
