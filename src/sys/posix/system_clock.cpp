#include "sys/posix/system_clock.h"

#include <ctime>
#include <unistd.h>

#include "base/check.h"
#include "sys/random.h"

namespace isobar::sys {

Timestamp SystemClock::now() const {
  std::timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return {std::int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000};
}

Monotonic SystemClock::monotonic() const {
  std::timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return {std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec};
}

std::uint64_t entropy_seed() {
  std::uint64_t seed = 0;
  CHECK(::getentropy(&seed, sizeof(seed)) == 0);
  return seed;
}

}  // namespace isobar::sys
