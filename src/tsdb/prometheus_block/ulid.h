// ULIDs: 48 bits of milliseconds since 1970 and 80 random ones, as 26 letters of Crockford's base 32. They name blocks of
// Prometheus. Source: github.com/ulid/spec. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace isobar::tsdb::prometheus {

// Capital letters only, as in names of folders.
bool is_ulid(std::string_view text);
// `random`: its lowest 80 bits are taken, the second number's 16 first.
std::string make_ulid(Timestamp time, std::array<std::uint64_t, 2> random);

}  // namespace isobar::tsdb::prometheus
