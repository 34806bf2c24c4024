// How far two byte strings are the same from either end, many bytes at a time. Pure functions.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace isobar {

// Four words, independent of each other.
inline bool same_32(const char* a, const char* b) {
  std::uint64_t x[4], y[4];
  std::memcpy(x, a, sizeof(x));
  std::memcpy(y, b, sizeof(y));
  return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3])) == 0;
}

inline std::size_t common_prefix(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t n = 0;
  while (n + 32 <= most && same_32(a.data() + n, b.data() + n)) n += 32;
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
  while (n + 32 <= most && same_32(a.data() + (a.size() - n - 32), b.data() + (b.size() - n - 32))) n += 32;
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
