// What --storage.bucket may say.
#include <cstdint>

#include "base/check.h"
#include "object_store/s3/s3_config.h"

using namespace isobar::object_store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto config = parse_s3_url(text)) {
    CHECK(config->bucket.size() >= 3 && config->prefix.find("..") == std::string::npos);
    CHECK(parse_s3_url(config->name()).has_value());
  }
  return 0;
}
