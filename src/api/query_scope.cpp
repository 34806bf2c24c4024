#include "api/query_scope.h"

namespace isobar::api {

QueryDeadlines::Watch::Watch(QueryDeadlines& owner, Monotonic at, Cancellation& cancellation) : owner_(owner) {
  const std::lock_guard lock(owner_.mutex_);
  place_ = owner_.by_time_.emplace(at, &cancellation);
}

QueryDeadlines::Watch::~Watch() {
  const std::lock_guard lock(owner_.mutex_);
  owner_.by_time_.erase(place_);
}

// Entries stay until their watch dies: a second cancel changes nothing.
void QueryDeadlines::run_once(Monotonic now) {
  const std::lock_guard lock(mutex_);
  for (const auto& [at, cancellation] : by_time_) {
    if (at > now) return;
    cancellation->cancel(Cancellation::Reason::kDeadline);
  }
}

std::size_t QueryDeadlines::watched() const {
  const std::lock_guard lock(mutex_);
  return by_time_.size();
}

QueryScope::QueryScope(const QueryResources& resources, Cancellation& cancellation, Duration timeout)
    : memory_of_all_(resources.memory),
      budget_("one query", resources.max_bytes_per_query, resources.max_bytes_setting, &resources.memory),
      cancellation_(cancellation) {
  watch_.emplace(resources.deadlines, resources.clock.monotonic() + timeout, cancellation);
}

}  // namespace isobar::api
