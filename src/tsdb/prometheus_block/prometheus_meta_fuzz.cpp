// Any text as meta.json. What can be read is written again and says the same.
#include "base/check.h"
#include "tsdb/prometheus_block/block_meta.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar::tsdb::prometheus;
  const auto meta = parse_block_meta({reinterpret_cast<const char*>(data), size});
  if (!meta) return 0;
  const auto again = parse_block_meta(encode_block_meta(*meta));
  CHECK(again.has_value());
  CHECK(again->ulid == meta->ulid && again->min_time == meta->min_time && again->end_time == meta->end_time && again->samples == meta->samples);
  return 0;
}
