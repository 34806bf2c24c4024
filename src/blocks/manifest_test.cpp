#include "blocks/companions.h"
#include "blocks/manifest.h"
#include "object_store/filesystem/filesystem_store.h"
#include "sim/sim_file_system.h"

namespace isobar::blocks {
namespace {

Manifest example() {
  Manifest m;
  m.version = 3;
  m.log_identity = 0xfedcba9876543210ULL;
  m.watermarks = {{10}, {18446744073709551615ULL}};
  m.blocks.push_back({"01", "metrics/blocks/01", {1}, {0}, {10}, {-5}, {1'700'000'000'000}, 7, 70, 1234, {}});
  m.blocks.push_back({"02", "metrics/blocks/02", {1}, {10}, {20}, {0}, {1}, 7, 70, 1234, {35}});
  auto deletion = std::make_shared<model::SeriesDeletion>();
  deletion->tenant = "team \"a\"";
  deletion->selectors = {{model::Matcher::equal("__name__", "up"), *model::Matcher::create(model::MatchType::kNotRegex, "job", "a\n|b")}, {}};
  deletion->min = Timestamp::min();
  deletion->max = {1'700'000'000'000};
  m.tombstones.push_back({{1}, {34}, {1'700'000'000'001}, deletion});
  return m;
}

TEST(Manifest, RoundTrips) {
  const Manifest m = *decode_manifest(encode_manifest(example()));
  EXPECT_EQ(encode_manifest(m), encode_manifest(example()));
  EXPECT_EQ(m.watermarks[1].value, 18446744073709551615ULL);
  EXPECT_EQ(m.blocks[0].min_time.ms, -5);
  EXPECT_TRUE(m.blocks[0].meant_by({10}));
  EXPECT_FALSE(m.blocks[0].meant_by({9}));
  EXPECT_FALSE(m.blocks[1].meant_by({35}));
  EXPECT_TRUE(m.blocks[1].meant_by({36}));
  ASSERT_EQ(m.tombstones.size(), 1U);
  EXPECT_EQ(m.tombstones[0].deletion->selectors, example().tombstones[0].deletion->selectors);
  EXPECT_EQ(m.tombstones[0].deletion->min, Timestamp::min());
  EXPECT_EQ(m.tombstones[0].time.ms, 1'700'000'000'001);
}

TEST(Manifest, ABitThatFlipsIsNoticed) {
  const std::string good = encode_manifest(example());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto decoded = decode_manifest(bad);
    // In the checksum's own name it does no harm.
    EXPECT_TRUE(!decoded || encode_manifest(*decoded) == good) << bit << " " << bad;
  }
  std::string other = good;
  other.replace(other.find("\"end\":20"), 8, "\"end\":30");
  EXPECT_EQ(decode_manifest(other).error().message, "manifest: its content does not fit its checksum");
}

TEST(Manifest, TheFormatWithoutDeletesIsRead) {
  const Manifest m = *decode_manifest(
      R"({"format":1,"version":7,"log_identity":"5d2a","watermarks":[30],"blocks":[{"id":"a","key":"k","partition":0,"first":0,)"
      R"("end":30,"min_time":1,"max_time":2,"series":1,"samples":1,"size_bytes":9}]})");
  ASSERT_EQ(m.blocks.size(), 1U);
  EXPECT_TRUE(m.blocks[0].meant_by({30}));
  EXPECT_TRUE(m.tombstones.empty());
}

TEST(Manifest, OnlyDownsampledBlocksNeedTheNewFormat) {
  Manifest m = example();
  EXPECT_NE(encode_manifest(m).find(R"("format":2)"), std::string::npos);
  m.blocks[1].resolution = Duration::hours(1);
  EXPECT_NE(encode_manifest(m).find(R"("format":3)"), std::string::npos);
  EXPECT_EQ((*decode_manifest(encode_manifest(m))).blocks[1].resolution, Duration::hours(1));
}

TEST(Manifest, CompanionsShareAllButTheResolution) {
  BlockEntry raw = example().blocks[0];
  BlockEntry coarse = raw;
  coarse.resolution = Duration::minutes(5);
  EXPECT_TRUE(companion_of(coarse, raw));
  EXPECT_FALSE(companion_of(raw, coarse));
  EXPECT_FALSE(companion_of(raw, raw));
  coarse.min_time = {1};  // another day: the other begins before 1970
  EXPECT_FALSE(companion_of(coarse, raw));
  EXPECT_EQ(resolution_text(Duration::minutes(5)) + resolution_text(Duration::hours(1)) + resolution_text({}), "5m1h");
}

TEST(Manifest, DamageIsNamed) {
  EXPECT_EQ(decode_manifest("{").error().code, Code::kCorrupt);
  EXPECT_EQ(decode_manifest(R"({"format":1,"version":1,"log_identity":"0","watermarks":[]})").error().message,
            "manifest: missing or of another type: \"blocks\"");
  EXPECT_EQ(decode_manifest(R"({"format":4})").error().code, Code::kUnsupported);
}

TEST(ManifestStore, TheLoserOfARaceSeesTheWinner) {
  sim::SimFileSystem files(1);
  object_store::FilesystemStore store(files, "/store");
  ManifestStore a(store, "metrics/manifest.json");
  ManifestStore b(store, "metrics/manifest.json");
  Manifest initial;
  initial.watermarks = {{0}};
  ASSERT_TRUE(a.open(initial));
  ASSERT_TRUE(b.open(initial));
  const auto move_from_zero = [](Manifest& m) -> Result<void> {
    if (m.watermarks[0].value != 0) return fail(Code::kConflict, "watermark moved");
    m.watermarks[0].value = 5;
    return {};
  };
  ASSERT_TRUE(a.update(move_from_zero));
  EXPECT_EQ(b.update(move_from_zero).error().message, "watermark moved");
}

// One manifest whose watermark moves from 0 to 5.
struct MovedOnce {
  sim::SimFileSystem files{1};
  object_store::FilesystemStore store{files, "/store"};
  ManifestStore manifest{store, "metrics/manifest.json"};

