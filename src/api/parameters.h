// Parameters of a request by name. Every refusal is kInvalid, names the parameter and says what to write. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace isobar::api {

// 'invalid parameter "step": <what>'.
Error invalid_parameter(std::string_view name, std::string_view what);

// Empty where the parameter is absent or empty.
Result<std::optional<Timestamp>> time_parameter(const http::Params& params, std::string_view name);
Result<std::optional<Duration>> duration_parameter(const http::Params& params, std::string_view name);
Result<std::optional<std::int64_t>> integer_parameter(const http::Params& params, std::string_view name);

// 1, true, 0 or false; absent is false.
Result<bool> flag_parameter(const http::Params& params, std::string_view name);

// "limit": 0 (and absent) is none; negative is refused.
Result<std::size_t> limit_parameter(const http::Params& params);

struct TimeRange {
  Timestamp start = Timestamp::min();
  Timestamp end = Timestamp::max();
};
// "start" and "end", each optional; end must not be before start.
Result<TimeRange> time_range_parameters(const http::Params& params);

// Prometheus' escaped form of any name: U__foo_2e_bar is foo.bar. Other texts, and those that do not unescape, stay.
std::string unescape_name(std::string_view name);

}  // namespace isobar::api
