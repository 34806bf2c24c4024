// Credentials as files and agents have them, and times.
#include <cstdint>

#include "base/check.h"
#include "object_store/s3/credentials.h"

using namespace isobar::object_store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto credentials = parse_credentials_json(text)) CHECK(!credentials->secret_access_key.empty());
  if (const auto credentials = parse_shared_credentials(text, "default")) CHECK(!credentials->secret_access_key.empty());
  (void)parse_iso_time(text);
  (void)parse_http_date(text);
  return 0;
}