  MovedOnce() {
    Manifest initial;
    initial.watermarks = {{0}};
    EXPECT_TRUE(manifest.open(initial));
  }
  Result<Manifest> move() {
    return manifest.update([](Manifest& m) -> Result<void> {
      if (m.watermarks[0].value != 0) return fail(Code::kConflict, "watermark moved");
      m.watermarks[0].value = 5;
      return {};
    });
  }
  std::uint64_t after_power_loss() {
    files.crash_now();
    files.recover(sim::SimFileSystem::CrashMode::kLoseAllUnsynced);
    return ManifestStore(store, "metrics/manifest.json").open({})->watermarks[0].value;
  }
};

// The rename is there, the sync of its folder failed: who sees the new watermark trims the log by it.
TEST(ManifestStore, WhatAFailedUpdateLeftIsDurableBeforeItIsToldOf) {
  int told = 0;
  for (std::uint64_t call = 0; call < 40; ++call) {
    MovedOnce world;
    world.files.fail_after(call);
    if (world.move()) break;
    world.files.heal();
    const auto again = world.move();
    told += again ? 0 : 1;
    EXPECT_EQ(world.after_power_loss(), 5u) << "call " << call;
  }
  EXPECT_EQ(told, 1);
}

TEST(ManifestStore, WhatAKilledProcessLeftIsDurableBeforeItIsToldOf) {
  for (std::uint64_t operation = 0; operation < 40; ++operation) {
    MovedOnce world;
    world.files.crash_after(operation);
    if (world.move()) return;
    world.files.recover(sim::SimFileSystem::CrashMode::kKeepCache);
    ManifestStore next(world.store, "metrics/manifest.json");
    const std::uint64_t seen = next.open({})->watermarks[0].value;
    EXPECT_TRUE(next.settled());
    EXPECT_EQ(world.after_power_loss(), seen) << "operation " << operation;
  }
}

}  // namespace
}  // namespace isobar::blocks
