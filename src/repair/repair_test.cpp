// Damage of every kind in a data directory of the simulated world: what the plan says, that looking changes
// nothing, that what was said to be lost is what is missing, and that a repair which dies anywhere can be
// finished.
#include "repair/application.h"
#include "repair/examination.h"
#include "sim/metrics_node.h"

namespace isobar::repair {
namespace {

using sim::MetricsNode;
using sim::SimFileSystem;

constexpr Timestamp kStart{1'700'000'000'000};
constexpr std::int64_t kSeries = 6;

DataLayout layout() {
  return {.directory = "/data", .log = "log"};
}

// name → bytes, of everything below a folder.
void gather(SimFileSystem& files, const std::string& folder, std::map<std::string, std::string>& out) {
  const auto names = files.list(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    const std::string path = folder + "/" + name;
    if (const auto bytes = sys::read_file(files, path)) out[path] = *bytes;
    gather(files, path, out);
  }
}
std::map<std::string, std::string> tree(SimFileSystem& files) {
  std::map<std::string, std::string> out;
  gather(files, "/data", out);
  return out;
}

class World {
 public:
  explicit World(std::uint64_t seed = 1) : files(seed) {}

  std::unique_ptr<MetricsNode> start() {
    auto node = MetricsNode::start(files, clock, {.partitions = 2, .segment_bytes = 8192});
    if (!node) ADD_FAILURE() << node.error().message;
    return node ? *std::move(node) : nullptr;
  }
  // `n` samples of each of six series, one request each, from sample number `from` on.
  void write(MetricsNode& node, std::int64_t from, std::int64_t n) {
    for (std::int64_t s = 0; s < kSeries; ++s) {
      model::WriteBatch batch;
      const model::Labels labels{{"__name__", "m"}, {"job", "j" + std::to_string(s)}};
      batch.add_series(labels.encoded());
      for (std::int64_t i = from; i < from + n; ++i)
        batch.floats.push_back({0, kStart.ms + i * 1000, static_cast<double>(i + s)});
      ASSERT_TRUE(node.write("anonymous", batch));
    }
  }
  // Two blocks a partition, and records behind them in the log.
  void fill() {
    const auto node = start();
    write(*node, 0, 2500);
    ASSERT_TRUE(node->store().run_once(true));
    write(*node, 2500, 100);
    ASSERT_TRUE(node->store().run_once(true));
    for (int i = 0; i < 20; ++i) write(*node, 2600 + i * 10, 10);
  }
  std::map<std::string, std::size_t> samples() {
    std::map<std::string, std::size_t> counts;
    const auto node = start();
    if (!node) return counts;
    EXPECT_TRUE(node->store().degraded().empty());
    const auto content = node->read_all("anonymous");
    EXPECT_TRUE(content) << content.error().message;
    for (const auto& [labels, columns] : *content) {
      counts[labels] = columns.size();
      const std::int64_t s = labels[labels.find("job=\"j") + 6] - '0';
      for (std::size_t i = 0; i < columns.size(); ++i)
        EXPECT_EQ(columns.values[i], static_cast<double>((columns.timestamps[i] - kStart.ms) / 1000 + s));
    }
    return counts;
  }
  std::size_t total() {
    std::size_t n = 0;
    for (const auto& [labels, count] : samples()) n += count;
    return n;
  }
  Plan look() {
    const auto before = tree(files);
    auto plan = examine(files, layout());
    EXPECT_EQ(tree(files), before) << "looking has changed something";
    if (!plan) ADD_FAILURE() << plan.error().message;
    return plan ? *std::move(plan) : Plan{};
  }
  void repair() {
    const Plan plan = look();
    const auto done = apply(files, layout(), plan, kStart);
    ASSERT_TRUE(done) << done.error().message;
    const Plan after = look();
    EXPECT_TRUE(after.steps.empty()) << plan_text(after);
  }
  std::vector<std::string> blocks() { return paths_in("/data/objects/metrics/blocks"); }
  std::vector<std::string> segments() { return paths_in("/data/log"); }
  std::vector<std::string> paths_in(const std::string& folder) {
    std::vector<std::string> paths = *files.list(folder);
    for (std::string& path : paths) path = folder + "/" + path;
    return paths;
  }
  std::uint64_t size(const std::string& path) { return sys::read_file(files, path)->size(); }
  void remove(const std::string& path) {
    ASSERT_TRUE(files.remove(path));
    ASSERT_TRUE(files.sync_directory(sys::directory_of(path)));
  }

