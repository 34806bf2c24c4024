// Times as requests and answers write them. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace isobar::api {

// Unix seconds with an optional fraction (1435781451.781), or RFC 3339 (2015-07-01T20:10:51.781Z, +02:00). Fractions
// beyond a millisecond are rounded. kInvalid says how to write it.
Result<Timestamp> parse_time(std::string_view text);
// Seconds with an optional fraction, or 5m, 1h30m; a leading '-' is accepted.
Result<Duration> parse_seconds_or_duration(std::string_view text);

// 2015-07-01T20:10:51.781Z; without milliseconds if they are zero.
std::string format_rfc3339(Timestamp time);
// 1435781451.781 or 1435781451: JSON numbers in seconds.
void append_seconds(std::string& out, std::int64_t ms);

}  // namespace isobar::api
