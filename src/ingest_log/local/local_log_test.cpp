#include "ingest_log/local/local_log.h"
#include "ingest_log/local/log_check.h"
#include "ingest_log/segment.h"
#include "sim/sim_file_system.h"

namespace isobar::ingest_log {
namespace {

constexpr PartitionId kP0{0};
constexpr PartitionId kP1{1};

LocalLogOptions small_segments() {
  LocalLogOptions options{.directory = "/log", .segment_bytes = 4096, .tail_bytes = 1024};
  options.new_topic_identity = 77;
  return options;
}

std::unique_ptr<LocalLog> must_open(sim::SimFileSystem& files, LocalLogOptions options = small_segments()) {
  Result<std::unique_ptr<LocalLog>> log = LocalLog::open(files, std::move(options));
  if (!log) ADD_FAILURE() << log.error().message;
  return *std::move(log);
}

Result<void> append_one(LocalLog& log, PartitionId partition, std::string record) {
  const Append append{partition, std::move(record)};
  return log.append({&append, 1});
}

std::vector<std::string> read_all(LocalLog& log, PartitionId partition, Position from = {0}) {
  std::vector<std::string> records;
  while (true) {
    const Result<ReadBatch> batch = log.read(partition, from, 100);
    if (!batch) {
      ADD_FAILURE() << batch.error().message;
      return records;
    }
    for (const Entry& entry : batch->entries) records.emplace_back(entry.record);
    if (batch->next == from) return records;
    from = batch->next;
  }
}

TEST(LocalLog, ReadsBackPerPartitionAcrossSegmentsAndRestarts) {
  sim::SimFileSystem files(1);
  std::vector<std::string> expected0, expected1;
  {
    auto log = must_open(files);
    for (int i = 0; i < 100; ++i) {
      const std::string record = "record-" + std::to_string(i) + std::string(100, 'x');
      (i % 3 == 0 ? expected1 : expected0).push_back(record);
      ASSERT_TRUE(append_one(*log, i % 3 == 0 ? kP1 : kP0, record));
    }
    EXPECT_EQ(read_all(*log, kP0), expected0);
  }
  auto log = must_open(files);
  EXPECT_EQ(log->identity(), 77u);
  EXPECT_EQ(read_all(*log, kP0), expected0);
  EXPECT_EQ(read_all(*log, kP1), expected1);
}

TEST(LocalLog, TrimKeepsWhatAnotherPartitionNeeds) {
  sim::SimFileSystem files(1);
  auto log = must_open(files);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(append_one(*log, kP0, std::string(200, 'a')));
  const std::vector<Position> one_lags{log->end(), {0}};
  ASSERT_TRUE(log->trim(one_lags));
  EXPECT_EQ(log->begin(), Position{0});
  const std::vector<Position> both{log->end(), log->end()};
  ASSERT_TRUE(log->trim(both));
  EXPECT_GT(log->begin(), Position{0});
  const Result<ReadBatch> gone = log->read(kP0, {0}, 100);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::kCorrupt);
}

TEST(LocalLog, AFailedSyncSealsTheSegmentAndLosesNothingAcknowledged) {
  sim::SimFileSystem files(3);
  auto log = must_open(files);
  std::vector<std::string> acknowledged;
  for (int i = 0; i < 200; ++i) {
    files.set_sync_failures(i % 5 == 0 ? 500 : 0);
    const std::string record = std::to_string(i);
    if (append_one(*log, kP0, record)) acknowledged.push_back(record);
  }
  EXPECT_LT(acknowledged.size(), 200u);
  EXPECT_EQ(read_all(*log, kP0), acknowledged);
  files.set_sync_failures(0);
  log.reset();
  EXPECT_EQ(read_all(*must_open(files), kP0), acknowledged);
}

TEST(LocalLog, AFullDiskAnswersUnavailableAndGoesOnWhenThereIsRoom) {
  sim::SimFileSystem files(4);
  auto log = must_open(files);
  ASSERT_TRUE(append_one(*log, kP0, "before"));
  files.set_capacity(4096 + 100);
  Result<void> result;
  int accepted = 0;
  while ((result = append_one(*log, kP0, std::string(500, 'f')))) ++accepted;
  EXPECT_EQ(result.error().code, Code::kUnavailable);
  EXPECT_EQ(read_all(*log, kP0).size(), 1u + static_cast<std::size_t>(accepted));
  files.set_capacity(0);
  EXPECT_TRUE(append_one(*log, kP0, "after"));
  EXPECT_EQ(read_all(*log, kP0).back(), "after");
}

// A new segment may have its name when making it fails: a smaller record must not go into the old one then.
TEST(LocalLog, NothingIsAddedToASegmentThatMayHaveASuccessor) {
  for (std::uint64_t call = 0; call < 20; ++call) {
    sim::SimFileSystem files(6);
    auto log = must_open(files);
    std::vector<std::string> acknowledged;
    const auto append = [&](const std::string& record) {
      if (append_one(*log, kP0, record)) acknowledged.push_back(record);
    };
    for (int i = 0; i < 3; ++i) append(std::string(1200, 'a'));
    files.fail_after(call);
    append(std::string(1200, 'b'));
    files.heal();
    append("small");
    log.reset();
    EXPECT_EQ(read_all(*must_open(files), kP0), acknowledged) << "call " << call;
  }
}

TEST(LocalLog, ATrimThatFailedLeavesNoGapToTheNext) {
  for (std::uint64_t call = 0; call < 20; ++call) {
    sim::SimFileSystem files(6);
    auto log = must_open(files);
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(append_one(*log, kP0, std::string(500, 't')));
    const Position half{log->end().value / 2};
    const Position end = log->end();
    files.fail_after(call);
    (void)log->trim({&half, 1});
    files.heal();
    ASSERT_TRUE(log->trim({&end, 1}));
    log.reset();
    EXPECT_TRUE(LocalLog::open(files, small_segments())) << "call " << call;
  }
}

// Only the process dies: what the next one finds in the cache it serves, so that must survive the loss of power.
TEST(LocalLog, WhatAKilledProcessLeftIsDurableOnceItIsServed) {
  for (std::uint64_t operation = 0; operation < 40; ++operation) {
    sim::SimFileSystem files(7);
    files.crash_after(operation);
    if (auto log = LocalLog::open(files, small_segments())) {
      for (int i = 0; i < 12 && !files.crashed(); ++i) (void)append_one(**log, kP0, std::string(500, 'k') + std::to_string(i));
    }
    files.recover(sim::SimFileSystem::CrashMode::kKeepCache);
    auto log = must_open(files);
    const std::vector<std::string> served = read_all(*log, kP0);
    log.reset();
    files.crash_now();
    files.recover(sim::SimFileSystem::CrashMode::kLoseAllUnsynced);
    EXPECT_EQ(read_all(*must_open(files), kP0), served) << "operation " << operation;
  }
}

TEST(LocalLog, DamageBelowAnAcknowledgedRecordIsALoudError) {
  sim::SimFileSystem files(5);
  {
    auto log = must_open(files);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(append_one(*log, kP0, "record"));
  }
  files.damage("/log/00000000000000000000.segment", kSegmentHeaderBytes + kFrameHeaderBytes + 2);
  const auto log = LocalLog::open(files, small_segments());
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, Code::kCorrupt);
  EXPECT_NE(log.error().message.find("acknowledged records are damaged at position 0"), std::string::npos);
}

