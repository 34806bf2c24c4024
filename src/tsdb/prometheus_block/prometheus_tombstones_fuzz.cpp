// Any bytes as tombstones, as they are and behind a header with a checksum that fits. What can be decoded is written
// again, and a series without the deleted samples has none of them.
#include "base/check.h"
#include "codec/crc32c.h"
#include "tsdb/prometheus_block/format.h"
#include "tsdb/prometheus_block/tombstones.h"

namespace {

using namespace isobar;
using namespace isobar::tsdb::prometheus;

void check(std::string_view bytes) {
  const auto tombstones = decode_tombstones(bytes);
  if (!tombstones) return;
  const auto again = decode_tombstones(encode_tombstones(*tombstones));
  CHECK(again.has_value() && again->size() == tombstones->size());
  model::SampleColumns samples;
  for (const std::int64_t t : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, std::int64_t{7}, std::int64_t{100}, INT64_MAX}) samples.push_float(t, 1);
  for (const auto& [series, ranges] : *tombstones) {
    model::SampleColumns kept;
    append_kept(samples, ranges, kept);
    std::size_t expected = 0;
    for (const std::int64_t t : samples.timestamps) {
      bool deleted = false;
      for (const DeletedRange& range : ranges) deleted = deleted || (range.min_time <= t && t <= range.max_time);
      if (!deleted) ++expected;
    }
    CHECK(kept.size() == expected);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check(input);
  std::string whole;
  put_be32(whole, kTombstonesMagic);
  put_u8(whole, 1);
  whole.append(input);
  put_be32(whole, codec::crc32c(input));
  check(whole);
  return 0;
}
