#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace isobar {
namespace {

bool is_continuation(unsigned char c) { return (c & 0xc0) == 0x80; }

// Length of the valid multi-byte sequence at `p`, or 0.
std::size_t sequence_length(const unsigned char* p, std::size_t left) {
  const unsigned char lead = p[0];
  if (lead >= 0xc2 && lead <= 0xdf) return left >= 2 && is_continuation(p[1]) ? 2 : 0;
  if ((lead & 0xf0) == 0xe0) {
    if (left < 3 || !is_continuation(p[1]) || !is_continuation(p[2])) return 0;
    if (lead == 0xe0 && p[1] < 0xa0) return 0;   // overlong
    if (lead == 0xed && p[1] >= 0xa0) return 0;  // surrogate
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (left < 4 || !is_continuation(p[1]) || !is_continuation(p[2]) || !is_continuation(p[3])) return 0;
    if (lead == 0xf0 && p[1] < 0x90) return 0;   // overlong
    if (lead == 0xf4 && p[1] >= 0x90) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

}  // namespace

bool is_ascii(std::string_view text) {
  const char* p = text.data();
  std::size_t left = text.size();
  // Four words at a time, independent of each other.
  std::uint64_t bits[4] = {};
  for (; left >= sizeof(bits); left -= sizeof(bits), p += sizeof(bits)) {
    std::uint64_t words[4];
    std::memcpy(words, p, sizeof(words));
    for (std::size_t i = 0; i < 4; ++i) bits[i] |= words[i];
  }
  for (; left >= 8; left -= 8, p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    bits[0] |= word;
  }
  for (; left > 0; --left, ++p) bits[0] |= static_cast<unsigned char>(*p) & 0x80U;
  return ((bits[0] | bits[1] | bits[2] | bits[3]) & 0x8080808080808080ULL) == 0;
}

bool is_valid_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t left = text.size();
  while (left > 0) {
    // Eight ASCII bytes at a time: label values are nearly always ASCII.
    while (left >= 8) {
      std::uint64_t word;
      std::memcpy(&word, p, 8);
      if ((word & 0x8080808080808080ULL) != 0) break;
      p += 8;
      left -= 8;
    }
    if (left == 0) return true;
    if (*p < 0x80) {
      ++p;
      --left;
      continue;
    }
    const std::size_t length = sequence_length(p, left);
    if (length == 0) return false;
    p += length;
    left -= length;
  }
  return true;
}

std::size_t utf8_length(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text) n += !is_continuation(static_cast<unsigned char>(c));
  return n;
}

}  // namespace isobar
