// A clock that moves when it is told. Thread-safe; moved by one thread at a time.
#pragma once

#include <atomic>

#include "sys/clock.h"

namespace isobar::sim {

class SimClock final : public sys::Clock {
 public:
  explicit SimClock(Timestamp start) : now_(start) {}
  Timestamp now() const override { return now_.load(); }
  Monotonic monotonic() const override { return {monotonic_ns_.load()}; }
  void advance(Duration by) {
    now_ = now_.load() + by;
    monotonic_ns_ += by.ms * 1'000'000;
  }
  // Only the wall clock jumps.
  void jump(Duration by) { now_ = now_.load() + by; }

 private:
  std::atomic<Timestamp> now_;
  std::atomic<std::int64_t> monotonic_ns_{0};
};

}  // namespace isobar::sim
