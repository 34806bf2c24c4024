// A bounded pool of threads for work that may block. What a full queue means is the caller's to say: the server
// answers 503. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace isobar::http {

struct PoolOptions {
  std::string name;
  std::size_t threads = 2;
  std::size_t max_queued = 64;  // jobs that wait, beyond those that run
};

class WorkerPool {
 public:
  using Job = std::function<void()>;

  explicit WorkerPool(PoolOptions options);
  ~WorkerPool();  // stop()
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False if the queue is full or the pool is stopping; the job is then dropped.
  bool try_submit(Job job);
  // Beyond the bound, for the next step of work that was admitted before. False only when the pool has stopped.
  bool submit_continuation(Job job);
  // Runs what is queued, then joins the threads. Idempotent; not from a job of this pool.
  void stop();

  const std::string& name() const { return options_.name; }
  std::size_t queued() const;
  std::size_t running() const;

 private:
  void run();

  const PoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace isobar::http
