// Any bytes, in pieces of any size, give a request or a failure with a status of the 4xx or 5xx kind.
#include "base/check.h"
#include "http/request_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  isobar::http::RequestParser parser({.bytes = 4096, .fields = 20});
  std::size_t begin = 0;
  for (std::size_t end = std::min(step, bytes.size()); begin < bytes.size() && !parser.done();
       end = std::min(end + step, bytes.size())) {
    const bool had_head = parser.head_done();
    const auto used = parser.put(bytes.substr(begin, end - begin));
    if (!used) {
      CHECK(used.error().status >= 400 && used.error().status < 600);
      return 0;
    }
    CHECK(*used <= end - begin);
    begin += *used;
    if (!had_head && parser.head_done()) parser.set_body_limit(1000);
    if (end == bytes.size() && *used == 0) break;
  }
  CHECK(parser.body().size() <= 1000 || !parser.head_done());
  return 0;
}
