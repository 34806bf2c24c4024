#include "tsdb/prometheus_block/ulid.h"

#include <algorithm>

namespace isobar::tsdb::prometheus {
namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kLength = 26;

}  // namespace

bool is_ulid(std::string_view text) {
  return text.size() == kLength && text.front() <= '7' &&
         std::all_of(text.begin(), text.end(), [](char c) { return kLetters.find(c) != std::string_view::npos; });
}

std::string make_ulid(Timestamp time, std::array<std::uint64_t, 2> random) {
  // 128 bits from the lowest five up: 64 random, 16 random, 48 of time; the 26th letter has three bits.
  std::uint64_t low = random[0];
  std::uint64_t high = (random[1] & 0xffff) | (static_cast<std::uint64_t>(time.ms) & 0xffff'ffff'ffffULL) << 16;
  std::string text(kLength, '0');
  for (std::size_t i = kLength; i-- > 0;) {
    text[i] = kLetters[low & 31];
    low = low >> 5 | high << 59;
    high >>= 5;
  }
  return text;
}

}  // namespace isobar::tsdb::prometheus
