#include "follower/metrics_store.h"

#include "sim/metrics_node.h"

namespace isobar::follower {
namespace {

model::Labels series_labels(std::uint64_t n) {
  return {{"__name__", "m" + std::to_string(n % 3)}, {"job", "j" + std::to_string(n % 4)}, {"n", std::to_string(n)}};
}

using sim::MetricsNode;

std::unique_ptr<MetricsNode> must_start(sim::SimFileSystem& files, const sim::SimClock& clock, sim::MetricsNodeOptions options = {}) {
  auto node = MetricsNode::start(files, clock, options);
  if (!node) ADD_FAILURE() << node.error().message;
  return *std::move(node);
}

void write_one(MetricsNode& node, const model::Labels& labels, std::int64_t t, double v) {
  model::WriteBatch batch;
  batch.add_series(labels.encoded());
  batch.floats.push_back({0, t, v});
  ASSERT_TRUE(node.write("anonymous", batch));
}

constexpr Timestamp kStart{1'700'000'000'000};

TEST(MetricsStore, ReadsItsWritesFromHeadFrozenAndBlocks) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const auto owner = must_start(files, clock);
  MetricsNode& node = *owner;
  const model::Labels labels = series_labels(1);
  write_one(node, labels, kStart.ms, 1);
  EXPECT_EQ((*node.read_all("anonymous"))[labels.to_string()].values, (std::vector<double>{1}));
  ASSERT_TRUE(node.store().run_once(true));
  EXPECT_EQ(node.store().stats().blocks, 1u);
  EXPECT_EQ(node.store().stats().head_series, 0u);
  write_one(node, labels, kStart.ms + 1000, 2);
  EXPECT_EQ((*node.read_all("anonymous"))[labels.to_string()].values, (std::vector<double>{1, 2}));
  EXPECT_TRUE(node.read_all("other")->empty());
}

TEST(MetricsStore, SaysThatAPartitionHasStopped) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const auto owner = must_start(files, clock, {.partitions = 1});
  MetricsNode& node = *owner;
  const model::Labels labels = series_labels(1);
  write_one(node, labels, kStart.ms, 1);
  const ingest_log::Append damaged{{0}, "no record"};
  ASSERT_TRUE(node.log().append({&damaged, 1}));
  write_one(node, labels, kStart.ms + 1000, 2);
  std::vector<std::string> warnings;
  EXPECT_EQ((*node.read_all("anonymous", &warnings))[labels.to_string()].values, (std::vector<double>{1}));
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].substr(0, 60), "partition 0 stopped at a damaged record of the ingest log, w");
}

TEST(MetricsStore, TheFirstOfConflictingSamplesWinsAlsoAcrossBlocks) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const auto owner = must_start(files, clock);
  MetricsNode& node = *owner;
  const model::Labels labels = series_labels(1);
  write_one(node, labels, kStart.ms, 1);
  write_one(node, labels, kStart.ms + 5, 5);
  write_one(node, labels, kStart.ms + 3, 3);   // out of order
  write_one(node, labels, kStart.ms, 100);     // conflict
  write_one(node, labels, kStart.ms + 3, 3);   // duplicate
  EXPECT_EQ((*node.read_all("anonymous"))[labels.to_string()].values, (std::vector<double>{1, 3, 5}));
  ASSERT_TRUE(node.store().run_once(true));
  write_one(node, labels, kStart.ms + 3, 300);
  EXPECT_EQ((*node.read_all("anonymous"))[labels.to_string()].values, (std::vector<double>{1, 3, 5}));
  EXPECT_EQ(node.registry().counter("isobar_store_conflicting_samples_total", "").value(), 1u);
  EXPECT_EQ(node.registry().counter("isobar_store_duplicate_samples_total", "").value(), 1u);
}

