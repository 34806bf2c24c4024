#include "sys/worker.h"

#include <chrono>
#include <pthread.h>

namespace isobar::sys {

Worker::Worker(std::string name, Duration interval, std::function<void()> run_once)
    : interval_(interval), run_once_(std::move(run_once)), thread_([this] { run(); }) {
  name.resize(name.size() < 15 ? name.size() : 15);  // the kernel's limit
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

Worker::~Worker() { stop(); }

void Worker::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Worker::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    lock.unlock();
    run_once_();
    lock.lock();
    changed_.wait_for(lock, std::chrono::milliseconds(interval_.ms), [&] { return woken_ || stopping_; });
  }
}

}  // namespace isobar::sys
