#include "ingest_log/object/object_log.h"

#include <thread>

#include "sim/sim_bucket.h"

namespace isobar::ingest_log {
namespace {

constexpr PartitionId kP0{0};

class ObjectLogTest : public testing::Test {
 protected:
  ObjectLogOptions options(std::uint64_t writer) {
    ObjectLogOptions options;
    options.new_topic_identity = 77;
    options.writer = writer;
    options.window = {};
    options.give_up = {};
    options.fetch_threads = 0;
    options.tail_bytes = 100;
    return options;
  }
  std::unique_ptr<ObjectLog> open(std::uint64_t writer) { return open(options(writer)); }
  std::unique_ptr<ObjectLog> open(ObjectLogOptions with) {
    auto log = ObjectLog::open(*door_, clock_, std::move(with));
    EXPECT_TRUE(log) << log.error().message;
    return log ? *std::move(log) : nullptr;
  }
  static Result<void> append(ObjectLog& log, std::string record, PartitionId partition = kP0) {
    const Append append{partition, std::move(record)};
    return log.append({&append, 1});
  }
  static std::string read_all(ObjectLog& log, Position from = {0}) {
    std::string records;
    while (true) {
      const auto batch = log.read(kP0, from, 1);
      if (!batch) return records + "!" + batch.error().message;
      for (const Entry& entry : batch->entries) records += std::string(entry.record) + " ";
      if (batch->next == from) return records;
      from = batch->next;
    }
  }

