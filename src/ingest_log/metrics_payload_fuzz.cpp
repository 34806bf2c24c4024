// Any bytes as a payload, and as label sets inside a payload that is whole around them.
#include "base/bytes.h"
#include "codec/compression.h"
#include "ingest_log/metrics_payload.h"
#include "ingest_log/record.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  ingest_log::MetricsPayload payload;
  (void)ingest_log::decode_record(input);
  (void)payload.decode(input);
  if (size < 2) return 0;
  const std::string_view sets = input.substr(2, data[1]);
  std::string whole;
  put_varint(whole, data[0]);
  put_varint(whole, sets.size());
  put_bytes(whole, codec::lz4_compress(sets));
  whole.append(input.substr(2 + sets.size()));
  (void)payload.decode(whole);
  return 0;
}
