// Writes label sets in canonical form where their parts lie in a body as they are wanted: a length of one
// byte, then text. Copies are of a fixed width, so both sides need room behind them. Not thread-safe.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "model/write_batch.h"

namespace isobar::ingest {

// What a copy of a short field may read and write past its end.
constexpr std::size_t kCopyRoom = 32;
// Of names and values that are copied so, bytes.
constexpr std::size_t kLongestPlain = 0x7f;

// A short text at its length of one byte.
struct PlainText {
  const char* field = nullptr;
  std::uint64_t start = 0;  // its first eight characters as a number that sorts as they do
  std::string_view text() const { return {field + 1, static_cast<unsigned char>(field[0])}; }
};

// `field` has kCopyRoom bytes behind its text.
inline PlainText plain_text(const char* field) {
  const std::size_t size = static_cast<unsigned char>(field[0]);
  std::uint64_t word;
  std::memcpy(&word, field + 1, sizeof(word));
  word = __builtin_bswap64(word);
  return {field, size >= 8 ? word : size == 0 ? 0 : word & ~(~std::uint64_t{0} >> (8 * size))};
}

// The field, and up to kCopyRoom bytes more; where the next one goes.
inline char* copy_plain(char* to, const char* field) {
  const std::size_t size = static_cast<unsigned char>(field[0]) + std::size_t{1};
  std::memcpy(to, field, kCopyRoom);
  if (size > kCopyRoom) std::memcpy(to + kCopyRoom, field + kCopyRoom, size - kCopyRoom);
  return to + size;
}

inline bool below(const PlainText& a, const PlainText& b) {
  return a.start != b.start ? a.start < b.start : a.text() < b.text();
}

enum class PlainName : std::uint8_t { kOther, kMetric, kJob, kInstance };

inline PlainName known_name(const PlainText& name) {
  constexpr std::uint64_t kMetric = 0x5f5f6e616d655f5fULL;    // "__name__"
  constexpr std::uint64_t kInstance = 0x696e7374616e6365ULL;  // "instance"
  constexpr std::uint64_t kJob = 0x6a6f620000000000ULL;       // "job"
  const std::size_t size = static_cast<unsigned char>(name.field[0]);
  if (size == 8 && name.start == kMetric) return PlainName::kMetric;
  if (size == 8 && name.start == kInstance) return PlainName::kInstance;
  return size == 3 && name.start == kJob ? PlainName::kJob : PlainName::kOther;
}

// One label set, put together label by label. Source and destination have kCopyRoom bytes behind them.
class PlainLabels {
 public:
  // The end of what is written; nullptr if a part is empty, or of 128 bytes and more, or the name is not
  // above the one before.
  char* add(char* to, const PlainText& name, const char* value) {
    const std::size_t n = static_cast<unsigned char>(name.field[0]);
    const std::size_t m = static_cast<unsigned char>(value[0]);
    if (n == 0 || m == 0 || n > kLongestPlain || m > kLongestPlain) return nullptr;
    if (last_.field != nullptr && !below(last_, name)) return nullptr;
    last_ = name;
    note(known_name(name), {value + 1, m});
    return copy_plain(copy_plain(to, name.field), value);
  }
  // Nothing: there was none. The others are views of the body.
  std::string_view metric() const { return metric_; }
  model::WriteBatch::Outline outline() const { return {job_, instance_, labels_, kLongestPlain}; }

 private:
  void note(PlainName name, std::string_view value) {
    ++labels_;
    if (name == PlainName::kMetric) metric_ = value;
    if (name == PlainName::kJob) job_ = value;
    if (name == PlainName::kInstance) instance_ = value;
  }

  PlainText last_;
  std::uint32_t labels_ = 0;
  std::string_view metric_;
  std::string_view job_;
  std::string_view instance_;
};

}  // namespace isobar::ingest
