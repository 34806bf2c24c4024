// Writes label sets in canonical form where their parts lie in a body as they are wanted: a length of one byte, then text.
// Copies are of a fixed width, so both sides need room behind them. Not thread-safe.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace isobar::ingest {

// What a copy of a short field may read and write past its end.
constexpr std::size_t kCopyRoom = 32;

// Puts labels one behind the other in canonical form. Fields are given at their length of one byte, below 128; source and
// destination have kCopyRoom bytes behind them.
class PlainLabels {
 public:
  // The end of what is written; nullptr if a part is empty or the name is not above the one before.
  char* add(char* to, const char* name, const char* value) {
    const std::size_t n = static_cast<unsigned char>(name[0]);
    const std::uint64_t start = start_of(name + 1, n);
    if (n == 0 || value[0] == 0 || n >= 0x80 || static_cast<unsigned char>(value[0]) >= 0x80) return nullptr;
    if (start < last_start_ || (start == last_start_ && std::string_view(name + 1, n) <= last_)) return nullptr;
    last_start_ = start;
    last_ = {name + 1, n};
    if (n == 8 && start == kMetricNameStart) metric_ = {value + 1, static_cast<unsigned char>(value[0])};
    return copy(copy(to, name, n + 1), value, static_cast<unsigned char>(value[0]) + std::size_t{1});
  }
  // Nothing: there was none.
  std::string_view metric() const { return metric_; }

 private:
  static constexpr std::uint64_t kMetricNameStart = 0x5f5f6e616d655f5fULL;  // "__name__"
  // The first eight characters as a number that sorts as they do.
  static std::uint64_t start_of(const char* text, std::size_t size) {
    std::uint64_t word;
    std::memcpy(&word, text, sizeof(word));
    word = __builtin_bswap64(word);
    return size >= 8 ? word : size == 0 ? 0 : word & ~(~std::uint64_t{0} >> (8 * size));
  }
  static char* copy(char* to, const char* from, std::size_t size) {
    std::memcpy(to, from, kCopyRoom);
    if (size > kCopyRoom) std::memcpy(to + kCopyRoom, from + kCopyRoom, size - kCopyRoom);
    return to + size;
  }

  std::uint64_t last_start_ = 0;
  std::string_view last_;
  std::string_view metric_;
};

}  // namespace isobar::ingest