  SimFileSystem files;
  sim::SimClock clock{kStart + Duration::hours(6)};
};

constexpr std::size_t kAll = static_cast<std::size_t>(kSeries) * 2800;

TEST(Repair, SoundDataNeedsNothing) {
  World world;
  world.fill();
  const Plan plan = world.look();
  EXPECT_TRUE(plan.steps.empty()) << plan_text(plan);
  EXPECT_TRUE(plan.notes.empty()) << plan_text(plan);
  EXPECT_EQ(plan.id, "");
  EXPECT_EQ(world.total(), kAll);
}

TEST(Repair, SavesTheSoundChunksOfABlock) {
  World world;
  world.fill();
  const std::string block = world.blocks()[0];
  // The first body is the column of timestamps that series have in common, the next a column of values.
  const std::string damaged_bytes = [&] {
    for (std::uint64_t at = 400;; at += 50) {
      world.files.damage(block, at);
      const Plan plan = world.look();
      if (plan.salvages.size() == 1 && plan.salvages[0].sound.samples > 1000)
        return *sys::read_file(world.files, block);
      world.files.damage(block, at);  // whole again
    }
  }();
  const Plan plan = world.look();
  ASSERT_EQ(plan.steps.size(), 1u) << plan_text(plan);
  const Salvage& salvage = plan.salvages[0];
  const std::uint64_t lost = salvage.damaged.samples - salvage.sound.samples;
  EXPECT_EQ(plan.steps[0].lost[0].substr(0, plan.steps[0].lost[0].find(" (")),
            fmt::format("{} of {} samples", lost, salvage.damaged.samples));
  EXPECT_NE(plan.steps[0].lost[1].find("m{job=\"j"), std::string::npos) << plan.steps[0].lost[1];
  EXPECT_EQ(salvage.sound.id, salvage.damaged.id + "-2");
  world.repair();
  EXPECT_EQ(world.total(), kAll - lost);
  EXPECT_EQ(tree(world.files).at("/data/set-aside/" + plan.id + block.substr(5)), damaged_bytes);
  EXPECT_FALSE(tree(world.files).contains(block));
}

TEST(Repair, TakesOutABlockThatCannotBeRead) {
  World world;
  world.fill();
  const std::string block = world.blocks()[0];
  const auto manifest =
      blocks::decode_manifest(*sys::read_file(world.files, "/data/objects/metrics/manifest.json"));
  world.files.damage(block, world.size(block) - 20);
  world.remove(world.blocks()[2]);
  const Plan plan = world.look();
  ASSERT_EQ(plan.steps.size(), 2u) << plan_text(plan);
  EXPECT_EQ(plan.steps[0].wrong, "block is damaged (footer)");
  EXPECT_EQ(plan.steps[1].wrong, "the file is missing");
  world.repair();
  EXPECT_EQ(world.total(), kAll - manifest->blocks[0].samples - manifest->blocks[2].samples);
  EXPECT_TRUE(tree(world.files).contains("/data/set-aside/" + plan.id + block.substr(5)));
}

TEST(Repair, WritesABlockAgainWhoseRecordsAreInTheLog) {
  for (const bool missing : {true, false}) {
    World world;
    world.fill();
    const std::string block = world.blocks()[1];
    const std::string bytes = *sys::read_file(world.files, block);
    if (missing) {
      world.remove(block);
    } else {
      world.files.damage(block, 20);
    }
    const Plan plan = world.look();
    ASSERT_EQ(plan.steps.size(), 1u);
    EXPECT_EQ(plan.steps[0].lost[0].substr(0, 9), "nothing: ") << plan_text(plan);
    world.repair();
    EXPECT_EQ(*sys::read_file(world.files, block), bytes);
    EXPECT_EQ(tree(world.files).contains("/data/set-aside/" + plan.id + block.substr(5)), !missing);
    EXPECT_EQ(world.total(), kAll);
  }
}

TEST(Repair, NotesDamagedRecordsOfTheLogAsLost) {
  World world;
  world.fill();
  // The last records: above every watermark, and followed by one that says that they were durable.
  const auto survey = ingest_log::survey_log(world.files, "/data/log", std::nullopt);
  const std::string segment = "/data/log/" + survey->segments.back().name;
  world.files.damage(segment, 64 + 60);
  const Plan plan = world.look();
  ASSERT_EQ(plan.steps.size(), 1u) << plan_text(plan);
  EXPECT_NE(plan.steps[0].wrong.find("acknowledged records are damaged: positions "), std::string::npos);
  EXPECT_EQ(plan.steps[0].lost[0].substr(0, 12), "1 record of ") << plan_text(plan);
  EXPECT_FALSE(MetricsNode::start(world.files, world.clock, {.partitions = 2, .segment_bytes = 8192}));
  world.repair();
  EXPECT_EQ(world.total(), kAll - 10);
}

TEST(Repair, LosesNothingOfARecordThatIsInBlocks) {
  World world;
  world.fill();
  const auto manifest =
      blocks::decode_manifest(*sys::read_file(world.files, "/data/objects/metrics/manifest.json"));
  ASSERT_LT(world.segments().size(), 20u);
  world.files.damage(world.segments()[0], 64 + 60);
  const Plan plan = world.look();
  ASSERT_EQ(plan.steps.size(), 1u) << plan_text(plan);
  EXPECT_EQ(plan.steps[0].lost[0].substr(0, 8), "nothing:") << plan_text(plan);
  world.repair();
  EXPECT_EQ(world.total(), kAll);
}

TEST(Repair, GoesOnBehindMissingSegments) {
  World world;
  world.fill();
  {
    const auto node = world.start();
    for (int i = 0; i < 60; ++i) world.write(*node, 2800 + i * 10, 10);
  }
  const auto segments = world.segments();
  ASSERT_GE(segments.size(), 4u);
  world.remove(segments[segments.size() - 2]);
  const Plan plan = world.look();
  ASSERT_EQ(plan.steps.size(), 1u) << plan_text(plan);
  EXPECT_NE(plan.steps[0].wrong.find("acknowledged records are missing behind it"), std::string::npos)
      << plan_text(plan);
  EXPECT_NE(plan.steps[0].lost[0].find("bytes of records that cannot be named, of partitions 0, 1"),
            std::string::npos)
      << plan_text(plan);
  world.repair();
  const std::size_t left = world.total();
  EXPECT_LT(left, kAll + 3600);
  EXPECT_GT(left, kAll);

  // And at the front: what the first needed is gone.
  const auto now = world.segments();
  for (std::size_t i = 0; i + 1 < now.size(); ++i) world.remove(now[i]);
  const Plan front = world.look();
  ASSERT_EQ(front.steps.size(), 1u) << plan_text(front);
  EXPECT_NE(front.steps[0].wrong.find("segments are missing"), std::string::npos);
  world.repair();
  EXPECT_GE(world.total(), static_cast<std::size_t>(kSeries) * 2600);
}

TEST(Repair, GoesOnWithoutALogOrItsEnd) {
  World world;
  world.fill();
  const auto segments = world.segments();
  for (const std::string& segment : segments) world.remove(segment);
  ASSERT_EQ(world.look().steps.size(), 1u) << plan_text(world.look());
  EXPECT_EQ(world.look().steps[0].wrong, "the log is missing");
  world.repair();
  EXPECT_EQ(world.total(), static_cast<std::size_t>(kSeries) * 2600);

  World other;
  other.fill();
  const auto all = other.segments();
  for (std::size_t i = 1; i < all.size(); ++i) other.remove(all[i]);
  const auto survey = ingest_log::survey_log(other.files, "/data/log", std::nullopt);
  const auto manifest =
      blocks::decode_manifest(*sys::read_file(other.files, "/data/objects/metrics/manifest.json"));
  if (survey->end < manifest->watermarks[0]) {
    EXPECT_NE(other.look().steps.at(0).wrong.find("the log ends at position"), std::string::npos);
    other.repair();
  }
  EXPECT_GE(other.total(), static_cast<std::size_t>(kSeries) * 2600);
  const auto node = other.start();
  other.write(*node, 5000, 10);
}

TEST(Repair, WritesAMissingOrDamagedManifestAnew) {
  for (const bool missing : {true, false}) {
    World world;
    world.fill();
    const std::string path = "/data/objects/metrics/manifest.json";
    const auto before = blocks::decode_manifest(*sys::read_file(world.files, path));
    if (missing) {
      world.remove(path);
    } else {
      world.files.damage(path, 0);
    }
    const auto refused =
        MetricsNode::start(world.files, world.clock, {.partitions = 2, .segment_bytes = 8192});
    ASSERT_FALSE(refused);
    EXPECT_EQ(world.blocks().size(), 4u) << "the start has removed blocks";
    const Plan plan = world.look();
    ASSERT_EQ(plan.steps.size(), 1u) << plan_text(plan);
    EXPECT_NE(plan.steps[0].lost[0].find("deletes of series that were not yet applied"), std::string::npos);
    world.repair();
    const auto after = blocks::decode_manifest(*sys::read_file(world.files, path));
    EXPECT_EQ(after->watermarks, before->watermarks);
    EXPECT_EQ(after->log_identity, before->log_identity);
    ASSERT_EQ(after->blocks.size(), before->blocks.size());
    for (std::size_t i = 0; i < after->blocks.size(); ++i) {
      EXPECT_EQ(after->blocks[i].id, before->blocks[i].id);
      EXPECT_EQ(after->blocks[i].samples, before->blocks[i].samples);
      EXPECT_EQ(after->blocks[i].series, before->blocks[i].series);
      EXPECT_EQ(after->blocks[i].min_time, before->blocks[i].min_time);
      EXPECT_EQ(after->blocks[i].max_time, before->blocks[i].max_time);
      EXPECT_EQ(after->blocks[i].size_bytes, before->blocks[i].size_bytes);
    }
    EXPECT_EQ(world.total(), kAll);
  }
}

// The downsampled blocks of all that fill() wrote, once its day is over.
void downsample(World& world) {
  world.clock.advance(Duration::hours(48));
  const auto node = MetricsNode::start(world.files, world.clock, {.partitions = 2, .segment_bytes = 8192, .downsampling = true});
  ASSERT_TRUE(node);
  for (const auto& step : {&follower::MetricsStore::compact_once, &follower::MetricsStore::downsample_once}) {
    while (*((*node)->store().*step)()) {
    }
  }
}

std::vector<blocks::BlockEntry> listed(World& world) {
  return blocks::decode_manifest(*sys::read_file(world.files, "/data/objects/metrics/manifest.json"))->blocks;
}

TEST(Repair, ADownsampledBlockIsNoLossBesideItsBlock) {
  World world;
  world.fill();
  downsample(world);
  const auto before = listed(world);
  const auto coarse = std::find_if(before.begin(), before.end(), [](const auto& e) { return e.resolution.ms != 0; });
  ASSERT_NE(coarse, before.end());
  const std::string path = "/data/objects/" + coarse->key;
  world.files.damage(path, world.size(path) - 20);
  const Plan plan = world.look();
  ASSERT_EQ(plan.steps.size(), 1u) << plan_text(plan);
  EXPECT_EQ(plan.steps[0].lost, (std::vector<std::string>{"nothing: it is downsampled, and made again from the block of every sample"}));
  world.repair();
  EXPECT_EQ(listed(world).size(), before.size() - 1);
  EXPECT_EQ(world.total(), kAll);
  downsample(world);
  EXPECT_EQ(listed(world).size(), before.size()) << "it is made again";
}

TEST(Repair, WhatWasMadeOfADamagedBlockGoesWithIt) {
  World world;
  world.fill();
  downsample(world);
  const auto before = listed(world);
  const auto fine = std::find_if(before.begin(), before.end(), [](const auto& e) { return e.resolution.ms == 0; });
  const std::string path = "/data/objects/" + fine->key;
  for (std::uint64_t at = 400; world.look().salvages.empty(); at += 50) {
    world.files.damage(path, at);
    if (const Plan plan = world.look(); !plan.salvages.empty() && plan.salvages[0].sound.samples > 1000) break;
    world.files.damage(path, at);  // whole again
  }
  const Plan plan = world.look();
  const auto companions = std::count_if(before.begin(), before.end(), [&](const auto& e) { return e.resolution.ms != 0 && e.first == fine->first && e.partition == fine->partition; });
  EXPECT_EQ(plan.steps.size(), 1u + static_cast<std::size_t>(companions)) << plan_text(plan);
  world.repair();
  for (const auto& entry : listed(world)) EXPECT_FALSE(entry.resolution.ms != 0 && entry.partition == fine->partition);
}

TEST(Repair, AManifestIsWrittenAnewWithDownsampledBlocks) {
  World world;
  world.fill();
  downsample(world);
  const auto before = listed(world);
  world.remove("/data/objects/metrics/manifest.json");
  world.repair();
  const auto after = listed(world);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].id, before[i].id);
    EXPECT_EQ(after[i].resolution, before[i].resolution);
  }
  EXPECT_EQ(world.total(), kAll);
}

