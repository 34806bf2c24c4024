// How far two byte strings are the same from either end, eight bytes at a time. Pure functions.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace isobar {

inline std::size_t common_prefix(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t n = 0;
  for (; n + 8 <= most; n += 8) {
    std::uint64_t x, y;
    std::memcpy(&x, a.data() + n, 8);
    std::memcpy(&y, b.data() + n, 8);
    if (x != y) return n + static_cast<std::size_t>(std::countr_zero(x ^ y)) / 8;
  }
  while (n < most && a[n] == b[n]) ++n;
  return n;
}

inline std::size_t common_suffix(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t n = 0;
  for (; n + 8 <= most; n += 8) {
    std::uint64_t x, y;
    std::memcpy(&x, a.data() + (a.size() - n - 8), 8);
    std::memcpy(&y, b.data() + (b.size() - n - 8), 8);
    if (x != y) return n + static_cast<std::size_t>(std::countl_zero(x ^ y)) / 8;
  }
  while (n < most && a[a.size() - n - 1] == b[b.size() - n - 1]) ++n;
  return n;
}

}  // namespace isobar
