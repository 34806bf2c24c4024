// One flag that a caller raises and workers poll. Shared between threads; polling is a relaxed load.
#pragma once

#include <atomic>

#include "base/result.h"

namespace isobar {

class Cancellation {
 public:
  enum class Reason : int { kNone = 0, kClientGone = 1, kDeadline = 2, kShutdown = 3 };

  void cancel(Reason reason) {
    Reason expected = Reason::kNone;
    reason_.compare_exchange_strong(expected, reason, std::memory_order_relaxed);
  }
  bool cancelled() const { return reason_.load(std::memory_order_relaxed) != Reason::kNone; }
  // An error that names the reason, or success.
  Result<void> check() const {
    switch (reason_.load(std::memory_order_relaxed)) {
      case Reason::kNone: return {};
      case Reason::kClientGone: return fail(Code::kCancelled, "query was canceled: the client closed its connection");
      case Reason::kDeadline: return fail(Code::kTimeout, "query timed out");
      case Reason::kShutdown: return fail(Code::kUnavailable, "server is shutting down");
    }
    return {};
  }

 private:
  std::atomic<Reason> reason_{Reason::kNone};
};

}  // namespace isobar
