#include <cstdlib>
#include <unistd.h>

#include "sys/posix/posix_file_system.h"
#include "sys/random.h"
#include "sys/shards.h"
#include "sys/task_pool.h"

namespace isobar::sys {
namespace {

class PosixFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/isobar-sys-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern), nullptr);
    directory_ = pattern;
  }
  void TearDown() override {
    const auto names = files_.list(directory_);
    for (const auto& name : *names) ASSERT_TRUE(files_.remove(directory_ + "/" + name));
    ::rmdir(directory_.c_str());
  }
  PosixFileSystem files_;
  std::string directory_;
};

TEST_F(PosixFiles, AtomicWriteReplacesAndLeavesNothingBeside) {
  const std::string path = directory_ + "/a";
  ASSERT_TRUE(write_file_atomically(files_, path, "one"));
  ASSERT_TRUE(write_file_atomically(files_, path, "two"));
  EXPECT_EQ(*read_file(files_, path), "two");
  EXPECT_EQ(*files_.list(directory_), (std::vector<std::string>{"a"}));
  EXPECT_EQ((*files_.map(path))->bytes(), "two");
}

TEST_F(PosixFiles, ErrorsNameThePathAndTheKind) {
  const auto missing = files_.open(directory_ + "/nope", OpenMode::kRead);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_NE(missing.error().message.find("/nope"), std::string::npos);
}

TEST_F(PosixFiles, AllocationExtendsWithZeros) {
  auto file = *files_.open(directory_ + "/seg", OpenMode::kCreate);
  ASSERT_TRUE(file->allocate(8192));
  EXPECT_EQ(*file->size(), 8192u);
  char byte = 'x';
  EXPECT_EQ(*file->read_at(8191, &byte, 1), 1u);
  EXPECT_EQ(byte, '\0');
  EXPECT_EQ(*file->read_at(8192, &byte, 1), 0u);
}

TEST_F(PosixFiles, ASecondProcessIsToldWhatToDo) {
  const auto first = DirectoryLock::acquire(directory_ + "/lock");
  ASSERT_TRUE(first);
  const auto second = DirectoryLock::acquire(directory_ + "/lock");
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("choose another --data-dir"), std::string::npos);
}

TEST(Shards, OneTaskAtATimeWhoeverRunsIt) {
  Shards shards(2, Shards::Mode::kThreads);
  std::array<int, 2> counts{};  // plain: only the shard's tasks touch it
  std::array<int, 2> inside{};
  constexpr int kTasks = 2000;
  const auto task = [&](std::uint32_t shard) {
    EXPECT_EQ(++inside[shard], 1);
    shards.call(shard, [&] { ++counts[shard]; });  // runs at once
    --inside[shard];
  };
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kTasks; ++i) {
          const auto shard = static_cast<std::uint32_t>((i + t) % 2);
          if (i % 3 == 0) {
            shards.post(shard, [&task, shard] { task(shard); });
          } else {
            shards.call(shard, [&task, shard] { task(shard); });
          }
        }
      });
    }
  }
  shards.stop();
  EXPECT_EQ(counts[0] + counts[1], 4 * kTasks);
}

TEST(Shards, CallsRunInOrderAndReturnAfterTheTask) {
  Shards shards(2, Shards::Mode::kThreads);
  std::vector<int> seen;
  for (int i = 0; i < 100; ++i) shards.post(1, [&seen, i] { seen.push_back(i); });
  std::size_t count = 0;
  shards.call(1, [&] { count = seen.size(); });
  EXPECT_EQ(count, 100u);
  shards.stop();
  shards.call(1, [&] { count = 7; });
  EXPECT_EQ(count, 7u);
}

TEST_F(PosixFiles, ALinkIsASecondNameThatOutlivesTheFirst) {
  const std::string a = directory_ + "/a";
  const std::string b = directory_ + "/b";
  ASSERT_TRUE(write_file_atomically(files_, a, "bytes"));
  ASSERT_TRUE(link_or_copy(files_, a, b));
  ASSERT_TRUE(link_or_copy(files_, a, b));  // replaces
  ASSERT_TRUE(write_file_atomically(files_, a, "others"));
  EXPECT_EQ(*read_file(files_, b), "bytes");
  EXPECT_EQ(link_or_copy(files_, directory_ + "/nothing", directory_ + "/c").error().code, Code::kNotFound);
  EXPECT_FALSE(files_.link(a, b));
}

TEST(Random, IsTheSameEverywhere) {
  Random random(42);
  EXPECT_EQ(random.next(), 1546998764402558742ULL);
  EXPECT_EQ(random.next(), 6990951692964543102ULL);
}

TEST(TaskPool, WhatNobodyHasBegunIsDoneByTheOneWhoNeedsIt) {
  TaskPool pool("help", 1);
  std::mutex busy;
  std::unique_lock hold(busy);
  pool.offer([&busy] { const std::lock_guard wait(busy); });
  int done = 0;
  auto task = std::make_shared<SharedTask>([&done] { ++done; });
  pool.offer([task] { task->run_if_free(); });
  task->finish();
  EXPECT_EQ(done, 1);
  auto unwanted = std::make_shared<SharedTask>([&done] { ++done; });
  pool.offer([unwanted] { unwanted->run_if_free(); });
  unwanted->abandon();
  hold.unlock();
  std::vector<std::shared_ptr<SharedTask>> tasks;
  std::atomic<int> sum = 0;
  for (int i = 1; i <= 100; ++i) {
    tasks.push_back(std::make_shared<SharedTask>([&sum, i] { sum += i; }));
    pool.offer([last = tasks.back()] { last->run_if_free(); });
  }
  for (const auto& t : tasks) t->finish();
  EXPECT_EQ(sum, 5050);
  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace isobar::sys
