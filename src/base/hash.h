// XXH3 (https://xxhash.com, seed 0). The 128-bit form identifies series and requests, and is part of file formats;
// the 64-bit form is for in-memory tables and partition choice.
#pragma once

#include <compare>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace isobar {

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  constexpr auto operator<=>(const Hash128&) const = default;
};

std::uint64_t hash64(std::string_view bytes);
Hash128 hash128(std::string_view bytes);

// Both halves are already well mixed, so a table needs no second hash.
struct Hash128Hasher {
  using is_avalanching = void;
  std::size_t operator()(const Hash128& h) const noexcept { return h.low; }
};

}  // namespace isobar
