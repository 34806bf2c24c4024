// What every backend of the log promises, whatever it stands on: one set of tests, run on each.
#include <thread>

#include "ingest_log/local/local_log.h"
#include "ingest_log/object/object_log.h"
#include "sim/sim_bucket.h"
#include "sim/sim_file_system.h"

namespace isobar::ingest_log {
namespace {

constexpr PartitionId kP0{0};
constexpr PartitionId kP1{1};

// A place for a log that outlives processes.
class Backend {
 public:
  virtual ~Backend() = default;
  // Another process, after the death of the one before if there was one.
  virtual std::unique_ptr<IngestLog> open() = 0;
  // The next append fails, and its records are there (or not).
  virtual void lose_next_answer(bool written) = 0;
  virtual void work_again() = 0;
};

class OnDisk final : public Backend {
 public:
  std::unique_ptr<IngestLog> open() override {
    LocalLogOptions options{.directory = "/log", .segment_bytes = 4096, .tail_bytes = 1024};
    options.new_topic_identity = 77;
    auto log = LocalLog::open(files_, options);
    EXPECT_TRUE(log) << log.error().message;
    return *std::move(log);
  }
  // A write that fails is one that a later start finds, or does not find.
  void lose_next_answer(bool) override { files_.set_sync_failures(1000); }
  void work_again() override { files_.heal(); }

 private:
  sim::SimFileSystem files_{1};
};

class InBucket final : public Backend {
 public:
  explicit InBucket(std::uint64_t tail_bytes = 1024) : tail_bytes_(tail_bytes) {}
  std::unique_ptr<IngestLog> open() override {
    ObjectLogOptions options;
    options.new_topic_identity = 77;
    options.writer = ++writers_;
    options.window = {};
    options.give_up = {};
    options.tail_bytes = tail_bytes_;
    options.fetch_bytes = 3000;
    options.fetch_threads = writers_ % 3;
    doors_.push_back(bucket_.door());
    auto log = ObjectLog::open(*doors_.back(), clock_, options);
    EXPECT_TRUE(log) << log.error().message;
    return *std::move(log);
  }
  void lose_next_answer(bool written) override { bucket_.fail_after(0, written); }
  void work_again() override { bucket_.heal(); }

 private:
  std::uint64_t tail_bytes_;
  std::uint64_t writers_ = 0;
  sim::SimBucket bucket_{1};
  sim::SimClock clock_{{1'700'000'000'000}};
  std::vector<std::unique_ptr<object_store::ObjectStore>> doors_;
};

struct Kind {
  const char* name;
  std::unique_ptr<Backend> (*make)();
};

class LogContract : public testing::TestWithParam<Kind> {
 protected:
  LogContract() : backend_(GetParam().make()) {}

  static Result<void> append(IngestLog& log, PartitionId partition, std::string record) {
    const Append append{partition, std::move(record)};
    return log.append({&append, 1});
  }
  static std::vector<std::string> read_all(IngestLog& log, PartitionId partition, Position from = {0}) {
    std::vector<std::string> records;
    Position last = from;
    while (true) {
      const Result<ReadBatch> batch = log.read(partition, from, 100);
      if (!batch) {
        ADD_FAILURE() << batch.error().message;
        return records;
      }
      for (const Entry& entry : batch->entries) {
        EXPECT_GE(entry.position, last);
        last = entry.position;
        records.emplace_back(entry.record);
      }
      if (batch->next == from) return records;
      EXPECT_GT(batch->next, from);
      from = batch->next;
    }
  }

