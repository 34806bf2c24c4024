// A set of milliseconds as ascending ranges, both ends inclusive, neither overlapping nor touching. A plain value.
#pragma once

#include <vector>

#include "base/time.h"

namespace isobar::model {

struct TimeRange {
  Timestamp min;
  Timestamp max;
  bool operator==(const TimeRange&) const = default;
};

class TimeRanges {
 public:
  // Nothing if max < min.
  void add(Timestamp min, Timestamp max);
  bool empty() const { return ranges_.empty(); }
  bool contains(Timestamp t) const;
  // True if all of [min, max] is in the set.
  bool covers(Timestamp min, Timestamp max) const;
  // What of [min, max] is not in the set, ascending.
  std::vector<TimeRange> gaps(Timestamp min, Timestamp max) const;
  const std::vector<TimeRange>& ranges() const { return ranges_; }

 private:
  std::vector<TimeRange> ranges_;
};

}  // namespace isobar::model
