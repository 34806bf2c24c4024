// Identical questions asked at the same time are answered once: the first computes, the others wait for what it finds. A
// dashboard that ten people look at costs as much as for one.
//
// Whether two questions are the same is the key's to say; whoever must see what was written meanwhile puts that into it too.
// Nothing is kept: a question that comes after the answer is a new one. A waiting question holds its thread. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/cancel.h"
#include "base/result.h"

namespace isobar::query {

template <class Answer>
class Flights {
 public:
  using Outcome = Result<std::shared_ptr<const Answer>>;

  // What `compute` gives, called here or by another caller of the same key. An error that is that caller's own (its client
  // went away, its time was up) is not shared: the next one computes. Errors of `own`: it was cancelled while waiting.
  template <class Compute>
  Outcome answer(const std::string& key, const Cancellation& own, Compute&& compute) {
    for (;;) {
      bool first = false;
      const std::shared_ptr<Flight> flight = board(key, first);
      if (first) return land(key, *flight, compute());
      TRYV(wait(*flight, own));
      const Outcome& outcome = *flight->outcome;
      if (!outcome && is_of_one_caller(outcome.error().code)) continue;
      ++shared_;
      return outcome;
    }
  }

  // Questions that another one has answered so far.
  std::uint64_t shared() const { return shared_; }

 private:
  struct Flight {
    std::condition_variable landed;
    std::optional<Outcome> outcome;  // set once, under the mutex
  };

  static bool is_of_one_caller(Code code) { return code == Code::kCancelled || code == Code::kTimeout; }

  std::shared_ptr<Flight> board(const std::string& key, bool& first) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Flight>& flight = flights_[key];
    first = flight == nullptr;
    if (first) flight = std::make_shared<Flight>();
    return flight;
  }

  Outcome land(const std::string& key, Flight& flight, Outcome outcome) {
    const std::lock_guard lock(mutex_);
    flights_.erase(key);
    flight.outcome = outcome;
    flight.landed.notify_all();
    return outcome;
  }

  // A cancellation wakes nobody, so it is looked at now and then.
  Result<void> wait(Flight& flight, const Cancellation& own) {
    constexpr std::chrono::milliseconds kLook{20};
    std::unique_lock lock(mutex_);
    while (!flight.landed.wait_for(lock, kLook, [&] { return flight.outcome.has_value(); })) TRYV(own.check());
    return {};
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Flight>> flights_;
  std::atomic<std::uint64_t> shared_{0};
};

}  // namespace isobar::query
