#include "sys/task_pool.h"

#include <pthread.h>

namespace isobar::sys {

TaskPool::TaskPool(const std::string& name, std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { run(); });
    pthread_setname_np(threads_.back().native_handle(), name.substr(0, 15).c_str());
  }
}

TaskPool::~TaskPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void TaskPool::offer(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void TaskPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (stopping_) return;
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it holds dies outside the lock
    lock.lock();
  }
}

bool SharedTask::begin() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kFree) return false;
  state_ = State::kRunning;
  return true;
}

void SharedTask::run_if_free() {
  if (!begin()) return;
  work_();
  work_ = nullptr;  // what it holds belongs to the one who waits
  {
    const std::lock_guard lock(mutex_);
    state_ = State::kDone;
  }
  done_.notify_all();
}

bool SharedTask::is_done() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::kDone;
}

void SharedTask::finish() {
  run_if_free();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return state_ == State::kDone; });
}

void SharedTask::abandon() {
  std::unique_lock lock(mutex_);
  if (state_ == State::kFree) {
    state_ = State::kDone;
    work_ = nullptr;
  }
  done_.wait(lock, [this] { return state_ == State::kDone; });
}

}  // namespace isobar::sys
