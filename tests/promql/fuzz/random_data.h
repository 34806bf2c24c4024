// Random series of a few metrics with shared labels: counters that reset, gauges with NaN and infinities,
// classic and native histograms of all kinds, info metrics; with gaps, stale markers and start timestamps.
#pragma once

#include "memory_reader.h"
#include "random.h"

namespace isobar::promqltest {

struct DataTimes {
  std::int64_t first = 0;  // ms
  std::int64_t last = 0;
  std::int64_t interval = 0;
};

DataTimes fill_with_random_data(Random& random, MemoryReader& reader);

}  // namespace isobar::promqltest
