// What rate, increase and delta share, for plain and for extended ranges. Internal to the family.
#pragma once

#include "promql/range_window.h"

namespace isobar::promql {

struct RateKind {
  bool is_counter = false;
  bool per_second = false;
};

// True if a start timestamp says that the counter began anew between two samples (times and start times in
// ms, 0 unknown). A start equal to the previous sample's time is a delta series, but only if that sample knew
// its own start.
bool start_time_reset(std::int64_t previous_time, std::int64_t previous_start, std::int64_t time,
                      std::int64_t start);

// Ranges with anchored or smoothed: no extrapolation.
eval::Cell extended_rate(const RangeWindow& window, RangeCall& call, RateKind kind);

}  // namespace isobar::promql