TEST(Repair, SeesThatAManifestContradictsItself) {
  World world;
  world.fill();
  const std::string path = "/data/objects/metrics/manifest.json";
  blocks::Manifest manifest = *blocks::decode_manifest(*sys::read_file(world.files, path));
  std::string& key = manifest.blocks[0].key;
  key[key.find("0000")] = '1';
  ASSERT_TRUE(sys::write_file_atomically(world.files, path, blocks::encode_manifest(manifest)));
  const Plan plan = world.look();
  ASSERT_EQ(plan.steps.size(), 1u) << plan_text(plan);
  EXPECT_NE(plan.steps[0].wrong.find("the manifest contradicts itself"), std::string::npos);
  world.repair();
  EXPECT_EQ(world.total(), kAll);
}

TEST(Repair, WithoutAManifestTheLogMakesUpForTheNewestBlock) {
  World world;
  world.fill();
  world.files.damage(world.blocks()[1], 4);  // of partition 0; its records are in the log
  world.files.damage(world.blocks()[2], 4);  // of partition 1, long trimmed
  const auto manifest =
      blocks::decode_manifest(*sys::read_file(world.files, "/data/objects/metrics/manifest.json"));
  world.remove("/data/objects/metrics/manifest.json");
  const Plan plan = world.look();
  ASSERT_EQ(plan.steps.size(), 3u) << plan_text(plan);
  EXPECT_NE(plan.steps[1].lost[0].find("is read again from the log"), std::string::npos) << plan_text(plan);
  EXPECT_EQ(plan.steps[2].lost[0].find("is read again from the log"), std::string::npos) << plan_text(plan);
  world.repair();
  EXPECT_EQ(world.total(), kAll - manifest->blocks[2].samples);
}

