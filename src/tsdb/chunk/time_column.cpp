#include "tsdb/chunk/time_column.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/hash.h"
#include "tsdb/chunk/integer_vector.h"

namespace isobar::tsdb {
namespace {

struct Column {
  std::string bytes;
  std::size_t count = 0;
  std::array<std::int64_t, kVectorSamples> times;
};

// A day at 15 s is six columns; merges read one source after the other.
constexpr std::size_t kColumns = 16;
// Longer ones are of series with times of their own, where nothing would be found again.
constexpr std::size_t kLongest = 2048;

}  // namespace

std::span<const std::int64_t> decode_time_column(std::string_view bytes, std::size_t count) {
  thread_local const auto known = std::make_unique<std::array<Column, kColumns>>();
  Column& column = (*known)[hash64(bytes) % kColumns];
  if (column.count == count && column.bytes == bytes) return {column.times.data(), count};
  column.count = 0;
  ByteReader in(bytes);
  const std::span<std::int64_t> times(column.times.data(), count);
  if (count == 0 || count > kVectorSamples || !decode_integers(in, times) || !in.at_end()) return {};
  if (std::adjacent_find(times.begin(), times.end(), std::greater_equal<>()) != times.end()) return {};
  if (bytes.size() <= kLongest) {
    column.bytes = bytes;
    column.count = count;
  }
  return times;
}

}  // namespace isobar::tsdb
