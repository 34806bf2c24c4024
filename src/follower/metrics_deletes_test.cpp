#include "follower/metrics_store.h"

#include <set>

#include "sim/metrics_node.h"

namespace isobar::follower {
namespace {

using sim::MetricsNode;

constexpr Timestamp kStart{1'700'000'000'000};
constexpr Duration kDay = Duration::hours(24);

model::Labels labels_of(const std::string& metric, const std::string& env = "dev") { return {{"__name__", metric}, {"env", env}}; }

model::SeriesDeletion deletion(const std::string& metric, Timestamp min = Timestamp::min(), Timestamp max = Timestamp::max()) {
  return {"anonymous", {{model::Matcher::equal("__name__", metric)}}, min, max};
}

class MetricsDeletes : public testing::Test {
 protected:
  void start(sim::MetricsNodeOptions options = {.partitions = 2}) {
    node_.reset();
    auto started = MetricsNode::start(files_, clock_, options);
    ASSERT_TRUE(started) << started.error().message;
    node_ = *std::move(started);
  }
  void crash(sim::MetricsNodeOptions options = {.partitions = 2}) {
    files_.crash_now();
    node_.reset();
    files_.recover(sim::SimFileSystem::CrashMode::kLoseAllUnsynced);
    start(options);
  }
  MetricsStore& store() { return node_->store(); }
  void write(const model::Labels& labels, std::int64_t t, double v) {
    model::WriteBatch batch;
    batch.add_series(labels.encoded());
    batch.floats.push_back({0, t, v});
    ASSERT_TRUE(node_->write("anonymous", batch));
  }
  void write_exemplar(const model::Labels& labels, std::int64_t t) {
    model::WriteBatch batch;
    batch.add_series(labels.encoded());
    batch.floats.push_back({0, t, 1});
    batch.exemplars.push_back({0, {{{"trace_id", std::to_string(t)}}, 7, {t}}});
    ASSERT_TRUE(node_->write("anonymous", batch));
  }
  std::vector<double> values(const std::string& metric, const std::string& env = "dev") {
    const auto content = node_->read_all("anonymous");
    if (!content) return {-1};
    const auto at = content->find(labels_of(metric, env).to_string());
    return at == content->end() ? std::vector<double>{} : at->second.values;
  }
  std::vector<std::string> metrics() {
    return *store().label_values("__name__", {{"anonymous"}, {}, Timestamp::min(), Timestamp::max()}, node_->context());
  }
  void flush() { ASSERT_TRUE(store().run_once(true)); }