TEST(Repair, OfAMergeAndItsInputsTheWidestStays) {
  World world;
  world.fill();
  std::map<std::string, std::string> inputs;
  for (const std::string& block : world.blocks()) inputs[block] = *sys::read_file(world.files, block);
  {
    const auto node = world.start();
    world.clock.advance(Duration::hours(48));
    ASSERT_TRUE(*node->store().compact_once());
    ASSERT_TRUE(*node->store().compact_once());
  }
  ASSERT_EQ(world.blocks().size(), 2u);
  for (const auto& [path, bytes] : inputs) ASSERT_TRUE(sys::write_file_atomically(world.files, path, bytes));
  world.remove("/data/objects/metrics/manifest.json");
  const Plan plan = world.look();
  ASSERT_EQ(plan.steps.size(), 5u) << plan_text(plan);
  for (std::size_t i = 1; i < 5; ++i)
    EXPECT_EQ(plan.steps[i].lost[0], "nothing: its positions are in that block");
  world.repair();
  EXPECT_EQ(world.blocks().size(), 2u);
  EXPECT_EQ(world.total(), kAll);
}

TEST(Repair, AnImportedBlockDoesNotSayHowFarTheLogIsInBlocks) {
  World world;
  world.fill();
  const auto survey = ingest_log::survey_log(world.files, "/data/log", std::nullopt);
  const std::string block = world.blocks()[0];
  const std::string imported =
      fmt::format("/data/objects/metrics/blocks/0000-{:016x}-{:016x}-0-01M86FEQP0WT6WTG3AY3PCX4J6.block",
                  survey->end.value - 40, survey->end.value);
  ASSERT_TRUE(sys::write_file_atomically(world.files, imported, *sys::read_file(world.files, block)));
  world.remove("/data/objects/metrics/manifest.json");
  world.repair();
  EXPECT_EQ(world.blocks().size(), 5u);
  EXPECT_EQ(world.total(), kAll);
}