  sim::SimBucket bucket_{1};
  sim::SimClock clock_{{1'700'000'000'000}};
  std::unique_ptr<object_store::ObjectStore> door_ = bucket_.door();
};

TEST_F(ObjectLogTest, KeysSayEpochAndPosition) {
  auto log = open(1);
  ASSERT_TRUE(append(*log, "abc"));
  ASSERT_TRUE(append(*log, "d"));
  EXPECT_EQ(bucket_.keys(), (std::vector<std::string>{"log/metrics/0000000000/00000000000000000000.segment",
                                                      "log/metrics/0000000001/00000000000000000000.segment",
                                                      "log/metrics/0000000001/00000000000000000035.segment"}));
}

// The one before is told at its next write, and what it had acknowledged stays.
TEST_F(ObjectLogTest, WhoeverTakesOverFencesTheOneBefore) {
  auto first = open(1);
  ASSERT_TRUE(append(*first, "a"));
  auto second = open(2);
  const auto refused = append(*first, "b");
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(refused.error().message,
            "another process has taken the ingest log over from this one (epoch 1, writer 0000000000000001); send to that one, or restart this one to take it back");
  EXPECT_TRUE(first->fenced());
  EXPECT_FALSE(append(*first, "c"));
  EXPECT_EQ(read_all(*first), "a ");
  ASSERT_TRUE(append(*second, "d"));
  EXPECT_EQ(read_all(*second), "a d ");
  auto third = open(3);
  EXPECT_EQ(read_all(*third), "a d ");
}

// A put that is on its way while the log changes hands comes too late, whatever has been removed since.
TEST_F(ObjectLogTest, ALatePutIsNeverTakenForAcknowledged) {
  auto first = open(1);
  ASSERT_TRUE(append(*first, "a"));
  bucket_.set_late_puts(1000);
  bucket_.fail_after(0, false);
  EXPECT_FALSE(append(*first, "late"));
  bucket_.heal();
  auto second = open(2);
  ASSERT_TRUE(append(*second, "b"));
  const Position all[] = {second->end()};
  ASSERT_TRUE(second->trim(all));
  bucket_.deliver_all();
  EXPECT_EQ(bucket_.counts().late_conflicts, 1u);
  EXPECT_FALSE(append(*first, "again"));
  EXPECT_TRUE(first->fenced());
  EXPECT_EQ(open(3)->end(), second->end());
}

// The put did arrive, and the one who took over has it; the sender's own repetition finds its bytes, or finds them gone
// because they are in blocks. Either way it may say so.
TEST_F(ObjectLogTest, ARepetitionAfterTakeOverIsHarmless) {
  auto first = open(1);
  bucket_.fail_after(0, true);
  EXPECT_FALSE(append(*first, "a"));
  auto second = open(2);
  EXPECT_EQ(read_all(*second), "a ");
  ASSERT_TRUE(append(*second, "b"));
  const Position all[] = {second->end()};
  ASSERT_TRUE(second->trim(all));  // "a" is in blocks and removed
  EXPECT_FALSE(append(*first, "c"));
  EXPECT_TRUE(first->fenced());
  ASSERT_TRUE(append(*second, "d"));
  auto third = open(3);
  EXPECT_EQ(third->end(), second->end());
  EXPECT_EQ(read_all(*third, third->begin()), "a b d ");  // repeated; below every watermark
}

TEST_F(ObjectLogTest, TwoThatStartAtOnceOneAfterTheOtherOwns) {
  auto first = open(1);
  auto second = open(2);
  auto third = open(3);
  EXPECT_FALSE(append(*first, "x"));
  EXPECT_FALSE(append(*second, "x"));
  ASSERT_TRUE(append(*third, "y"));
  EXPECT_EQ(third->identity(), first->identity());
  EXPECT_EQ(third->epoch(), 3u);
}

TEST_F(ObjectLogTest, AnIdleOwnerLearnsThatItIsNoneAnyMore) {
  auto first = open(1);
  ASSERT_TRUE(append(*first, "a"));
  ASSERT_TRUE(first->check_owner());
  auto second = open(2);
  EXPECT_TRUE(first->check_owner());  // asked a moment ago
  clock_.advance(Duration::seconds(11));
  EXPECT_EQ(first->check_owner().error().code, Code::kUnavailable);
  EXPECT_TRUE(first->fenced());
}

// The same bytes go to the same place until the store says what became of them.
TEST_F(ObjectLogTest, RepeatsWhatMayHaveArrived) {
  auto log = open(1);
  bucket_.fail_after(0, true);
  EXPECT_EQ(append(*log, "a").error().code, Code::kUnavailable);
  EXPECT_EQ(log->end().value, 0u);
  EXPECT_TRUE(log->failing_since());
  ASSERT_TRUE(append(*log, "b"));
  EXPECT_FALSE(log->failing_since());
  EXPECT_EQ(read_all(*log), "a b ");
}

// While the store is away records wait up to the bound, each for its time; then all goes on by itself.
TEST_F(ObjectLogTest, WaitsWithinBoundsWhileTheStoreIsAway) {
  ObjectLogOptions with = options(1);
  with.give_up = Duration::minutes(10);
  with.waiting_bytes = 1000;
  auto log = open(with);
  bucket_.set_away(true);
  std::thread waiting([&] { EXPECT_TRUE(append(*log, std::string(900, 'a'))); });
  while (log->waiting_bytes() == 0 || !log->failing_since()) std::this_thread::yield();
  const auto refused = append(*log, std::string(200, 'b'));
  EXPECT_EQ(refused.error().message, "the object store is slower than the writers of the ingest log: try again later");
  EXPECT_EQ(log->read(kP0, {0}, 100)->entries.size(), 0u);
  bucket_.set_away(false);
  waiting.join();
  EXPECT_EQ(read_all(*log), std::string(900, 'a').append(1, ' '));
  EXPECT_EQ(log->waiting_bytes(), 0u);
}

TEST_F(ObjectLogTest, GivesUpInTime) {
  ObjectLogOptions with = options(1);
  with.give_up = Duration::seconds(20);
  auto log = open(with);
  bucket_.set_slowness(&clock_, 1000);
  bucket_.set_failures(1000);
  const auto given_up = append(*log, "a");
  EXPECT_EQ(given_up.error().message, "the write may not be durable, send it again: the bucket does not answer");
  EXPECT_EQ(log->waiting_bytes(), 0u);
}

// Whoever comes while a window is open shares its object.
TEST_F(ObjectLogTest, AWindowGathers) {
  ObjectLogOptions with = options(1);
  with.window = Duration::hours(1);
  with.commit_bytes = 4 * (kFrameHeaderBytes + 10);
  auto log = open(with);
  const std::uint64_t before = bucket_.counts().puts;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { EXPECT_TRUE(append(*log, "0123456789")); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(bucket_.counts().puts - before, 1u);
}

TEST_F(ObjectLogTest, PacksSmallObjects) {
  ObjectLogOptions with = options(1);
  with.pack_objects = 10;
  auto log = open(with);
  std::string expected;
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(append(*log, std::to_string(i)));
    expected += std::to_string(i) + " ";
  }
  EXPECT_TRUE(*log->pack_once());
  EXPECT_TRUE(*log->pack_once());
  EXPECT_FALSE(*log->pack_once());
  EXPECT_EQ(log->object_count(), 7u);
  EXPECT_EQ(bucket_.keys().size(), 8u);  // and a seal
  EXPECT_EQ(read_all(*log), expected);
  auto next = open(2);
  EXPECT_EQ(next->object_count(), 7u);
  EXPECT_EQ(read_all(*next), expected);
  const Position middle[] = {{35 * 15}};
  ASSERT_TRUE(next->trim(middle));
  EXPECT_EQ(next->object_count(), 6u);
}

// Who packs without knowing that it is not the owner any more leaves what the owner reads.
TEST_F(ObjectLogTest, AFencedOneRemovesNothing) {
  ObjectLogOptions with = options(1);
  with.pack_objects = 4;
  auto first = open(with);
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(append(*first, std::to_string(i)));
  auto second = open(2);
  EXPECT_EQ(first->pack_once().error().code, Code::kUnavailable);
  EXPECT_EQ(read_all(*second), "0 1 2 3 4 5 6 7 8 ");
  // Its pack lies there and overlaps with those of the owner.
  with.writer = 3;
  with.pack_objects = 3;
  auto third = open(with);
  EXPECT_EQ(read_all(*third), "0 1 2 3 4 5 6 7 8 ");
  while (*third->pack_once()) {
  }
  auto fourth = open(4);
  EXPECT_EQ(read_all(*fourth), "0 1 2 3 4 5 6 7 8 ");
}

// The owner packs between the look of the one who takes over and its seal: what was seen then is being removed.
TEST_F(ObjectLogTest, TakingOverLooksAgainOnceNobodyElseCanWrite) {
  class Between final : public object_store::ObjectStore {
   public:
    Between(object_store::ObjectStore& store, std::function<void()> before_seal) : store_(store), before_seal_(std::move(before_seal)) {}
    Result<std::string> put(const std::string& key, std::string_view bytes, object_store::PutCondition condition) override {
      if (before_seal_) std::exchange(before_seal_, nullptr)();
      return store_.put(key, bytes, condition);
    }
    Result<std::unique_ptr<object_store::ObjectWriter>> create(const std::string& key) override { return store_.create(key); }
    Result<object_store::Object> get(const std::string& key) override { return store_.get(key); }
    Result<std::string> get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) override { return store_.get_range(key, offset, size); }
    Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& key, std::uint64_t size) override { return store_.map(key, size); }
    Result<std::vector<object_store::ObjectInfo>> list(const std::string& prefix, const std::string& after) override { return store_.list(prefix, after); }
    Result<void> remove_unfinished(const std::string&) override { return {}; }
    Result<void> remove(const std::string& key) override { return store_.remove(key); }
    std::string describe() const override { return "between"; }