TEST(MetricsStore, AGenerationEndsEarlyWhenManySeriesAreGone) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const auto owner = must_start(files, clock, {.partitions = 1});
  MetricsNode& node = *owner;
  const auto write = [&](std::uint64_t from, std::uint64_t to) {
    std::vector<model::Labels> labels;
    for (std::uint64_t n = from; n < to; ++n) labels.push_back(series_labels(n));
    model::WriteBatch batch;
    for (std::uint32_t i = 0; i < labels.size(); ++i) {
      batch.add_series(labels[i].encoded());
      batch.floats.push_back({i, clock.now().ms, 1});
    }
    ASSERT_TRUE(node.write("anonymous", batch));
  };
  write(0, 2999);
  clock.advance(Duration::minutes(20));
  write(1000, 2999);  // 1000 are gone: a third
  ASSERT_TRUE(node.store().run_once());
  EXPECT_EQ(node.store().stats().blocks, 1u);
  write(1000, 2999);
  EXPECT_EQ(node.store().stats().head_series, 1999u);
  clock.advance(Duration::minutes(20));
  write(1999, 2999);  // 999 are gone, too few
  ASSERT_TRUE(node.store().run_once());
  EXPECT_EQ(node.store().stats().blocks, 1u);
  write(1001, 1002);
  clock.advance(Duration::minutes(20));
  write(2000, 2999);  // one more; it has a sample within the generation, but none for five minutes
  ASSERT_TRUE(node.store().run_once());
  EXPECT_EQ(node.store().stats().blocks, 2u);
}

TEST(MetricsStore, ADamagedBlockIsNamedAndTheRestIsServed) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  std::string key;
  {
    const auto owner = must_start(files, clock);
    MetricsNode& node = *owner;
    write_one(node, series_labels(1), kStart.ms, 1);
    ASSERT_TRUE(node.store().run_once(true));
    key = node.store().block_entries().at(0).key;
    write_one(node, series_labels(2), kStart.ms, 2);
  }
  files.damage("/data/objects/" + key, 20);
  const auto owner = must_start(files, clock);
  MetricsNode& node = *owner;
  // The byte is inside a chunk: the index is whole, so the series is found and its read fails loudly.
  model::SelectRequest request{{"anonymous"}, {}, Timestamp::min(), Timestamp::max()};
  auto set = *node.store().select(request, node.context());
  std::vector<std::shared_ptr<const model::Series>> batch;
  ASSERT_TRUE(set->next(batch));
  ASSERT_EQ(batch.size(), 2u);
  model::SampleColumns samples;
  const auto read = batch[0]->read(Timestamp::min(), Timestamp::max(), samples);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kCorrupt);
  EXPECT_TRUE(batch[1]->read(Timestamp::min(), Timestamp::max(), samples));
}

TEST(MetricsStore, ABlockWithADamagedIndexIsSetAsideAndReported) {
  sim::SimFileSystem files(1);
  const sim::SimClock clock(kStart);
  std::string key;
  {
    const auto owner = must_start(files, clock);
    write_one(*owner, series_labels(1), kStart.ms, 1);
    ASSERT_TRUE(owner->store().run_once(true));
    key = owner->store().block_entries().at(0).key;
    write_one(*owner, series_labels(2), kStart.ms, 2);
  }
  files.damage("/data/objects/" + key, 60);
  const auto owner = must_start(files, clock);
  ASSERT_EQ(owner->store().degraded().size(), 1u);
  EXPECT_EQ(owner->store().degraded()[0].reason, "block is damaged (section 1): " + key);
  EXPECT_EQ(owner->read_all("anonymous")->size(), 1u);
  EXPECT_EQ(owner->context().warnings.take().size(), 1u);
}

TEST(MetricsStore, AnIdlePartitionDoesNotHoldTheLogBack) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const auto owner = must_start(files, clock);
  MetricsNode& node = *owner;
  for (int i = 0; i < 300; ++i) {
    write_one(node, series_labels(1), kStart.ms + i, i);
    if (i % 50 == 49) {
      ASSERT_TRUE(node.store().run_once(true));
    }
  }
  EXPECT_GT(node.log().begin().value, 0u);
  EXPECT_EQ((*node.read_all("anonymous"))[series_labels(1).to_string()].size(), 300u);
}

