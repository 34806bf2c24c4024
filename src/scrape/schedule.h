// Internal: which loop is due when. Wall-clock times, so that equal targets keep their place within the interval over
// restarts; a clock that jumps back is noticed. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/time.h"
#include "scrape/scrape_loop.h"

namespace isobar::scrape {

struct Slot {
  std::shared_ptr<ScrapeLoop> loop;
  Hash128 id;
  Timestamp next_scrape{0};
  Timestamp due{0};      // next_scrape, or earlier to write what is left, or the end of a removed loop
  bool queued = false;
  bool running = false;
  bool removed = false;  // its target is gone: at `due` it ends
};

// The first time after `now` that is congruent to the target's offset within the interval.
Timestamp next_scrape_time(const Hash128& id, Duration interval, Timestamp now);

class Schedule {
 public:
  void add(const std::shared_ptr<Slot>& slot, Timestamp due);
  void remove(const std::shared_ptr<Slot>& slot);
  // The earliest slot that is due, taken out; null if none is.
  std::shared_ptr<Slot> take_due(Timestamp now);
  // Timestamp::max() if empty.
  Timestamp next_due() const;
  // Slots that wait longer than their interval: the clock was set back.
  std::vector<std::shared_ptr<Slot>> take_displaced(Timestamp now);

 private:
  std::multimap<std::int64_t, std::shared_ptr<Slot>> queue_;
};

}  // namespace isobar::scrape