   private:
    object_store::ObjectStore& store_;
    std::function<void()> before_seal_;
  };
  ObjectLogOptions with = options(1);
  with.pack_objects = 4;
  auto first = open(with);
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(append(*first, std::to_string(i)));
  Between store(*door_, [&] { EXPECT_TRUE(*first->pack_once()); });
  auto second = ObjectLog::open(store, clock_, options(2));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(read_all(**second), "0 1 2 3 4 5 ");
}

TEST_F(ObjectLogTest, SaysWhatIsDamagedOrMissing) {
  auto log = open(1);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(append(*log, "record"));
  bucket_.damage("log/metrics/0000000001/00000000000000000038.segment", 100);
  EXPECT_EQ(read_all(*open(2)), "record !acknowledged records are damaged at position 38: log/metrics/0000000001/00000000000000000038.segment");
  bucket_.lose("log/metrics/0000000001/00000000000000000076.segment");
  auto next = open(3);
  EXPECT_EQ(next->begin().value, 114u);
  EXPECT_EQ(read_all(*next), "!the ingest log begins at position 114, but 0 is needed: log/metrics");
}

TEST_F(ObjectLogTest, AStoreThatIsAwayAtTheStartIsSaid) {
  bucket_.set_away(true);
  EXPECT_EQ(ObjectLog::open(*door_, clock_, options(1)).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace isobar::ingest_log
