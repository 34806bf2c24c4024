// Functions of one window: rate and its relatives, *_over_time, predictions. Pure functions; what they note
// goes to the log.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "evaluator.h"

namespace isobar::promqltest::naive {

using RangeFunction = Result<std::optional<Cell>> (*)(const Window& window, std::span<const Num> parameters,
                                                      std::int64_t now, Log& log);

// Null if there is none of that name.
RangeFunction find_rate_function(std::string_view name);
RangeFunction find_over_time_function(std::string_view name);

// Whether the counter started anew between two samples, by their start timestamps.
bool starts_anew(const Point& before, const Point& after);

}  // namespace isobar::promqltest::naive