TEST(Repair, LeavesAloneWhatItDoesNotKnow) {
  World world;
  world.fill();
  ASSERT_TRUE(sys::write_file_atomically(world.files, "/data/notes.txt", "x"));
  ASSERT_TRUE(sys::write_file_atomically(world.files, "/data/log/notes.txt", "x"));
  ASSERT_TRUE(sys::write_file_atomically(world.files, "/data/objects/metrics/blocks/left.block", "x"));
  const Plan plan = world.look();
  EXPECT_TRUE(plan.steps.empty());
  EXPECT_EQ(plan.notes.size(), 3u) << plan_text(plan);
}

TEST(Repair, RefusesWhatANewerProgramWrote) {
  World world;
  world.fill();
  std::string manifest = *sys::read_file(world.files, "/data/objects/metrics/manifest.json");
  manifest.replace(manifest.find("\"format\":2"), 10, "\"format\":9");
  ASSERT_TRUE(sys::write_file_atomically(world.files, "/data/objects/metrics/manifest.json", manifest));
  const auto plan = examine(world.files, layout());
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Code::kUnsupported);
  EXPECT_EQ(examine(world.files, {.directory = "/nowhere"}).error().code, Code::kNotFound);
}

TEST(Repair, LeavesABlockOfANewerProgramAlone) {
  World world;
  world.fill();
  std::string block = *sys::read_file(world.files, world.blocks()[0]);
  block[8] = 9;
  block.replace(12, 4, 4, '\0');  // a header without checksum
  ASSERT_TRUE(sys::write_file_atomically(world.files, world.blocks()[0], block));
  const Plan plan = world.look();
  EXPECT_TRUE(plan.steps.empty()) << plan_text(plan);
  EXPECT_EQ(plan.newer, 1u);
  EXPECT_EQ(plan.notes.size(), 1u);
}