  sim::SimFileSystem files_{1};
  sim::SimClock clock_{kStart};
  std::unique_ptr<MetricsNode> node_;
};

TEST_F(MetricsDeletes, HidesWhatIsBelowInHeadFrozenAndBlocksAndNothingAbove) {
  start();
  write(labels_of("a"), kStart.ms, 1);
  flush();
  write(labels_of("a"), kStart.ms + 1, 2);
  write(labels_of("b"), kStart.ms, 3);
  ASSERT_TRUE(store().delete_series(deletion("a")));
  EXPECT_EQ(values("a"), std::vector<double>{});
  EXPECT_EQ(values("b"), std::vector<double>{3});
  EXPECT_EQ(metrics(), std::vector<std::string>{"b"});
  // A later sample of a deleted timestamp is a new one.
  write(labels_of("a"), kStart.ms, 10);
  EXPECT_EQ(values("a"), std::vector<double>{10});
  flush();
  EXPECT_EQ(values("a"), std::vector<double>{10});
  EXPECT_EQ(metrics(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(MetricsDeletes, SurvivesACrashAtEveryStage) {
  start();
  write(labels_of("a"), kStart.ms, 1);
  flush();
  write(labels_of("a"), kStart.ms + 1, 2);
  ASSERT_TRUE(store().delete_series(deletion("a")));
  crash();
  EXPECT_EQ(values("a"), std::vector<double>{});
  write(labels_of("a"), kStart.ms, 10);
  crash();
  EXPECT_EQ(values("a"), std::vector<double>{10});
  flush();  // the watermark passes the delete
  crash();
  EXPECT_EQ(values("a"), std::vector<double>{10});
  EXPECT_GT(store().stats().tombstones, 0U);
  ASSERT_TRUE(store().clean_tombstones());
  EXPECT_EQ(store().stats().tombstones, 0U);
  crash();
  EXPECT_EQ(store().stats().tombstones, 0U);
  EXPECT_EQ(values("a"), std::vector<double>{10});
}

TEST_F(MetricsDeletes, ARangeOfTimeIsTakenOut) {
  start();
  for (int i = 0; i < 10; ++i) write(labels_of("a"), kStart.ms + i, i);
  ASSERT_TRUE(store().delete_series(deletion("a", {kStart.ms + 2}, {kStart.ms + 4})));
  ASSERT_TRUE(store().delete_series(deletion("a", {kStart.ms + 4}, {kStart.ms + 7})));
  const std::vector<double> left{0, 1, 8, 9};
  EXPECT_EQ(values("a"), left);
  flush();
  EXPECT_EQ(values("a"), left);
  // A series is not found where nothing of it is left.
  const model::SelectRequest inside{{"anonymous"}, {}, {kStart.ms + 3}, {kStart.ms + 6}};
  EXPECT_EQ(store().label_values("__name__", inside, node_->context())->size(), 0U);
  std::vector<std::shared_ptr<const model::Series>> batch;
  ASSERT_TRUE((*store().select(inside, node_->context()))->next(batch));
  EXPECT_EQ(batch.size(), 0U);
  ASSERT_TRUE(store().clean_tombstones());
  EXPECT_EQ(values("a"), left);
  std::uint64_t samples = 0;
  for (const auto& entry : store().block_entries()) samples += entry.samples;
  EXPECT_EQ(samples, 4U);
}

TEST_F(MetricsDeletes, OtherTenantsAndOtherSelectorsStay) {
  start();
  write(labels_of("a", "dev"), kStart.ms, 1);
  write(labels_of("a", "prod"), kStart.ms, 2);
  model::SeriesDeletion other = deletion("a");
  other.tenant = "other";
  ASSERT_TRUE(store().delete_series(other));
  EXPECT_EQ(values("a", "dev"), std::vector<double>{1});
  model::SeriesDeletion two = deletion("none");
  two.selectors.push_back({*model::Matcher::create(model::MatchType::kRegex, "env", "de.*")});
  ASSERT_TRUE(store().delete_series(two));
  EXPECT_EQ(values("a", "dev"), std::vector<double>{});
  EXPECT_EQ(values("a", "prod"), std::vector<double>{2});
  EXPECT_EQ(store().delete_series({"anonymous", {}, {0}, {1}}).error().code, Code::kInvalid);
}

TEST_F(MetricsDeletes, MergesApplyThemByTheEndOfEachBlock) {
  start({.partitions = 1});
  write(labels_of("a"), kStart.ms, 1);
  write(labels_of("b"), kStart.ms, 1);
  flush();
  ASSERT_TRUE(store().delete_series(deletion("a")));
  write(labels_of("a"), kStart.ms, 2);
  flush();
  clock_.advance(kDay + kDay);  // the day is over
  ASSERT_EQ(store().compact_once(), true);
  EXPECT_EQ(values("a"), std::vector<double>{2});
  EXPECT_EQ(store().stats().tombstones, 0U);
  ASSERT_EQ(store().block_entries().size(), 1U);
  EXPECT_EQ(store().block_entries()[0].samples, 2U);
  crash({.partitions = 1});
  EXPECT_EQ(values("a"), std::vector<double>{2});
  // The merged block ends above the delete and is meant by the next one only.
  ASSERT_TRUE(store().delete_series(deletion("a")));
  EXPECT_EQ(values("a"), std::vector<double>{});
}

TEST_F(MetricsDeletes, AMergeBeforeTheReplayForgetsNoDelete) {
  start({.partitions = 1});
  write(labels_of("a"), kStart.ms, 1);
  flush();
  ASSERT_TRUE(store().delete_series(deletion("a")));
  write(labels_of("b"), kStart.ms, 1);
  ASSERT_TRUE(store().run_once());  // nothing is cut, so the delete is in the log only
  crash({.partitions = 1});
  write(labels_of("b"), kStart.ms + 1, 1);
  flush();
  ASSERT_EQ(store().compact_once(), true);
  EXPECT_EQ(values("a"), std::vector<double>{});
  EXPECT_EQ(values("b"), (std::vector<double>{1, 1}));
}

TEST_F(MetricsDeletes, AnImportedBlockAboveADeleteHidesItNot) {
  start({.partitions = 1});
  write(labels_of("a"), kStart.ms, 1);
  flush();
  write(labels_of("b"), kStart.ms, 2);
  flush();
  ASSERT_TRUE(store().delete_series(deletion("a")));
  // As an import does it: a block takes a place in the log behind a delete that no manifest names.
  write(labels_of("c"), kStart.ms, 3);
  const model::Position end = node_->log().end();
  {
    object_store::FilesystemStore objects(files_, "/data/objects");
    blocks::ManifestStore manifest(objects, "metrics/manifest.json");
    ASSERT_TRUE(manifest.open({}));
    ASSERT_TRUE(manifest.update([&](blocks::Manifest& m) -> Result<void> {
      EXPECT_TRUE(m.tombstones.empty());
      m.blocks.at(1).end = end;
      return {};
    }));
  }
  crash({.partitions = 1});
  ASSERT_EQ(store().compact_once(), true);
  EXPECT_EQ(values("a"), std::vector<double>{});
  EXPECT_EQ(values("b"), std::vector<double>{2});
  EXPECT_EQ(values("c"), std::vector<double>{3});
}

TEST_F(MetricsDeletes, BlocksThatHoldNothingOfItAreNotRewritten) {
  start({.partitions = 1});
  write(labels_of("a"), kStart.ms, 1);
  flush();
  write(labels_of("b"), kStart.ms, 1);
  flush();
  const auto before = store().block_entries();
  ASSERT_TRUE(store().delete_series(deletion("b")));
  ASSERT_TRUE(store().delete_series(deletion("a", {kStart.ms + 1}, {kStart.ms + 2})));
  EXPECT_EQ(store().apply_deletes_once(), true);
  EXPECT_EQ(store().apply_deletes_once(), false);
  const auto after = store().block_entries();
  // Nothing is left of the second block.
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].id, before[0].id);
  EXPECT_FALSE(*files_.exists("/data/objects/" + before[1].key));
  EXPECT_EQ(store().stats().tombstones, 0U);
  crash({.partitions = 1});
  EXPECT_EQ(metrics(), std::vector<std::string>{"a"});
}

TEST_F(MetricsDeletes, DeletesWaitForOthersBeforeBlocksAreRewritten) {
  const sim::MetricsNodeOptions options{.partitions = 1, .delete_delay = Duration::minutes(10)};
  start(options);
  write(labels_of("a"), kStart.ms, 1);
  write(labels_of("b"), kStart.ms, 1);
  flush();
  ASSERT_TRUE(store().delete_series(deletion("a")));
  EXPECT_EQ(store().apply_deletes_once(), false);
  clock_.advance(Duration::minutes(10));
  EXPECT_EQ(store().apply_deletes_once(), true);
  ASSERT_EQ(store().block_entries().size(), 1U);
  EXPECT_EQ(store().block_entries()[0].samples, 1U);
}

TEST_F(MetricsDeletes, AClockThatRunsBackLosesNoDelete) {
  const sim::MetricsNodeOptions options{.partitions = 1, .delete_delay = Duration::minutes(10)};
  start(options);
  write(labels_of("a"), kStart.ms, 1);
  flush();
  ASSERT_TRUE(store().delete_series(deletion("a")));
  clock_.jump(-Duration::hours(1));
  ASSERT_TRUE(store().delete_series(deletion("none")));
  clock_.advance(Duration::minutes(20));  // only the second has waited
  EXPECT_EQ(store().apply_deletes_once(), true);
  EXPECT_EQ(values("a"), std::vector<double>{});
  crash(options);
  EXPECT_EQ(values("a"), std::vector<double>{});
}

TEST_F(MetricsDeletes, ExemplarsGoToo) {
  start({.partitions = 1});
  write_exemplar(labels_of("a"), kStart.ms);
  flush();
  write_exemplar(labels_of("a"), kStart.ms + 5);
  ASSERT_TRUE(store().delete_series(deletion("a", {kStart.ms}, {kStart.ms + 4})));
  const model::SelectRequest all{{"anonymous"}, {}, Timestamp::min(), Timestamp::max()};
  const auto left = [&] {
    std::vector<std::int64_t> times;
    const auto found = store().exemplars(all, node_->context());
    for (const auto& series : *found) {
      for (const auto& exemplar : series.exemplars) times.push_back(exemplar.timestamp.ms);
    }
    return times;
  };
  EXPECT_EQ(left(), std::vector<std::int64_t>{kStart.ms + 5});
  ASSERT_TRUE(store().clean_tombstones());
  EXPECT_EQ(left(), std::vector<std::int64_t>{kStart.ms + 5});
  EXPECT_EQ(store().stats().tombstones, 0U);
}

TEST_F(MetricsDeletes, AnIdlePartitionPassesDeletesOn) {
  const sim::MetricsNodeOptions options{.partitions = 2, .segment_bytes = 4096, .idle_log_bytes = 512};
  start(options);
  // Enough metrics that both partitions hold some.
  for (int i = 0; i < 16; ++i) write(labels_of("a" + std::to_string(i)), kStart.ms, 1);
  write(labels_of("b"), kStart.ms, 1);
  flush();
  std::set<std::uint32_t> used;
  for (const auto& entry : store().block_entries()) used.insert(entry.partition.value);
  ASSERT_EQ(used.size(), 2U);
  ASSERT_TRUE(store().delete_series(
      {"anonymous", {{*model::Matcher::create(model::MatchType::kRegex, "__name__", "a.*")}}, Timestamp::min(), Timestamp::max()}));
  // One series, so one partition; the other follows by its watermark alone.
  for (int i = 0; i < 200; ++i) {
    write(labels_of("c"), kStart.ms + i, i);
    if (i % 40 == 39) flush();
  }
  EXPECT_GT(node_->log().begin().value, 8000U);
  crash(options);
  EXPECT_EQ(metrics(), (std::vector<std::string>{"b", "c"}));
}

TEST_F(MetricsDeletes, ADamagedBlockIsNamedByTheCleaning) {
  start({.partitions = 1});
  write(labels_of("a"), kStart.ms, 1);
  flush();
  const std::string key = store().block_entries()[0].key;
  ASSERT_TRUE(store().delete_series(deletion("b")));
  files_.damage("/data/objects/" + key, 60);
  start({.partitions = 1});
  const auto cleaned = store().clean_tombstones();
  ASSERT_FALSE(cleaned);
  EXPECT_EQ(cleaned.error().message, "a damaged block keeps what is deleted, restore it from a copy: " + key);
}

TEST_F(MetricsDeletes, ASnapshotCarriesDeletesAlong) {
  start({.partitions = 2});
  write(labels_of("a"), kStart.ms, 1);
  write(labels_of("b"), kStart.ms, 1);
  flush();
  write(labels_of("b"), kStart.ms + 1, 2);
  ASSERT_TRUE(store().delete_series(deletion("a")));
  std::vector<std::string> keys;
  const auto copy = [&](const std::string& key) -> Result<void> {
    keys.push_back(key);
    return {};
  };
  const auto without = store().snapshot(true, copy);
  ASSERT_TRUE(without);
  EXPECT_EQ(keys.size(), without->blocks.size());
  EXPECT_FALSE(without->tombstones.empty());
  std::uint64_t samples = 0;
  for (const auto& entry : without->blocks) samples += entry.samples;
  EXPECT_EQ(samples, 2U);
  const auto with = store().snapshot(false, copy);
  ASSERT_TRUE(with);
  samples = 0;
  for (const auto& entry : with->blocks) samples += entry.samples;
  EXPECT_EQ(samples, 3U);
  for (const auto& watermark : with->watermarks) EXPECT_EQ(watermark, node_->log().end());
}

TEST_F(MetricsDeletes, TheOldestBlocksGoUntilTheRestIsSmallEnough) {
  start({.partitions = 1});
  for (int day = 3; day >= 0; --day) write(labels_of("a"), kStart.ms - day * kDay.ms, 3 - day);
  flush();
  const auto entries = store().block_entries();
  ASSERT_EQ(entries.size(), 4U);
  std::uint64_t bytes = 0;
  for (const auto& entry : entries) bytes += entry.size_bytes;
  start({.partitions = 1, .retention_bytes = bytes});
  ASSERT_TRUE(store().drop_expired());
  EXPECT_EQ(values("a"), (std::vector<double>{0, 1, 2, 3}));
  start({.partitions = 1, .retention_bytes = bytes - entries[0].size_bytes - 1});
  ASSERT_TRUE(store().drop_expired());
  EXPECT_EQ(values("a"), (std::vector<double>{2, 3}));
  crash({.partitions = 1});
  EXPECT_EQ(values("a"), (std::vector<double>{2, 3}));
}

TEST_F(MetricsDeletes, SeriesAreKeptAsLongAsTheFirstRuleSays) {
  const sim::MetricsNodeOptions options{.partitions = 1, .retention = Duration::hours(24 * 10)};
  start(options);
  const auto rules = [] {
    return std::vector<RetentionRule>{{{model::Matcher::equal("env", "prod")}, {}},
                                      {{model::Matcher::equal("env", "dev")}, Duration::hours(48)},
                                      {{model::Matcher::equal("__name__", "a")}, Duration::hours(1)}};
  };
  store().set_retention_rules(rules());
  for (const char* env : {"dev", "prod", "test"}) write(labels_of("a", env), kStart.ms, 1);
  write(labels_of("b", "test"), kStart.ms, 1);
  flush();
  EXPECT_EQ(store().expire_series_once(), false);
  clock_.advance(Duration::hours(2));
  EXPECT_EQ(store().expire_series_once(), true);
  EXPECT_EQ(store().expire_series_once(), false);
  EXPECT_EQ(values("a", "test"), std::vector<double>{});
  EXPECT_EQ(values("a", "dev"), std::vector<double>{1});
  EXPECT_EQ(values("b", "test"), std::vector<double>{1});
  clock_.advance(Duration::hours(47));
  EXPECT_EQ(store().expire_series_once(), true);
  EXPECT_EQ(values("a", "dev"), std::vector<double>{});
  clock_.advance(Duration::hours(240));
  ASSERT_TRUE(store().drop_expired());
  EXPECT_EQ(store().expire_series_once(), true);
  crash(options);
  store().set_retention_rules(rules());
  EXPECT_EQ(values("b", "test"), std::vector<double>{});
  EXPECT_EQ(values("a", "prod"), std::vector<double>{1});
  EXPECT_EQ(store().expire_series_once(), false);
}

}  // namespace
}  // namespace isobar::follower