TEST(MetricsStore, SeveralTenantsCarryTheirNameAsALabel) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const auto owner = must_start(files, clock);
  MetricsNode& node = *owner;
  model::WriteBatch batch;
  const model::Labels labels = series_labels(1);
  batch.add_series(labels.encoded());
  batch.floats.push_back({0, kStart.ms, 1});
  ASSERT_TRUE(node.write("a", batch));
  ASSERT_TRUE(node.write("b", batch));
  model::SelectRequest request{{"a", "b"}, {}, Timestamp::min(), Timestamp::max()};
  auto set = *node.store().select(request, node.context());
  std::vector<std::shared_ptr<const model::Series>> series;
  ASSERT_TRUE(set->next(series));
  ASSERT_EQ(series.size(), 2u);
  EXPECT_EQ(series[0]->labels().get("__tenant_id__"), "a");
  request.matchers.push_back(model::Matcher::equal("__tenant_id__", "b"));
  set = *node.store().select(request, node.context());
  ASSERT_TRUE(set->next(series));
  ASSERT_EQ(series.size(), 1u);
}

TEST(MetricsStore, BlocksOfADayBecomeOneAndTheFirstValueStays) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  std::vector<std::string> inputs;
  {
    const auto owner = must_start(files, clock, {.partitions = 1});
    MetricsNode& node = *owner;
    for (int i = 0; i < 5; ++i) {
      write_one(node, series_labels(1), kStart.ms + i, i);
      write_one(node, series_labels(1), kStart.ms, 100 + i);  // another value for the first one's timestamp
      ASSERT_TRUE(node.store().run_once(true));
    }
    for (const auto& entry : node.store().block_entries()) inputs.push_back(entry.key);
    ASSERT_EQ(inputs.size(), 5U);
    EXPECT_EQ(node.store().compact_once(), true);
    EXPECT_EQ(node.store().compact_once(), false);
  }
  for (const bool restarted : {false, true}) {
    const auto owner = must_start(files, clock, {.partitions = 1});
    const auto entries = owner->store().block_entries();
    ASSERT_EQ(entries.size(), 1U) << restarted;
    EXPECT_EQ(entries[0].samples, 5U);
    const model::SampleColumns samples = (*owner->read_all("anonymous"))[series_labels(1).to_string()];
    EXPECT_EQ(samples.values, (std::vector<double>{0, 1, 2, 3, 4}));
    for (const std::string& key : inputs) EXPECT_FALSE(*files.exists("/data/objects/" + key)) << key;
  }
}

TEST(MetricsStore, BlocksPastTheRetentionAreRemoved) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  {
    const auto owner = must_start(files, clock, {.partitions = 1, .retention = Duration::hours(48)});
    write_one(*owner, series_labels(1), kStart.ms, 1);
    write_one(*owner, series_labels(1), kStart.ms - Duration::hours(40).ms, 2);
    ASSERT_TRUE(owner->store().run_once(true));
    ASSERT_TRUE(owner->store().drop_expired());
    ASSERT_EQ(owner->store().block_entries().size(), 2U);
    clock.advance(Duration::hours(9));
    ASSERT_TRUE(owner->store().drop_expired());
    ASSERT_EQ(owner->store().block_entries().size(), 1U);
    EXPECT_EQ((*owner->read_all("anonymous"))[series_labels(1).to_string()].values, (std::vector<double>{1}));
  }
  const auto again = must_start(files, clock, {.partitions = 1});
  EXPECT_EQ((*again->read_all("anonymous"))[series_labels(1).to_string()].values, (std::vector<double>{1}));
}

TEST(MetricsStore, ABlockThatNoManifestNamesIsRemovedAtStart) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  std::string key;
  {
    const auto owner = must_start(files, clock);
    write_one(*owner, series_labels(1), kStart.ms, 1);
    ASSERT_TRUE(owner->store().run_once(true));
    key = owner->store().block_entries()[0].key;
  }
  const std::string orphan = "/data/objects/metrics/blocks/0000-0000000000000000-00000000000000ff-9.block";
  ASSERT_TRUE(sys::write_file_atomically(files, orphan, "half").has_value());
  const auto owner = must_start(files, clock);
  EXPECT_FALSE(*files.exists(orphan));
  EXPECT_TRUE(*files.exists("/data/objects/" + key));
  EXPECT_EQ(owner->read_all("anonymous")->size(), 1u);
}

std::vector<double> values_of(MetricsNode& node, const model::Labels& labels, std::vector<std::string>& warnings) {
  warnings.clear();
  auto content = node.read_all("anonymous", &warnings);
  return content ? (*content)[labels.to_string()].values : std::vector<double>{-1};
}