TEST(Repair, APlanIsAnotherOneWhenTheDataIs) {
  World world;
  world.fill();
  world.files.damage(world.blocks()[0], 20);
  const std::string id = world.look().id;
  EXPECT_EQ(id.size(), 8u);
  EXPECT_EQ(world.look().id, id);
  world.files.damage(world.blocks()[1], 20);
  const std::string both = world.look().id;
  EXPECT_NE(both, id);
  world.files.damage(world.blocks()[1], 20);
  EXPECT_EQ(world.look().id, id);
  {
    const auto node = MetricsNode::start(world.files, world.clock, {.partitions = 2, .segment_bytes = 8192});
    world.write(**node, 9000, 1);
  }
  EXPECT_NE(world.look().id, id);
}

// Everything at once. The repair dies at each of its operations; then it is asked for again and finished.
void damage_all(World& world, bool manifest_too) {
  const auto blocks = world.blocks();
  world.files.damage(blocks[0], 20);
  world.files.damage(blocks[1], world.size(blocks[1]) - 20);
  const auto segments = world.segments();
  world.files.damage(segments.back(), 64 + 60);
  world.files.damage(segments.back(), 64 + 700);
  world.files.damage(segments[0], 20);
  if (manifest_too) world.files.damage("/data/objects/metrics/manifest.json", 0);
}

TEST(Repair, MayDieAnywhere) {
  for (const bool manifest_too : {false, true}) {
    std::map<std::string, std::size_t> expected;
    std::map<std::string, std::string> damaged;
    {
      World world;
      world.fill();
      damage_all(world, manifest_too);
      for (const auto& [path, bytes] : tree(world.files)) {
        if (path.ends_with(".block")) damaged[path] = bytes;
      }
      EXPECT_GE(world.look().steps.size(), 4u) << plan_text(world.look());
      world.repair();
      expected = world.samples();
    }
    for (std::uint64_t n = 0;; ++n) {
      World world(n + 1);
      world.fill();
      damage_all(world, manifest_too);
      const Plan plan = world.look();
      world.files.crash_after(n);
      const auto done = apply(world.files, layout(), plan, kStart);
      if (done) {
        EXPECT_GT(n, 50u);
        break;
      }
      world.files.recover(n % 2 == 0 ? SimFileSystem::CrashMode::kKeepSome
                                     : SimFileSystem::CrashMode::kLoseAllUnsynced);
      ASSERT_NO_FATAL_FAILURE(world.repair()) << n;
      // What was damaged is still somewhere, before a server removes what no manifest names.
      const auto left = tree(world.files);
      for (const auto& [path, bytes] : damaged) {
        const bool there =
            std::any_of(left.begin(), left.end(), [&](const auto& file) { return file.second == bytes; });
        EXPECT_TRUE(there) << path << " is gone, operation " << n;
      }
      EXPECT_EQ(world.samples(), expected) << "operation " << n;
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace isobar::repair
