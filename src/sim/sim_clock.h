// A clock that moves when it is told. Not thread-safe.
#pragma once

#include "sys/clock.h"

namespace isobar::sim {

class SimClock final : public sys::Clock {
 public:
  explicit SimClock(Timestamp start) : now_(start) {}
  Timestamp now() const override { return now_; }
  Monotonic monotonic() const override { return {monotonic_ns_}; }
  void advance(Duration by) {
    now_ = now_ + by;
    monotonic_ns_ += by.ms * 1'000'000;
  }
  // Only the wall clock jumps.
  void jump(Duration by) { now_ = now_ + by; }

 private:
  Timestamp now_;
  std::int64_t monotonic_ns_ = 0;
};

}  // namespace isobar::sim