TEST(MetricsStore, ABlockThatCannotBeReadForAWhileComesBackWithoutARestart) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const model::Labels labels = series_labels(1);
  {
    const auto node = must_start(files, clock);
    write_one(*node, labels, kStart.ms, 1);
    ASSERT_TRUE(node->store().run_once(true));
  }
  // One call after the other fails at the start; one of them maps the block, and the first read does it then.
  for (std::uint64_t call = 0; call < 60; ++call) {
    files.fail_after(call);
    auto node = MetricsNode::start(files, clock);
    files.heal();
    if (!node) continue;
    std::vector<std::string> warnings;
    EXPECT_EQ(values_of(**node, labels, warnings), (std::vector<double>{1})) << "call " << call;
    ASSERT_TRUE((*node)->store().run_once());
    EXPECT_EQ(values_of(**node, labels, warnings), (std::vector<double>{1})) << "call " << call;
    EXPECT_TRUE(warnings.empty());
    EXPECT_TRUE((*node)->store().degraded().empty());
  }
}

TEST(MetricsStore, ANewBlockThatCannotBeReadBackStaysInMemory) {
  const model::Labels labels = series_labels(1);
  for (std::uint64_t call = 0; call < 60; ++call) {
    sim::SimFileSystem files(1);
    sim::SimClock clock(kStart);
    const auto node = must_start(files, clock);
    write_one(*node, labels, kStart.ms, 1);
    files.fail_after(call);
    (void)node->store().run_once(true);
    files.heal();
    std::vector<std::string> warnings;
    EXPECT_EQ(values_of(*node, labels, warnings), (std::vector<double>{1})) << "call " << call;
    EXPECT_TRUE(warnings.empty()) << "call " << call;
  }
}

TEST(MetricsStore, AQueryFailsWhileTheLogCannotBeRead) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const model::Labels labels = series_labels(1);
  write_one(*must_start(files, clock), labels, kStart.ms, 1);
  const auto node = must_start(files, clock);  // has to read the log from the disk
  files.set_read_failures(1000);
  EXPECT_EQ(node->read_all("anonymous").error().code, Code::kUnavailable);
  files.set_read_failures(0);
  EXPECT_EQ((*node->read_all("anonymous"))[labels.to_string()].values, (std::vector<double>{1}));
}

TEST(MetricsStore, AFullDiskIsNoReasonNotToStart) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const model::Labels labels = series_labels(1);
  write_one(*must_start(files, clock), labels, kStart.ms, 1);
  files.set_capacity(files.used_bytes());
  EXPECT_EQ((*must_start(files, clock)->read_all("anonymous"))[labels.to_string()].values, (std::vector<double>{1}));
}

// A merge that failed may be in the manifest all the same. Then a rewrite of one of its inputs must find what took their place.
TEST(MetricsStore, ARewriteAfterAMergeOfUnknownOutcomeHidesNothing) {
  for (std::uint64_t call = 0; call < 60; ++call) {
    sim::SimFileSystem files(1);
    sim::SimClock clock(kStart);
    const auto node = must_start(files, clock, {.partitions = 1});
    for (std::uint64_t n = 0; n < 3; ++n) {
      write_one(*node, series_labels(n), kStart.ms, 1);
      ASSERT_TRUE(node->store().run_once(true));
    }
    files.fail_after(call);
    (void)node->store().compact_once();
    files.heal();
    ASSERT_TRUE(node->store().delete_series({"anonymous", {{model::Matcher::equal("n", "0")}}, Timestamp::min(), Timestamp::max()}));
    ASSERT_TRUE(node->store().clean_tombstones());
    EXPECT_EQ(node->read_all("anonymous")->size(), 2u) << "call " << call;
  }
}

TEST(MetricsStore, ACopyIsRefusedWhileAPartitionDoesNotFollow) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const auto node = must_start(files, clock);
  const ingest_log::Append bad{{0}, "no record"};
  ASSERT_TRUE(node->log().append({&bad, 1}));
  const auto copy = [](const std::string&) { return Result<void>(); };
  EXPECT_EQ(node->store().snapshot(false, copy).error().code, Code::kCorrupt);
  EXPECT_TRUE(node->store().snapshot(true, copy));
}

