#include "model/time_ranges.h"

#include <algorithm>

namespace isobar::model {
namespace {

constexpr Duration kOne{1};

}  // namespace

void TimeRanges::add(Timestamp min, Timestamp max) {
  if (max < min) return;
  // Sums saturate, so the ends of time touch nothing beyond them.
  const auto first = std::partition_point(ranges_.begin(), ranges_.end(), [&](const TimeRange& r) { return r.max + kOne < min; });
  const auto last = std::partition_point(first, ranges_.end(), [&](const TimeRange& r) { return r.min <= max + kOne; });
  if (first != last) {
    min = std::min(min, first->min);
    max = std::max(max, (last - 1)->max);
  }
  ranges_.insert(ranges_.erase(first, last), {min, max});
}

bool TimeRanges::contains(Timestamp t) const { return covers(t, t); }

bool TimeRanges::covers(Timestamp min, Timestamp max) const {
  const auto at = std::partition_point(ranges_.begin(), ranges_.end(), [&](const TimeRange& r) { return r.max < min; });
  return at != ranges_.end() && at->min <= min && max <= at->max;
}

std::vector<TimeRange> TimeRanges::gaps(Timestamp min, Timestamp max) const {
  std::vector<TimeRange> out;
  for (const TimeRange& range : ranges_) {
    if (range.max < min) continue;
    if (range.min > max) break;
    if (min < range.min) out.push_back({min, range.min - kOne});
    if (range.max >= max) return out;
    min = range.max + kOne;
  }
  if (min <= max) out.push_back({min, max});
  return out;
}

}  // namespace isobar::model