  std::unique_ptr<Backend> backend_;
};

TEST_P(LogContract, KeepsTheOrderOfEachPartitionAcrossProcesses) {
  std::vector<std::string> expected0;
  std::vector<std::string> expected1;
  for (int process = 0; process < 4; ++process) {
    auto log = backend_->open();
    EXPECT_EQ(log->identity(), 77u);
    EXPECT_EQ(read_all(*log, kP0), expected0);
    for (int i = 0; i < 40; ++i) {
      const std::string record = "record-" + std::to_string(process) + "-" + std::to_string(i) + std::string(100, 'x');
      (i % 3 == 0 ? expected1 : expected0).push_back(record);
      ASSERT_TRUE(append(*log, i % 3 == 0 ? kP1 : kP0, record));
    }
    EXPECT_EQ(read_all(*log, kP0), expected0);
  }
  auto log = backend_->open();
  EXPECT_EQ(read_all(*log, kP0), expected0);
  EXPECT_EQ(read_all(*log, kP1), expected1);
}

TEST_P(LogContract, BeginsEmptyAndEndsBehindTheLastRecord) {
  auto log = backend_->open();
  EXPECT_EQ(log->begin(), log->end());
  const Position start = log->end();
  EXPECT_TRUE(log->read(kP0, start, 100)->entries.empty());
  ASSERT_TRUE(append(*log, kP0, "a"));
  const Position end = log->end();
  EXPECT_GT(end, start);
  const auto batch = log->read(kP0, start, 100);
  ASSERT_EQ(batch->entries.size(), 1u);
  EXPECT_EQ(batch->entries[0].position, start);
  EXPECT_EQ(batch->next, end);
  EXPECT_TRUE(log->read(kP1, start, 100)->entries.empty());
  EXPECT_EQ(log->read(kP1, start, 100)->next, end);
  EXPECT_EQ(log->read(kP0, end, 100)->next, end);
}

TEST_P(LogContract, WritesTheRecordsOfOneAppendTogetherAndInOrder) {
  auto log = backend_->open();
  std::vector<Append> records;
  for (int i = 0; i < 20; ++i) records.push_back({PartitionId{static_cast<std::uint32_t>(i % 2)}, fmt::format("r{}", i)});
  ASSERT_TRUE(log->append(records));
  EXPECT_EQ(read_all(*log, kP0), (std::vector<std::string>{"r0", "r2", "r4", "r6", "r8", "r10", "r12", "r14", "r16", "r18"}));
  EXPECT_TRUE(log->append({}));
}

TEST_P(LogContract, RefusesARecordThatIsTooLargeAndWritesNothing) {
  auto log = backend_->open();
  const std::vector<Append> records{{kP0, "small"}, {kP0, std::string(kMaxRecordBytes + 1, 'x')}};
  EXPECT_EQ(log->append(records).error().code, Code::kTooLarge);
  EXPECT_TRUE(read_all(*log, kP0).empty());
  EXPECT_TRUE(append(*log, kP0, std::string(kMaxRecordBytes, 'x')));
  EXPECT_EQ(read_all(*log, kP0).size(), 1u);
}

// Acknowledged ones once each and in order; others at most as often as they were sent.
TEST_P(LogContract, AnUnknownOutcomeLosesNothing) {
  for (const bool written : {false, true}) {
    auto log = backend_->open();
    const std::string mark = written ? "b" : "a";
    ASSERT_TRUE(append(*log, kP0, mark + "1"));
    backend_->lose_next_answer(written);
    const auto unknown = append(*log, kP0, mark + "2");
    EXPECT_EQ(unknown.error().code, Code::kUnavailable);
    backend_->work_again();
    ASSERT_TRUE(append(*log, kP0, mark + "2"));
    ASSERT_TRUE(append(*log, kP0, mark + "3"));
    const auto check = [&](IngestLog& read) {
      std::vector<std::string> records = read_all(read, kP0);
      std::erase_if(records, [&](const std::string& r) { return !r.starts_with(mark); });
      ASSERT_GE(records.size(), 3u);
      ASSERT_LE(records.size(), 4u);
      EXPECT_EQ(records.front(), mark + "1");
      EXPECT_EQ(records.back(), mark + "3");
      for (std::size_t i = 1; i + 1 < records.size(); ++i) EXPECT_EQ(records[i], mark + "2");
    };
    check(*log);
    log.reset();
    check(*backend_->open());
  }
}

// A process that dies before it knows: the next one has what was acknowledged, and goes on behind whatever is there.
TEST_P(LogContract, GoesOnBehindWhatADeadProcessLeft) {
  auto log = backend_->open();
  ASSERT_TRUE(append(*log, kP0, "1"));
  backend_->lose_next_answer(true);
  EXPECT_FALSE(append(*log, kP0, "2"));
  backend_->work_again();
  log.reset();
  log = backend_->open();
  ASSERT_TRUE(append(*log, kP0, "3"));
  const auto records = read_all(*log, kP0);
  EXPECT_EQ(records.front(), "1");
  EXPECT_EQ(records.back(), "3");
  EXPECT_LE(records.size(), 3u);
}

TEST_P(LogContract, ForgetsWhatNobodyNeedsAndSaysSoWhenAsked) {
  auto log = backend_->open();
  Position middle;
  for (int i = 0; i < 100; ++i) {
    if (i == 80) middle = log->end();
    ASSERT_TRUE(append(*log, kP0, "record-" + std::to_string(i) + std::string(200, 'x')));
  }
  const Position watermarks[] = {middle, log->end()};
  ASSERT_TRUE(log->trim(watermarks));
  EXPECT_GT(log->begin().value, 0u);
  EXPECT_LE(log->begin(), middle);
  EXPECT_EQ(read_all(*log, kP0, middle).size(), 20u);
  log.reset();
  log = backend_->open();
  EXPECT_EQ(read_all(*log, kP0, middle).size(), 20u);
  EXPECT_EQ(log->read(kP0, {0}, 100).error().code, Code::kCorrupt);
  // Everything is in blocks: the end stays where it is, also for the next process.
  const Position end = log->end();
  const Position all[] = {end, end};
  ASSERT_TRUE(log->trim(all));
  log.reset();
  log = backend_->open();
  EXPECT_EQ(log->end(), end);
  ASSERT_TRUE(append(*log, kP1, "next"));
  EXPECT_EQ(read_all(*log, kP1, end), std::vector<std::string>{"next"});
}

TEST_P(LogContract, ManyAppendersAndAFollower) {
  auto log = backend_->open();
  std::atomic<int> told{0};
  log->on_append([&] { ++told; });
  constexpr int kThreads = 6;
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string record = std::to_string(t) + ":" + std::to_string(i);
        ASSERT_TRUE(append(*log, PartitionId{static_cast<std::uint32_t>(t % 2)}, record));
      }
    });
  }
  // Follows while they write: in order, nothing twice.
  std::map<std::string, int> seen;
  Position from = log->begin();
  std::size_t found = 0;
  while (found < kThreads * kEach / 2) {
    const auto batch = log->read(kP0, from, 500);
    ASSERT_TRUE(batch) << batch.error().message;
    for (const Entry& entry : batch->entries) {
      const std::string record(entry.record);
      const std::string thread = record.substr(0, record.find(':'));
      EXPECT_EQ(record, thread + ":" + std::to_string(seen[thread]++));
      ++found;
    }
    from = batch->next;
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found, kThreads * kEach / 2u);
  EXPECT_GT(told.load(), 0);
  EXPECT_EQ(read_all(*log, kP1).size(), kThreads * kEach / 2u);
}

INSTANTIATE_TEST_SUITE_P(Logs, LogContract,
                         testing::Values(Kind{"local", [] { return std::unique_ptr<Backend>(new OnDisk); }},
                                         Kind{"object", [] { return std::unique_ptr<Backend>(new InBucket); }},
                                         Kind{"object_tail", [] { return std::unique_ptr<Backend>(new InBucket(1 << 20)); }}),
                         [](const testing::TestParamInfo<Kind>& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace isobar::ingest_log