// However many blocks there are: the manifest names them, and each is read when a query wants it.
TEST(MetricsStore, ABucketOfManyBlocksOpensByAFewRequests) {
  sim::SimBucket bucket(1);
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const model::Labels labels = series_labels(1);
  std::uint64_t before = 0;
  for (const std::size_t blocks : {0U, 10'000U}) {
    {
      auto node = *sim::MetricsNode::start(bucket, files, clock, {.writer = 5});
      write_one(*node, labels, kStart.ms, 1);
      ASSERT_TRUE(node->store().run_once(true));
    }
    // The same block under many names: of other days, and so of no interest to the query.
    const auto door = bucket.door();
    const auto object = *door->get("metrics/manifest.json");
    blocks::Manifest manifest = *blocks::decode_manifest(object.bytes);
    const blocks::BlockEntry one = manifest.blocks.front();
    for (std::size_t i = 0; i < blocks; ++i) {
      blocks::BlockEntry entry = one;
      entry.id = fmt::format("block-{}", i);
      entry.key = "metrics/blocks/" + entry.id;
      entry.min_time = entry.max_time = kStart - Duration::hours(24 * static_cast<std::int64_t>(i + 2));
      manifest.blocks.push_back(std::move(entry));
    }
    ASSERT_TRUE(door->put("metrics/manifest.json", blocks::encode_manifest(manifest)));
    const sim::BucketCounts counts = bucket.counts();
    auto node = sim::MetricsNode::start(bucket, files, clock, {.writer = 6});
    ASSERT_TRUE(node) << node.error().message;
    const std::uint64_t requests = bucket.counts().gets + bucket.counts().puts + bucket.counts().lists - counts.gets - counts.puts - counts.lists;
    EXPECT_LE(requests, 8u);
    EXPECT_TRUE(blocks == 0 || requests == before);
    before = requests;
    EXPECT_EQ((*node)->store().block_entries().size(), manifest.blocks.size());
    std::vector<std::string> warnings;
    auto content = (*node)->read_all("anonymous", &warnings, kStart, kStart);
    ASSERT_TRUE(content);
    EXPECT_EQ((*content)[labels.to_string()].values, (std::vector<double>{1}));
    EXPECT_TRUE(warnings.empty());
  }
}

// An attempt to write a merged block is given up, arrives later, and holds what was deleted meanwhile: it must not become the
// block that was published instead. Found by the simulation.
TEST(MetricsStore, ABlockThatArrivesLateReplacesNothing) {
  sim::SimBucket bucket(1);
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart + Duration::hours(48));
  const sim::MetricsNodeOptions options{.partitions = 1};
  {
    auto node = *MetricsNode::start(bucket, files, clock, options);
    for (std::int64_t n = 1; n <= 2; ++n) {
      write_one(*node, series_labels(1), kStart.ms + n, 1);
      write_one(*node, series_labels(2), kStart.ms + n, 2);
      ASSERT_TRUE(node->store().run_once(true));
    }
    bucket.set_late_puts(1000);
    bucket.fail_after(0, false);
    ASSERT_FALSE(node->store().compact_once());
    bucket.set_late_puts(0);
    model::SeriesDeletion deletion{"anonymous", {{model::Matcher::equal("n", "1")}}, Timestamp::min(), Timestamp::max()};
    ASSERT_TRUE(node->store().delete_series(deletion));
    ASSERT_EQ(node->store().compact_once(), true);
    bucket.deliver_all();
    EXPECT_EQ(bucket.counts().late_puts, 1u);
  }
  sim::MetricsNodeOptions elsewhere = options;
  elsewhere.writer = 2;
  elsewhere.cache_directory = "/elsewhere";
  auto node = *MetricsNode::start(bucket, files, clock, elsewhere);
  std::vector<std::string> warnings;
  const auto content = node->read_all("anonymous", &warnings);
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_TRUE(warnings.empty());
  ASSERT_EQ(content->size(), 1u);
  EXPECT_EQ(content->at(series_labels(2).to_string()).values, (std::vector<double>{2, 2}));
  node->store().remove_left_blocks();
  EXPECT_EQ(node->objects().list("metrics/blocks/")->size(), 1u);
}

}  // namespace
}  // namespace isobar::follower
