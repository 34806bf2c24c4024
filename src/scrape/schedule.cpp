#include "scrape/schedule.h"

namespace isobar::scrape {

Timestamp next_scrape_time(const Hash128& id, Duration interval, Timestamp now) {
  const std::int64_t offset = static_cast<std::int64_t>(id.high % static_cast<std::uint64_t>(interval.ms));
  const std::int64_t since = (now.ms - offset) % interval.ms;
  return Timestamp{now.ms + interval.ms - (since < 0 ? since + interval.ms : since)};
}

void Schedule::add(const std::shared_ptr<Slot>& slot, Timestamp due) {
  slot->due = due;
  slot->queued = true;
  queue_.emplace(due.ms, slot);
}

void Schedule::remove(const std::shared_ptr<Slot>& slot) {
  const auto [first, last] = queue_.equal_range(slot->due.ms);
  for (auto it = first; it != last; ++it) {
    if (it->second == slot) {
      queue_.erase(it);
      slot->queued = false;
      return;
    }
  }
}

std::shared_ptr<Slot> Schedule::take_due(Timestamp now) {
  if (queue_.empty() || queue_.begin()->first > now.ms) return nullptr;
  std::shared_ptr<Slot> slot = std::move(queue_.begin()->second);
  queue_.erase(queue_.begin());
  slot->queued = false;
  return slot;
}

Timestamp Schedule::next_due() const { return queue_.empty() ? Timestamp::max() : Timestamp{queue_.begin()->first}; }

std::vector<std::shared_ptr<Slot>> Schedule::take_displaced(Timestamp now) {
  std::vector<std::shared_ptr<Slot>> displaced;
  if (queue_.empty() || Timestamp{queue_.begin()->first} - now <= queue_.begin()->second->loop->target().interval) {
    return displaced;
  }
  for (auto& [due, slot] : queue_) {
    slot->queued = false;
    displaced.push_back(slot);
  }
  queue_.clear();
  return displaced;
}

}  // namespace isobar::scrape
