#include "sys/shards.h"

#include <pthread.h>

#include <fmt/format.h>

#include "base/check.h"

namespace isobar::sys {

Shards::Shards(std::uint32_t count, Mode mode) : mode_(mode) {
  CHECK(count > 0);
  for (std::uint32_t i = 0; i < count; ++i) shards_.push_back(std::make_unique<Shard>());
  if (mode_ == Mode::kInline) return;
  for (std::uint32_t i = 0; i < count; ++i) {
    Shard& shard = *shards_[i];
    shard.thread = std::jthread([&shard] { run(shard); });
    pthread_setname_np(shard.thread.native_handle(), fmt::format("shard-{}", i).c_str());
  }
}

Shards::~Shards() { stop(); }

void Shards::run_task(Shard& shard, std::unique_lock<std::mutex>& lock, const Task& task) {
  shard.busy = true;
  shard.runner = std::this_thread::get_id();
  lock.unlock();
  task();
  lock.lock();
  shard.busy = false;
}

void Shards::run(Shard& shard) {
  std::unique_lock lock(shard.mutex);
  while (true) {
    shard.changed.wait(lock, [&] { return !shard.busy && (!shard.queue.empty() || shard.stopping); });
    if (shard.queue.empty()) {
      shard.finished = true;
      shard.changed.notify_all();
      return;
    }
    const Task task = std::move(shard.queue.front());
    shard.queue.pop_front();
    if (shard.queue.size() == kQueueBound - 1) shard.changed.notify_all();
    run_task(shard, lock, task);
  }
}

void Shards::post(std::uint32_t index, Task task) {
  if (mode_ == Mode::kInline) return task();
  Shard& shard = *shards_[index];
  std::unique_lock lock(shard.mutex);
  // The shard itself must never wait for its own queue.
  if (!shard.runs_here()) {
    shard.changed.wait(lock, [&] { return shard.queue.size() < kQueueBound || shard.stopping; });
  }
  if (shard.stopping) return;
  shard.queue.push_back(std::move(task));
  shard.changed.notify_all();
}

void Shards::call(std::uint32_t index, const Task& task) {
  if (mode_ == Mode::kInline) return task();
  Shard& shard = *shards_[index];
  std::mutex done_mutex;
  std::condition_variable done_changed;
  bool done = false;
  {
    std::unique_lock lock(shard.mutex);
    if (shard.runs_here()) {
      lock.unlock();
      return task();
    }
    if (!shard.busy && shard.queue.empty() && !shard.stopping) {
      run_task(shard, lock, task);
      if (!shard.queue.empty() || shard.stopping) shard.changed.notify_all();
      return;
    }
    shard.changed.wait(lock, [&] { return shard.queue.size() < kQueueBound || shard.stopping; });
    if (shard.stopping) {
      // The thread is going; after it, whoever calls takes its place, one at a time.
      shard.changed.wait(lock, [&] { return shard.finished; });
      lock.unlock();
      const std::lock_guard alone(shard.after_stop);
      return task();
    }
    shard.queue.push_back([&] {
      task();
      const std::lock_guard done_lock(done_mutex);
      done = true;
      done_changed.notify_one();
    });
    shard.changed.notify_all();
  }
  std::unique_lock lock(done_mutex);
  done_changed.wait(lock, [&] { return done; });
}

void Shards::stop() {
  if (mode_ == Mode::kInline) return;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    shard->stopping = true;
    shard->changed.notify_all();
  }
  for (const auto& shard : shards_) {
    if (shard->thread.joinable()) shard->thread.join();
  }
}

}  // namespace isobar::sys
