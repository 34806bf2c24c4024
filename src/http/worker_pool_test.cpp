#include "http/worker_pool.h"

#include <gtest/gtest.h>

#include <latch>
#include <semaphore>

namespace isobar::http {
namespace {

// One thread that is busy until released, so that what follows is queued.
class Blocked {
 public:
  explicit Blocked(std::size_t max_queued) : pool({.name = "test", .threads = 1, .max_queued = max_queued}) {
    EXPECT_TRUE(pool.try_submit([this] {
      started_.count_down();
      release_.acquire();
    }));
    started_.wait();
  }
  bool submit(std::string owner) {
    return pool.try_submit([this, owner] { order += owner; }, owner);
  }
  std::string finish() {
    release_.release();
    pool.stop();
    return order;
  }
  std::string order;
  WorkerPool pool;

 private:
  std::latch started_{1};
  std::binary_semaphore release_{0};
};

TEST(WorkerPool, OwnersTakeTurns) {
  Blocked blocked(100);
  for (const char* owner : {"a", "a", "a", "a", "b", "b", "c"}) EXPECT_TRUE(blocked.submit(owner));
  EXPECT_EQ(blocked.pool.queued(), 7u);
  EXPECT_EQ(blocked.finish(), "abcabaa");
}

TEST(WorkerPool, OneOwnerLeavesRoomForOthers) {
  Blocked blocked(8);
  int taken = 0;
  while (blocked.submit("a")) ++taken;
  EXPECT_EQ(taken, 4) << "half of the queue";
  EXPECT_TRUE(blocked.submit("b"));
  EXPECT_TRUE(blocked.submit("b"));
  EXPECT_FALSE(blocked.submit("b")) << "half of what the other left";
  EXPECT_TRUE(blocked.submit("c"));
  EXPECT_FALSE(blocked.submit("a"));
  EXPECT_EQ(blocked.finish(), "abcabaa");
}

TEST(WorkerPool, JobsOfNobodyUseAllOfTheQueue) {
  Blocked blocked(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(blocked.submit(""));
  EXPECT_FALSE(blocked.submit(""));
  EXPECT_FALSE(blocked.submit("a"));
  blocked.finish();
}

}  // namespace
}  // namespace isobar::http
