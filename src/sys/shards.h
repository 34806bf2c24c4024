// Threads that own data. Partition p lives on shard p mod count(); nobody else touches it. Other threads say:
//
//   post(shard, task)   run it there, later; the queue is bounded, a full one makes post() wait.
//   call(shard, task)   run it there and wait. Called from the shard itself it runs at once.
//
// With Mode::kInline there are no threads: post and call run the task where they are called, which is what the
// simulation uses. Thread-safe. stop() runs what is queued, then joins; after it, post drops and call runs inline.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace isobar::sys {

class Shards {
 public:
  enum class Mode { kThreads, kInline };
  using Task = std::function<void()>;

  Shards(std::uint32_t count, Mode mode);
  ~Shards();
  std::uint32_t count() const { return static_cast<std::uint32_t>(shards_.size()); }

  void post(std::uint32_t shard, Task task);
  void call(std::uint32_t shard, const Task& task);
  void stop();

 private:
  static constexpr std::size_t kQueueBound = 4096;
  struct Shard {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Task> queue;
    bool stopping = false;
    bool finished = false;            // the thread has run its last task
    std::recursive_mutex after_stop;  // held by calls that run inline then
    std::thread::id owner;
    std::jthread thread;
  };
  static void run(Shard& shard);

  Mode mode_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace isobar::sys
