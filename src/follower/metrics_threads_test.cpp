// Writers, readers and background work at once, each on threads of their own; run under ThreadSanitizer by ./dev tsan.
#include <atomic>
#include <set>
#include <thread>

#include "follower/metrics_store.h"
#include "ingest/ingester.h"
#include "ingest_log/local/local_log.h"
#include "object_store/filesystem/filesystem_store.h"
#include "sim/sim_clock.h"
#include "sim/sim_file_system.h"
#include "tsdb/downsample.h"

namespace isobar::follower {
namespace {

constexpr Timestamp kStart{1'700'000'000'000};
constexpr int kWriters = 4;
constexpr int kWrites = 60;

model::Labels series(int writer, int n) {
  return {{"__name__", "m"}, {"job", "j" + std::to_string(n % 3)}, {"writer", std::to_string(writer)}};
}

using Times = std::set<std::int64_t>;

struct World {
  World() {
    log = *ingest_log::LocalLog::open(files, {.directory = "/log", .segment_bytes = 64 << 10, .new_topic_identity = 7});
    store = *MetricsStore::open(*log, objects, shards, clock, budget, registry,
                                {.partitions = 4,
                                 .flush_bytes = 1 << 20,
                                 .idle_log_bytes = 4096,
                                 .downsampling = {std::begin(tsdb::kResolutions), std::end(tsdb::kResolutions)}});
    log->on_append([this] { store->follow(); });
    ingester = std::make_unique<ingest::Ingester>(ingest::IngesterParts{.log = *log,
                                                                        .partitions = store->partition_count(),
                                                                        .limits = limits,
                                                                        .clock = clock,
                                                                        .head_budget = budget,
                                                                        .metrics = registry});
  }
  ~World() { shards.stop(); }

  std::map<std::string, Times> read() {
    Cancellation cancellation;
    model::Warnings warnings;
    const model::ReadContext context{budget, cancellation, warnings};
    auto set = store->select({{"t"}, {}, Timestamp::min(), Timestamp::max()}, context);
    EXPECT_TRUE(set) << set.error().message;
    std::map<std::string, Times> found;
    std::vector<std::shared_ptr<const model::Series>> batch;
    while ((*set)->next(batch) && !batch.empty()) {
      for (const auto& one : batch) {
        model::SampleColumns samples;
        EXPECT_TRUE(one->read(Timestamp::min(), Timestamp::max(), samples));
        found[one->labels().to_string()] = {samples.timestamps.begin(), samples.timestamps.end()};
      }
    }
    return found;
  }

  // As many samples as are there, of whole hours.
  std::uint64_t count() {
    Cancellation cancellation;
    model::Warnings warnings;
    model::SelectRequest request{{"t"}, {}, Timestamp::min(), Timestamp::max()};
    request.grid = Duration::hours(1);
    request.use = model::kUsesCount;
    auto set = store->select(request, {budget, cancellation, warnings});
    EXPECT_TRUE(set) << set.error().message;
    std::uint64_t n = 0;
    std::vector<std::shared_ptr<const model::Series>> batch;
    while ((*set)->next(batch) && !batch.empty()) {
      for (const auto& one : batch) {
        model::SampleColumns samples;
        EXPECT_TRUE(one->read(Timestamp::min(), Timestamp::max(), samples));
        for (std::size_t i = 0; i < samples.size(); ++i) n += samples.weight(i);
      }
    }
    return n;
  }

  sim::SimFileSystem files{1};
  sim::SimClock clock{kStart + Duration::hours(60)};  // nobody moves it; the day of the samples is over
  object_store::FilesystemStore objects{files, "/objects"};
  telemetry::Registry registry;
  telemetry::MemoryBudget budget{"head", 0, "--memory.head"};
  limits::LimitsTable limits{limits::TenantLimits{}};
  sys::Shards shards{2, sys::Shards::Mode::kThreads};
  std::unique_ptr<ingest_log::LocalLog> log;
  std::unique_ptr<MetricsStore> store;
  std::unique_ptr<ingest::Ingester> ingester;
};

TEST(MetricsThreads, EveryAcknowledgedSampleIsFoundAtOnceAndInTheEnd) {
  World world;
  std::atomic<int> writing{kWriters};
  std::vector<std::jthread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < kWrites; ++i) {
        const model::Labels labels = series(w, i);
        model::WriteBatch batch;
        batch.floats.push_back({batch.add_series(labels.encoded()), kStart.ms + i, 1});
        EXPECT_TRUE(world.ingester->write("t", batch));
        if (i % 10 == 0) {
          EXPECT_TRUE(world.read()[labels.to_string()].contains(kStart.ms + i)) << "own write not read";
        }
      }
      --writing;
    });
  }
  threads.emplace_back([&] {
    while (writing > 0) {
      EXPECT_TRUE(world.store->run_once(true));
      (void)world.store->stats();
      (void)world.store->block_entries();
      (void)world.store->series_of("t");
    }
  });
  threads.emplace_back([&] {
    while (writing > 0) EXPECT_TRUE(world.store->compact_once().has_value());
  });
  threads.emplace_back([&] {
    std::uint64_t before = 0;
    while (writing > 0) {
      EXPECT_TRUE(world.store->downsample_once().has_value());
      const std::uint64_t now = world.count();
      EXPECT_GE(now, before);
      before = now;
    }
  });
  threads.emplace_back([&] {
    std::size_t before = 0;
    while (writing > 0) {
      std::size_t now = 0;
      for (const auto& [labels, times] : world.read()) now += times.size();
      EXPECT_GE(now, before);
      before = now;
    }
  });
  threads.clear();
  for (const bool flushed : {false, true}) {
    if (flushed) {
      ASSERT_TRUE(world.store->run_once(true));
    }
    const auto found = world.read();
    EXPECT_EQ(world.count(), std::uint64_t{kWriters} * kWrites);
    EXPECT_EQ(found.size(), 3u * kWriters);
    for (int w = 0; w < kWriters; ++w) {
      for (int i = 0; i < kWrites; ++i) EXPECT_TRUE(found.at(series(w, i).to_string()).contains(kStart.ms + i));
    }
  }
}

TEST(MetricsThreads, QueriesMayArriveWhileTheShardsStop) {
  World world;
  const model::Labels labels = series(0, 0);
  model::WriteBatch batch;
  batch.floats.push_back({batch.add_series(labels.encoded()), kStart.ms, 1});
  ASSERT_TRUE(world.ingester->write("t", batch));
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) EXPECT_EQ(world.read().size(), 1u);
    });
  }
  world.shards.stop();
}

}  // namespace
}  // namespace isobar::follower
