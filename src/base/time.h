// Time as the data knows it: milliseconds, signed, proleptic Unix time. Explicit conversion only.
//
// Timestamp - Timestamp = Duration; Timestamp + Duration = Timestamp; Timestamp + Timestamp does not compile.
// All arithmetic saturates at the ends of int64 instead of overflowing, so hostile inputs stay defined.
// Intervals that we measure ourselves are Monotonic (nanoseconds of an arbitrary epoch).
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace isobar {

namespace time_detail {
constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}
constexpr std::int64_t saturating_sub(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}
}  // namespace time_detail

struct Duration {
  std::int64_t ms = 0;

  static constexpr Duration millis(std::int64_t n) { return {n}; }
  static constexpr Duration seconds(std::int64_t n) { return {n * 1000}; }
  static constexpr Duration minutes(std::int64_t n) { return {n * 60'000}; }
  static constexpr Duration hours(std::int64_t n) { return {n * 3'600'000}; }
  constexpr double to_seconds() const { return static_cast<double>(ms) / 1000.0; }

  constexpr auto operator<=>(const Duration&) const = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {time_detail::saturating_add(a.ms, b.ms)}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {time_detail::saturating_sub(a.ms, b.ms)}; }
  friend constexpr Duration operator-(Duration a) { return {time_detail::saturating_sub(0, a.ms)}; }
};

struct Timestamp {
  std::int64_t ms = 0;

  static constexpr Timestamp min() { return {std::numeric_limits<std::int64_t>::min()}; }
  static constexpr Timestamp max() { return {std::numeric_limits<std::int64_t>::max()}; }
  constexpr double to_seconds() const { return static_cast<double>(ms) / 1000.0; }

  constexpr auto operator<=>(const Timestamp&) const = default;
  friend constexpr Timestamp operator+(Timestamp t, Duration d) { return {time_detail::saturating_add(t.ms, d.ms)}; }
  friend constexpr Timestamp operator-(Timestamp t, Duration d) { return {time_detail::saturating_sub(t.ms, d.ms)}; }
  friend constexpr Duration operator-(Timestamp a, Timestamp b) { return {time_detail::saturating_sub(a.ms, b.ms)}; }
};

// A point of the monotonic clock, for deadlines and measured intervals; comparable within one process only.
struct Monotonic {
  std::int64_t ns = 0;

  constexpr auto operator<=>(const Monotonic&) const = default;
  friend constexpr Monotonic operator+(Monotonic t, Duration d) {
    return {time_detail::saturating_add(t.ns, d.ms > INT64_MAX / 1'000'000 ? INT64_MAX : d.ms * 1'000'000)};
  }
  friend constexpr double seconds_between(Monotonic from, Monotonic to) {
    return static_cast<double>(to.ns - from.ns) / 1e9;
  }
};

}  // namespace isobar
