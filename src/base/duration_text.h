// Durations as Prometheus writes them: 1h30m, 5m, 250ms. Units y w d h m s ms, largest first, each at most once;
// a bare "0" is allowed. Source: prometheus.io/docs/prometheus/latest/configuration/configuration (<duration>).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace isobar {

Result<Duration> parse_duration(std::string_view text);
// The shortest such text: 90s gives "1m30s", zero gives "0s". Negative durations get a leading '-'.
std::string format_duration(Duration duration);

}  // namespace isobar
