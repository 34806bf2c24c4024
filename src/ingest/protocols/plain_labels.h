// Writes label sets in canonical form where their parts lie in a body as they are wanted: a length of one byte, then text.
// Copies are of a fixed width, so both sides need room behind them. Not thread-safe.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace isobar::ingest {

// What a copy of a short field may read and write past its end.
constexpr std::size_t kCopyRoom = 32;

// A short text at its length of one byte.
struct PlainText {
  const char* field = nullptr;
  std::uint64_t start = 0;  // its first eight characters as a number that sorts as they do
};

// `field` has kCopyRoom bytes behind its text.
inline PlainText plain_text(const char* field) {
  const std::size_t size = static_cast<unsigned char>(field[0]);
  std::uint64_t word;
  std::memcpy(&word, field + 1, sizeof(word));
  word = __builtin_bswap64(word);
  return {field, size >= 8 ? word : size == 0 ? 0 : word & ~(~std::uint64_t{0} >> (8 * size))};
}

// Puts labels one behind the other in canonical form. Source and destination have kCopyRoom bytes behind them.
class PlainLabels {
 public:
  // The end of what is written; nullptr if a part is empty, or of 128 bytes and more, or the name is not above the one
  // before.
  char* add(char* to, const PlainText& name, const char* value) {
    const std::size_t n = static_cast<unsigned char>(name.field[0]);
    const std::size_t m = static_cast<unsigned char>(value[0]);
    if (n == 0 || m == 0 || n >= 0x80 || m >= 0x80) return nullptr;
    if (name.start < last_.start) return nullptr;
    if (name.start == last_.start && last_.field != nullptr && text_of(name.field) <= text_of(last_.field)) return nullptr;
    last_ = name;
    if (n == 8 && name.start == kMetricNameStart) metric_ = {value + 1, m};
    return copy(copy(to, name.field, n + 1), value, m + 1);
  }
  // Nothing: there was none.
  std::string_view metric() const { return metric_; }

 private:
  static constexpr std::uint64_t kMetricNameStart = 0x5f5f6e616d655f5fULL;  // "__name__"
  static std::string_view text_of(const char* field) { return {field + 1, static_cast<unsigned char>(field[0])}; }
  static char* copy(char* to, const char* from, std::size_t size) {
    std::memcpy(to, from, kCopyRoom);
    if (size > kCopyRoom) std::memcpy(to + kCopyRoom, from + kCopyRoom, size - kCopyRoom);
    return to + size;
  }

  PlainText last_;
  std::string_view metric_;
};

}  // namespace isobar::ingest
