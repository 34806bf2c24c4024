// CLOCK_REALTIME and CLOCK_MONOTONIC.
#pragma once

#include "sys/clock.h"

namespace isobar::sys {

class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  Monotonic monotonic() const override;
};

}  // namespace isobar::sys
