// Answers of S3 and STS: anything is refused or read, within limits.
#include <cstdint>

#include "base/check.h"
#include "object_store/s3/credentials.h"
#include "object_store/s3/s3_answers.h"

using namespace isobar::object_store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_s3_error(text);
  if (const auto page = parse_list_objects(text)) CHECK(page->objects.size() <= size);
  if (const auto page = parse_list_uploads(text)) CHECK(page->uploads.size() <= size);
  if (const auto id = parse_upload_id(text)) CHECK(!id->empty());
  if (const auto credentials = parse_sts_answer(text)) CHECK(!credentials->access_key_id.empty() && credentials->expiration);
  return 0;
}
