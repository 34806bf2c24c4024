#include "http/worker_pool.h"

#include <pthread.h>

namespace isobar::http {

WorkerPool::WorkerPool(PoolOptions options) : options_(std::move(options)) {
  const std::size_t count = std::max<std::size_t>(1, options_.threads);
  for (std::size_t i = 0; i < count; ++i) {
    threads_.emplace_back([this] { run(); });
    pthread_setname_np(threads_.back().native_handle(), options_.name.substr(0, 15).c_str());
  }
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::has_room(std::string_view owner) const {
  const std::size_t room = options_.max_queued + threads_.size() - std::min(running_, threads_.size());
  if (queued_ >= room) return false;
  if (owner.empty()) return true;
  const auto own = queues_.find(owner);
  return own == queues_.end() || own->second.size() < room - queued_;
}

void WorkerPool::push(std::string_view owner, Job job) {
  auto at = queues_.find(owner);
  if (at == queues_.end()) {
    at = queues_.emplace(std::string(owner), std::deque<Job>{}).first;
    turns_.emplace_back(owner);
  }
  at->second.push_back(std::move(job));
  ++queued_;
}

WorkerPool::Job WorkerPool::pop() {
  std::string owner = std::move(turns_.front());
  turns_.pop_front();
  const auto at = queues_.find(owner);
  Job job = std::move(at->second.front());
  at->second.pop_front();
  --queued_;
  if (at->second.empty()) {
    queues_.erase(at);
  } else {
    turns_.push_back(std::move(owner));
  }
  return job;
}

bool WorkerPool::try_submit(Job job, std::string_view owner) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || !has_room(owner)) return false;
    push(owner, std::move(job));
  }
  wake_.notify_one();
  return true;
}

bool WorkerPool::submit_continuation(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    push({}, std::move(job));
  }
  wake_.notify_one();
  return true;
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queued_;
}

std::size_t WorkerPool::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || queued_ > 0; });
    if (queued_ == 0) return;
    Job job = pop();
    ++running_;
    lock.unlock();
    job();
    job = nullptr;  // what it holds dies outside the lock
    lock.lock();
    --running_;
  }
}

}  // namespace isobar::http