TEST(LogCheck, CountsFramesAndNamesDamageWithoutOpeningTheLog) {
  sim::SimFileSystem files(5);
  {
    auto log = must_open(files);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(append_one(*log, kP0, std::string(100, 'x')));
  }
  const auto whole = *check_segments(files, "/log");
  ASSERT_EQ(whole.size(), 4u);  // 31 frames of 132 bytes each, up to 4096
  std::uint64_t frames = 0;
  for (const SegmentCheck& segment : whole) {
    EXPECT_TRUE(segment.state) << segment.path << ": " << segment.state.error().message;
    EXPECT_EQ(segment.tail_bytes, 0u);
    frames += segment.frames;
  }
  EXPECT_EQ(frames, 100u);
  files.damage(whole[0].path, kSegmentHeaderBytes + 2 * 132 + 50);
  files.damage(whole[3].path, kSegmentHeaderBytes + 50);
  const auto damaged = *check_segments(files, "/log");
  EXPECT_EQ(damaged[0].state.error().message, "acknowledged records are damaged at position 264");
  EXPECT_EQ(damaged[0].frames, 2u);
  EXPECT_TRUE(damaged[1].state);
  EXPECT_FALSE(damaged[3].state);
}

// One seed: appends, faults, crashes; after each recovery every acknowledged record is there, once and in order.
void run_seed(std::uint64_t seed) {
  sys::Random random(seed);
  sim::SimFileSystem files(seed);
  std::vector<std::string> acknowledged;
  std::vector<std::string> unknown;
  int n = 0;
  for (int life = 0; life < 6; ++life) {
    auto options = small_segments();
    Result<std::unique_ptr<LocalLog>> opened = LocalLog::open(files, options);
    ASSERT_TRUE(opened) << "seed " << seed << ": " << opened.error().message;
    LocalLog& log = **opened;
    std::vector<std::string> found = read_all(log, kP0);
    // Found = acknowledged, with unknown ones possibly in between, each at most once and in order.
    std::size_t next = 0;
    for (const std::string& record : found) {
      if (next < acknowledged.size() && record == acknowledged[next]) {
        ++next;
      } else {
        ASSERT_NE(std::find(unknown.begin(), unknown.end(), record), unknown.end()) << "seed " << seed << " " << record;
      }
    }
    ASSERT_EQ(next, acknowledged.size()) << "seed " << seed << ": an acknowledged record is lost";
    acknowledged = found;
    unknown.clear();
    files.crash_after(random.below(60));
    if (random.chance(1, 3)) files.set_sync_failures(200);
    if (random.chance(1, 3)) files.set_write_failures(100);
    for (int i = 0; i < 40 && !files.crashed(); ++i) {
      std::string record = std::to_string(n++) + std::string(random.below(900), 'r');
      const bool ok = append_one(log, kP0, record).has_value();
      (ok ? acknowledged : unknown).push_back(std::move(record));
    }
    files.set_sync_failures(0);
    files.set_write_failures(0);
    files.crash_now();
    opened->reset();
    files.recover(random.chance(1, 2) ? sim::SimFileSystem::CrashMode::kKeepSome
                                      : sim::SimFileSystem::CrashMode::kLoseAllUnsynced);
  }
}

TEST(LocalLog, SurvivesCrashesAtAnyOperation) {
  for (std::uint64_t seed = 1; seed <= 2000 && !HasFatalFailure(); ++seed) run_seed(seed);
}

}  // namespace
}  // namespace isobar::ingest_log
