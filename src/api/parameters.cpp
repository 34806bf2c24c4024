#include "api/parameters.h"

#include <charconv>

#include <fmt/format.h>

#include "api/time_text.h"

namespace isobar::api {
namespace {

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | (c >> 18)));
    out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

// The code point of "2e_…", with its underscore taken; false if there is none.
bool take_code_point(std::string_view& rest, std::uint32_t& c) {
  const std::size_t end = rest.find('_');
  if (end == std::string_view::npos || end == 0 || end > 6) return false;
  const auto [at, error] = std::from_chars(rest.data(), rest.data() + end, c, 16);
  if (error != std::errc() || at != rest.data() + end) return false;
  if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return false;
  rest.remove_prefix(end + 1);
  return true;
}

}  // namespace

Error invalid_parameter(std::string_view name, std::string_view what) {
  return {Code::kInvalid, fmt::format("invalid parameter \"{}\": {}", name, what)};
}

Result<std::optional<Timestamp>> time_parameter(const http::Params& params, std::string_view name) {
  const std::string_view text = params.get(name);
  if (text.empty()) return std::optional<Timestamp>();
  const Result<Timestamp> time = parse_time(text);
  if (!time) return fail(invalid_parameter(name, time.error().message));
  return std::optional<Timestamp>(*time);
}

Result<std::optional<Duration>> duration_parameter(const http::Params& params, std::string_view name) {
  const std::string_view text = params.get(name);
  if (text.empty()) return std::optional<Duration>();
  const Result<Duration> duration = parse_seconds_or_duration(text);
  if (!duration) return fail(invalid_parameter(name, duration.error().message));
  return std::optional<Duration>(*duration);
}

Result<std::optional<std::int64_t>> integer_parameter(const http::Params& params, std::string_view name) {
  const std::string_view text = params.get(name);
  if (text.empty()) return std::optional<std::int64_t>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(invalid_parameter(name, fmt::format("must be a whole number: \"{}\"", text)));
  }
  return std::optional<std::int64_t>(number);
}

Result<bool> flag_parameter(const http::Params& params, std::string_view name) {
  const std::string_view text = params.get(name);
  if (text == "1" || text == "true") return true;
  if (text.empty() || text == "0" || text == "false") return false;
  return fail(invalid_parameter(name, fmt::format("must be 1 or 0: \"{}\"", text.substr(0, 40))));
}

Result<std::size_t> limit_parameter(const http::Params& params) {
  TRY(const std::optional<std::int64_t> limit, integer_parameter(params, "limit"));
  if (limit.value_or(0) < 0) {
    return fail(invalid_parameter("limit", fmt::format("must not be negative (0 is no limit): {}", *limit)));
  }
  return static_cast<std::size_t>(limit.value_or(0));
}

Result<TimeRange> time_range_parameters(const http::Params& params) {
  TimeRange range;
  TRY(const std::optional<Timestamp> start, time_parameter(params, "start"));
  TRY(const std::optional<Timestamp> end, time_parameter(params, "end"));
  range.start = start.value_or(range.start);
  range.end = end.value_or(range.end);
  if (range.end < range.start) {
    return fail(invalid_parameter("end", "end timestamp must not be before start time"));
  }
  return range;
}

std::string unescape_name(std::string_view name) {
  if (!name.starts_with("U__")) return std::string(name);
  std::string out;
  for (std::string_view rest = name.substr(3); !rest.empty();) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '_') {
      out.push_back(c);
      continue;
    }
    if (!rest.empty() && rest.front() == '_') {
      out.push_back('_');
      rest.remove_prefix(1);
      continue;
    }
    std::uint32_t code_point = 0;
    if (!take_code_point(rest, code_point)) return std::string(name);
    append_utf8(out, code_point);
  }
  return out;
}

}  // namespace isobar::api
