// A bounded pool of threads for work that may block. What a full queue means is the caller's to say: the server
// answers 503. Thread-safe.
//
// Jobs may name whose they are. Owners take turns: whoever sends a thousand jobs waits for them, others do not. An owner may
// fill half of what is free of the queue, so there is always room for another (dynamic thresholds: Choudhury and Hahne,
// IEEE/ACM Transactions on Networking 6, 1998).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace isobar::http {

struct PoolOptions {
  std::string name;
  std::size_t threads = 2;
  std::size_t max_queued = 64;  // jobs that wait, beyond those that run
  std::string owner_header = {};  // whose a request is, by this header's value (lower case); empty: nobody's
};

class WorkerPool {
 public:
  using Job = std::function<void()>;

  explicit WorkerPool(PoolOptions options);
  ~WorkerPool();  // stop()
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False if the queue is full, or too full for this owner, or the pool is stopping; the job is then dropped. A job without
  // an owner may use all of the queue.
  bool try_submit(Job job, std::string_view owner = {});
  // Beyond the bound, for the next step of work that was admitted before. False only when the pool has stopped.
  bool submit_continuation(Job job);
  // Runs what is queued, then joins the threads. Idempotent; not from a job of this pool.
  void stop();

  const std::string& name() const { return options_.name; }
  const std::string& owner_header() const { return options_.owner_header; }
  std::size_t queued() const;
  std::size_t running() const;

 private:
  void run();
  void push(std::string_view owner, Job job);
  Job pop();
  bool has_room(std::string_view owner) const;

  const PoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::deque<Job>, std::less<>> queues_;  // by owner, none empty
  std::deque<std::string> turns_;                               // owners in queues_, the next one first
  std::size_t queued_ = 0;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace isobar::http
