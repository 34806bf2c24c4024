// Damage of any kind in a log, what a survey says of it, and that the files of a repair leave every other
// record.
#include "ingest_log/local/log_survey.h"

#include <set>

#include "ingest_log/local/local_log.h"
#include "ingest_log/local/log_check.h"
#include "ingest_log/segment.h"
#include "sim/sim_file_system.h"

namespace isobar::ingest_log {
namespace {


LocalLogOptions small_segments() {
  LocalLogOptions options{.directory = "/log", .segment_bytes = 4096, .tail_bytes = 1024};
  options.new_topic_identity = 77;
  return options;
}

// 30 frames of 132 bytes in a segment; record i begins with its number.
std::string record_of(int i) {
  return fmt::format("{:04}", i) + std::string(96, 'x');
}
constexpr std::uint64_t kFrame = 132;

void fill(sim::SimFileSystem& files, int from, int to) {
  auto log = LocalLog::open(files, small_segments());
  ASSERT_TRUE(log) << log.error().message;
  for (int i = from; i < to; ++i) {
    const Append append{{static_cast<std::uint32_t>(i % 2)}, record_of(i)};
    ASSERT_TRUE((*log)->append({&append, 1}));
  }
}

// The numbers of all records that a log can be opened and read for.
std::set<int> readable(sim::SimFileSystem& files, Position from = {}) {
  std::set<int> numbers;
  auto log = LocalLog::open(files, small_segments());
  if (!log) {
    ADD_FAILURE() << log.error().message;
    return numbers;
  }
  for (const std::uint32_t partition : {0U, 1U}) {
    for (Position at = from;;) {
      const auto batch = (*log)->read({partition}, at, 300);
      if (!batch) {
        ADD_FAILURE() << batch.error().message;
        break;
      }
      for (const Entry& entry : batch->entries)
        numbers.insert(std::stoi(std::string(entry.record.substr(0, 4))));
      if (batch->next == at) break;
      at = batch->next;
    }
  }
  return numbers;
}

std::set<int> all_but(int n, const std::set<int>& gone) {
  std::set<int> numbers;
  for (int i = 0; i < n; ++i) {
    if (!gone.contains(i)) numbers.insert(i);
  }
  return numbers;
}

LogSurvey look(sim::SimFileSystem& files) {
  auto survey = survey_log(files, "/log", 77);
  if (!survey) ADD_FAILURE() << survey.error().message;
  return survey ? *survey : LogSurvey{};
}

void repair(sim::SimFileSystem& files, const LogSurvey& survey) {
  for (const LogPatch& patch : survey.patches)
    ASSERT_TRUE(write_patch(files, "/log", survey.identity, patch));
}

void expect_sound(sim::SimFileSystem& files) {
  const LogSurvey survey = look(files);
  EXPECT_TRUE(survey.lost.empty());
  EXPECT_TRUE(survey.patches.empty());
  const auto checks = check_segments(files, "/log");
  ASSERT_TRUE(checks);
  for (const SegmentCheck& check : *checks)
    EXPECT_TRUE(check.state) << check.path << ": " << check.state.error().message;
}

std::string segment_path(std::uint64_t base) {
  return "/log/" + segment_name({base});
}
std::uint64_t offset_of(int in_segment) {
  return kSegmentHeaderBytes + static_cast<std::uint64_t>(in_segment) * kFrame;
}

TEST(LogSurvey, OfASoundLogIsEmpty) {
  sim::SimFileSystem files(1);
  fill(files, 0, 100);
  const LogSurvey survey = look(files);
  EXPECT_EQ(survey.segments.size(), 4u);
  EXPECT_EQ(survey.records, 100u);
  EXPECT_EQ(survey.partitions, 2u);
  EXPECT_EQ(survey.begin.value, 0u);
  EXPECT_EQ(survey.end.value, 100 * kFrame);
  expect_sound(files);
}

TEST(LogSurvey, NamesDamagedRecordsAndKeepsThoseAround) {
  sim::SimFileSystem files(1);
  fill(files, 0, 100);
  files.damage(segment_path(0), offset_of(3) + 50);            // a record
  files.damage(segment_path(0), offset_of(10) + 1);            // a frame's header
  files.damage(segment_path(90 * kFrame), offset_of(0) + 40);  // the first record of the last segment
  const LogSurvey survey = look(files);
  ASSERT_EQ(survey.lost.size(), 3u);
  EXPECT_EQ(survey.lost[0].from.value, 3 * kFrame);
  EXPECT_EQ(survey.lost[0].to.value, 4 * kFrame);
  EXPECT_FALSE(survey.lost[0].missing);
  ASSERT_EQ(survey.lost[0].named.size(), 1u);
  EXPECT_EQ(survey.lost[0].named.at(1).records, 1u);
  EXPECT_EQ(survey.lost[0].unnamed_bytes, 0u);
  EXPECT_EQ(survey.lost[1].unnamed_bytes, kFrame);
  EXPECT_EQ(survey.lost[2].from.value, 90 * kFrame);
  repair(files, survey);
  expect_sound(files);
  EXPECT_EQ(readable(files), all_but(100, {3, 10, 90}));
  fill(files, 100, 140);
  EXPECT_EQ(readable(files), all_but(140, {3, 10, 90}));
  expect_sound(files);
}

TEST(LogSurvey, AMissingSegmentBecomesAHole) {
  sim::SimFileSystem files(1);
  fill(files, 0, 100);
  ASSERT_TRUE(files.remove(segment_path(30 * kFrame)));
  EXPECT_FALSE(LocalLog::open(files, small_segments()));
  const LogSurvey survey = look(files);
  ASSERT_EQ(survey.lost.size(), 1u);
  EXPECT_TRUE(survey.lost[0].missing);
  EXPECT_EQ(survey.lost[0].unnamed_bytes, 30 * kFrame);
  EXPECT_FALSE(survey.segments[0].damaged);
  repair(files, survey);
  expect_sound(files);
  std::set<int> gone;
  for (int i = 30; i < 60; ++i) gone.insert(i);
  EXPECT_EQ(readable(files), all_but(100, gone));
  // A position inside is read from the hole's end on.
  EXPECT_EQ(readable(files, {40 * kFrame}), all_but(100, all_but(60, {})));
}

TEST(LogSurvey, ADamagedHeaderIsWrittenAnew) {
  sim::SimFileSystem files(1);
  fill(files, 0, 100);
  files.damage(segment_path(30 * kFrame), 20);
  files.damage(segment_path(90 * kFrame), 20);
  EXPECT_FALSE(LocalLog::open(files, small_segments()));
  const LogSurvey survey = look(files);
  EXPECT_TRUE(survey.lost.empty());
  EXPECT_TRUE(survey.segments[1].header_damaged);
  repair(files, survey);
  expect_sound(files);
  EXPECT_EQ(readable(files), all_but(100, {}));
}

TEST(LogSurvey, LeavesATornTailAlone) {
  sim::SimFileSystem files(1);
  fill(files, 0, 40);
  files.damage(segment_path(30 * kFrame),
               offset_of(9) + 50);  // the last record: nothing says that it was durable
  const LogSurvey survey = look(files);
  EXPECT_TRUE(survey.lost.empty());
  EXPECT_EQ(survey.end.value, 39 * kFrame);
  EXPECT_TRUE(survey.patches.empty());
}

TEST(LogSurvey, NamesSegmentsOfAnotherLogAndOtherFiles) {
  sim::SimFileSystem files(1);
  fill(files, 0, 40);
  ASSERT_TRUE(
      sys::write_file_atomically(files, segment_path(90'000), encode_segment_header({5, {90'000}, {}})));
  ASSERT_TRUE(sys::write_file_atomically(files, "/log/notes", "x"));
  ASSERT_TRUE(sys::write_file_atomically(files, segment_path(99'000) + ".new", "x"));
  const LogSurvey survey = look(files);
  EXPECT_EQ(survey.foreign, std::vector<std::string>{segment_name({90'000})});
  EXPECT_EQ(survey.unknown, std::vector<std::string>{"notes"});
  EXPECT_EQ(survey.unfinished.size(), 1u);
  EXPECT_TRUE(survey.lost.empty());
  const auto other = survey_log(files, "/log", 6);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::kCorrupt);
}

TEST(LogSurvey, AHoleMayBeTheEndOfALog) {
  sim::SimFileSystem files(1);
  fill(files, 0, 10);
  ASSERT_TRUE(write_patch(files, "/log", 77, hole_patch({10 * kFrame}, {5000})));
  EXPECT_EQ(look(files).end.value, 5000u);
  fill(files, 10, 12);
  EXPECT_EQ(readable(files), all_but(12, {}));
  expect_sound(files);
}

TEST(LogSurvey, AnOlderProgramRefusesAHole) {
  const std::string hole = encode_segment_header({77, {132}, {264}});
  EXPECT_EQ(decode_segment_header(hole)->hole_end.value, 264u);
  EXPECT_EQ(hole[8], 2);  // the version, which version 1 of this program does not know
  EXPECT_FALSE(decode_segment_header(encode_segment_header({77, {264}, {132}})));
}

// One seed: damage of all kinds at random places, a crash at a random operation of the repair, and the repair
// again.
void run_seed(std::uint64_t seed) {
  sys::Random random(seed);
  sim::SimFileSystem files(seed);
  fill(files, 0, 120);
  std::set<int> gone;
  for (std::uint64_t i = random.below(6); i-- > 0;) {
    const int record = static_cast<int>(random.below(118));
    const std::uint64_t base = static_cast<std::uint64_t>(record) / 30 * 30;
    files.damage(segment_path(base * kFrame), offset_of(record % 30) + random.below(kFrame));
    gone.insert(record);
  }
  if (random.chance(1, 3)) files.damage(segment_path(30 * kFrame), random.below(kSegmentHeaderBytes));
  if (random.chance(1, 3)) {
    ASSERT_TRUE(files.remove(segment_path(60 * kFrame)));
    ASSERT_TRUE(files.sync_directory("/log"));
    for (int i = 60; i < 90; ++i) gone.insert(i);
  }
  if (random.chance(1, 2)) {
    files.crash_after(random.below(40));
    const LogSurvey survey = look(files);
    for (const LogPatch& patch : survey.patches) {
      if (!write_patch(files, "/log", survey.identity, patch)) break;
    }
    if (files.crashed())
      files.recover(random.chance(1, 2) ? sim::SimFileSystem::CrashMode::kKeepSome
                                        : sim::SimFileSystem::CrashMode::kLoseAllUnsynced);
    files.crash_after(1'000'000);
  }
  repair(files, look(files));
  expect_sound(files);
  const std::set<int> there = readable(files);
  for (int i = 0; i < 120; ++i)
    EXPECT_EQ(there.contains(i), !gone.contains(i)) << "seed " << seed << " record " << i;
}

TEST(LogSurvey, FindsEveryOtherRecordWhateverIsDamagedAndWheneverItStops) {
  for (std::uint64_t seed = 1; seed <= 500 && !testing::Test::HasFailure(); ++seed) run_seed(seed);
}

// The same byte may be damaged twice, which makes it whole; any bytes must be survived.
TEST(LogSurvey, SurvivesAnyBytes) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    sys::Random random(seed);
    sim::SimFileSystem files(seed);
    fill(files, 0, 40);
    for (int i = 0; i < 300; ++i)
      files.damage(segment_path(random.chance(1, 2) ? 0 : 30 * kFrame), random.below(4096));
    const auto survey = survey_log(files, "/log", 77);
    if (!survey) continue;
    repair(files, *survey);
    EXPECT_TRUE(look(files).lost.empty()) << seed;
  }
}

}  // namespace
}  // namespace isobar::ingest_log
