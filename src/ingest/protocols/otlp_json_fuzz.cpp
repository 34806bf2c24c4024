// Any text gives a batch that holds together or an error; what reading takes is bounded beforehand.
#include "ingest/protocols/otlp_fuzz_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar::ingest;
  if (size == 0) return 0;
  const std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  CHECK(otlp_json_memory(body) >= body.size());
  check_otlp_batch(OtlpEncoding::kJson, body, otlp_fuzz_settings(data[0]));
  return 0;
}
