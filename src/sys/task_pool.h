// Threads that help with work which is cut into pieces: whoever needs the pieces puts them here, and does itself what nobody has
// begun when it needs it. So nothing waits for a busy pool. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace isobar::sys {

class TaskPool {
 public:
  // `name`: of the threads, at most 15 bytes are kept.
  TaskPool(const std::string& name, std::size_t threads);
  ~TaskPool();  // tasks that nobody has begun are dropped
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  std::size_t threads() const { return threads_.size(); }
  // Runs it some time, first come first served, or never. It must not throw, and must hold alive what it needs.
  void offer(std::function<void()> task);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// A task that is run once, by whoever comes first. Thread-safe.
class SharedTask {
 public:
  explicit SharedTask(std::function<void()> work) : work_(std::move(work)) {}

  // Runs it if nobody has begun it.
  void run_if_free();
  bool is_done() const;
  // Returns when it is done: runs it, or waits for the one who does.
  void finish();
  // Returns when nobody runs it and nobody will.
  void abandon();

 private:
  enum class State { kFree, kRunning, kDone };
  bool begin();

  mutable std::mutex mutex_;
  std::condition_variable done_;
  State state_ = State::kFree;
  std::function<void()> work_;
};

}  // namespace isobar::sys
