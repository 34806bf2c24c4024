// A rate with a burst: tokens refill continuously, up to `burst`. Thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>

#include "base/time.h"

namespace isobar::limits {

class TokenBucket {
 public:
  TokenBucket(double per_second, double burst) : rate_(per_second), burst_(burst), tokens_(burst) {}

  // Takes `n` tokens, or none. A request larger than the burst passes when the bucket is full: it could never otherwise.
  bool take(double n, Monotonic now) {
    const std::lock_guard lock(mutex_);
    refill(now);
    if (tokens_ < n && tokens_ < burst_) return false;
    tokens_ -= n;
    return true;
  }
  // Seconds until `n` tokens are there.
  double seconds_until(double n, Monotonic now) {
    const std::lock_guard lock(mutex_);
    refill(now);
    return std::max(0.0, (std::min(n, burst_) - tokens_) / rate_);
  }

 private:
  void refill(Monotonic now) {
    if (started_) tokens_ = std::min(burst_, tokens_ + rate_ * seconds_between(last_, now));
    last_ = now;
    started_ = true;
  }
  std::mutex mutex_;
  double rate_;
  double burst_;
  double tokens_;
  Monotonic last_;
  bool started_ = false;
};

}  // namespace isobar::limits
