// The only source of time. Thread-safe.
#pragma once

#include "base/time.h"

namespace isobar::sys {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;        // wall clock; may jump
  virtual Monotonic monotonic() const = 0;  // never goes back
};

}  // namespace isobar::sys
