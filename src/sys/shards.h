// Owners of data. Partition p lives on shard p mod count(); only tasks of that shard touch it, one at a time. Other threads
// say:
//
//   post(shard, task)   run it on the shard's thread, later; the queue is bounded, a full one makes post() wait.
//   call(shard, task)   run it and wait. While nothing else runs or waits there, the caller's own thread runs it: two changes
//                       of thread cost more than most tasks. Called from a task of the shard it runs at once.
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
    bool busy = false;                // a task runs, on the thread `runner`
    std::thread::id runner;
    std::recursive_mutex after_stop;  // held by calls that run inline then
    std::jthread thread;

    bool runs_here() const { return busy && runner == std::this_thread::get_id(); }
  };
  static void run(Shard& shard);
  // `lock` is of the shard's mutex, and held again at the end.
  static void run_task(Shard& shard, std::unique_lock<std::mutex>& lock, const Task& task);

  Mode mode_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace isobar::sys
