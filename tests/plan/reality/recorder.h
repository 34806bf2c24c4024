// What happened and when: the clock of a run, and its list of events.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace isobar::reality {

struct Happening {
  std::int64_t at = 0;  // simulated milliseconds since the first fault
  std::string object;   // as in plan::simulation::TraceEntry
  std::string what;
};

// Real time in simulated milliseconds. `scale`: real milliseconds of a simulated second.
class ScaledClock {
 public:
  explicit ScaledClock(double scale) : scale_(scale), zero_(std::chrono::steady_clock::now()) {}

  double scale() const { return scale_; }
  void restart() { zero_ = std::chrono::steady_clock::now(); }
  std::int64_t now() const {
    const auto real = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - zero_);
    return static_cast<std::int64_t>(static_cast<double>(real.count()) / scale_);
  }
  std::chrono::steady_clock::time_point real(std::int64_t simulated_ms) const {
    return zero_ + std::chrono::microseconds(static_cast<std::int64_t>(static_cast<double>(simulated_ms) * scale_));
  }

 private:
  double scale_;
  std::chrono::steady_clock::time_point zero_;
};

// Thread safety: any thread may note.
class Recorder {
 public:
  void note(std::int64_t at, std::string object, std::string what) {
    const std::lock_guard lock(mutex_);
    happenings_.push_back({at, std::move(object), std::move(what)});
  }
  std::vector<Happening> take() {
    const std::lock_guard lock(mutex_);
    return std::move(happenings_);
  }

 private:
  std::mutex mutex_;
  std::vector<Happening> happenings_;
};

}  // namespace isobar::reality
