#include "base/duration_text.h"

#include <array>

#include <fmt/format.h>

namespace isobar {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array<Unit, 7> kUnits{{{"y", 31'536'000'000},
                                      {"w", 604'800'000},
                                      {"d", 86'400'000},
                                      {"h", 3'600'000},
                                      {"m", 60'000},
                                      {"s", 1000},
                                      {"ms", 1}}};

tl::unexpected<Error> not_a_duration(std::string_view text) {
  return fail(Code::kInvalid, fmt::format("not a valid duration string (write it like 30s, 5m or 1h30m): \"{}\"", text));
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration{0};
  if (text.empty()) return fail(Code::kInvalid, "empty duration string (write it like 30s, 5m or 1h30m)");
  std::int64_t total = 0;
  std::size_t at = 0;
  std::size_t next_unit = 0;
  while (at < text.size()) {
    std::int64_t number = 0;
    const std::size_t digits_start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      if (__builtin_mul_overflow(number, std::int64_t{10}, &number) ||
          __builtin_add_overflow(number, std::int64_t{text[at] - '0'}, &number)) {
        return fail(Code::kInvalid, fmt::format("duration out of range: \"{}\"", text));
      }
      ++at;
    }
    if (at == digits_start) return not_a_duration(text);
    std::size_t unit_end = at;
    while (unit_end < text.size() && (text[unit_end] < '0' || text[unit_end] > '9')) ++unit_end;
    const std::string_view name = text.substr(at, unit_end - at);
    std::size_t unit = next_unit;
    while (unit < kUnits.size() && kUnits[unit].name != name) ++unit;
    if (unit == kUnits.size()) return not_a_duration(text);
    std::int64_t part = 0;
    if (__builtin_mul_overflow(number, kUnits[unit].ms, &part) || __builtin_add_overflow(total, part, &total)) {
      return fail(Code::kInvalid, fmt::format("duration out of range: \"{}\"", text));
    }
    next_unit = unit + 1;
    at = unit_end;
  }
  return Duration{total};
}

std::string format_duration(Duration duration) {
  if (duration.ms == 0) return "0s";
  std::string text(duration.ms < 0 ? 1 : 0, '-');
  auto rest = static_cast<std::uint64_t>(duration.ms);
  if (duration.ms < 0) rest = 0 - rest;
  for (const Unit& unit : kUnits) {
    const auto size = static_cast<std::uint64_t>(unit.ms);
    // Years and weeks only when they leave nothing over, as Prometheus prints them: 8d stays 8d.
    const bool whole_only = unit.name == "y" || unit.name == "w";
    if (rest < size || (whole_only && rest % size != 0)) continue;
    text += fmt::format("{}{}", rest / size, unit.name);
    rest %= size;
  }
  return text;
}

}  // namespace isobar
