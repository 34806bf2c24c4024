#include "api/time_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "codec/number_text.h"

namespace isobar::api {
namespace {

constexpr double kMaxSeconds = 9e15;  // in milliseconds still within int64

// Go prints these two for the ends of its range, and clients send them for "everything".
constexpr std::string_view kGoMinTime = "-292273086-05-16T16:47:06Z";
constexpr std::string_view kGoMaxTime = "292277025-08-18T07:12:54.999999999Z";

bool take_number(std::string_view& text, std::size_t digits, int& out) {
  if (text.size() < digits) return false;
  out = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool take_char(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Of the digits after the point, in milliseconds, rounded.
bool take_fraction(std::string_view& text, int& ms) {
  ms = 0;
  if (!take_char(text, ".")) return true;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits < 3) ms = ms * 10 + (text[digits] - '0');
    if (digits == 3 && text[digits] >= '5') ++ms;
  }
  for (std::size_t i = digits; i < 3; ++i) ms *= 10;
  text.remove_prefix(digits);
  return digits != 0;
}

bool take_zone(std::string_view& text, int& minutes) {
  minutes = 0;
  if (take_char(text, "Zz")) return true;
  if (text.empty()) return false;
  const int sign = text.front() == '-' ? -1 : 1;
  int hour = 0;
  int minute = 0;
  if (!take_char(text, "+-") || !take_number(text, 2, hour) || !take_char(text, ":") || !take_number(text, 2, minute)) {
    return false;
  }
  minutes = sign * (hour * 60 + minute);
  return hour < 24 && minute < 60;
}

bool parse_rfc3339(std::string_view text, Timestamp& out) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0, zone = 0;
  const bool shaped = take_number(text, 4, year) && take_char(text, "-") && take_number(text, 2, month) &&
                      take_char(text, "-") && take_number(text, 2, day) && take_char(text, "Tt") &&
                      take_number(text, 2, hour) && take_char(text, ":") && take_number(text, 2, minute) &&
                      take_char(text, ":") && take_number(text, 2, second) && take_fraction(text, ms) &&
                      take_zone(text, zone) && text.empty();
  if (!shaped || hour > 23 || minute > 59 || second > 59) return false;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return false;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  out.ms = ((days * 24 + hour) * 60 + minute - zone) * 60'000 + second * 1000 + ms;
  return true;
}

}  // namespace

Result<Timestamp> parse_time(std::string_view text) {
  if (const std::optional<double> seconds = parse_float(text); seconds && std::isfinite(*seconds)) {
    if (std::abs(*seconds) > kMaxSeconds) {
      return fail(Code::kInvalid, fmt::format("timestamp is out of range: {}", text));
    }
    return Timestamp{static_cast<std::int64_t>(std::round(*seconds * 1000))};
  }
  Timestamp time;
  if (parse_rfc3339(text, time)) return time;
  if (text == kGoMinTime) return Timestamp::min();
  if (text == kGoMaxTime) return Timestamp::max();
  return fail(Code::kInvalid, fmt::format("cannot parse a timestamp (write Unix seconds like 1435781451.781 or RFC 3339 "
                                          "like 2015-07-01T20:10:51Z): \"{}\"",
                                          text));
}

Result<Duration> parse_seconds_or_duration(std::string_view text) {
  if (const std::optional<double> seconds = parse_float(text); seconds && std::isfinite(*seconds)) {
    if (std::abs(*seconds) > kMaxSeconds) {
      return fail(Code::kInvalid, fmt::format("duration is out of range: {}", text));
    }
    return Duration{static_cast<std::int64_t>(std::round(*seconds * 1000))};
  }
  const bool negative = text.starts_with('-');
  const Result<Duration> duration = parse_duration(negative ? text.substr(1) : text);
  if (duration) return negative ? -*duration : *duration;
  return fail(Code::kInvalid,
              fmt::format("cannot parse a duration (write seconds like 90 or 0.5, or units like 1m30s): \"{}\"", text));
}

std::string format_rfc3339(Timestamp time) {
  std::int64_t days = time.ms / 86'400'000;
  std::int64_t in_day = time.ms % 86'400'000;
  if (in_day < 0) {
    in_day += 86'400'000;
    --days;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 in_day / 3'600'000, in_day / 60'000 % 60, in_day / 1000 % 60);
  if (in_day % 1000 != 0) text += fmt::format(".{:03}", in_day % 1000);
  return text + "Z";
}

void append_seconds(std::string& out, std::int64_t ms) {
  std::array<char, 32> text;
  char* at = text.data();
  std::uint64_t rest = static_cast<std::uint64_t>(ms);
  if (ms < 0) {
    *at++ = '-';
    rest = 0 - rest;
  }
  at = std::to_chars(at, text.data() + text.size(), rest / 1000).ptr;
  if (const auto fraction = static_cast<unsigned>(rest % 1000); fraction != 0) {
    *at++ = '.';
    *at++ = static_cast<char>('0' + fraction / 100);
    *at++ = static_cast<char>('0' + fraction / 10 % 10);
    *at++ = static_cast<char>('0' + fraction % 10);
  }
  out.append(text.data(), static_cast<std::size_t>(at - text.data()));
}

}  // namespace isobar::api
