#include "http/request_parser.h"

namespace isobar::http {
namespace {

TEST(RequestParser, NoRoomIsMadeForABodyAboveTheLimit) {
  for (const char* length : {"1001", "4073709551616", "9223372036854775000"}) {
    RequestParser parser({.bytes = 4096, .fields = 20});
    ASSERT_TRUE(parser.put(fmt::format("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", length)));
    ASSERT_TRUE(parser.head_done());
    parser.set_body_limit(1000);
    const auto used = parser.put("x");
    ASSERT_FALSE(used) << length;
    EXPECT_EQ(used.error().status, 413);
    EXPECT_EQ(used.error().text, "request body is too large, the limit in bytes is 1000");
    EXPECT_LE(parser.body().capacity(), 1000u);
  }
}

TEST(RequestParser, BodiesAtTheLimitAreTaken) {
  RequestParser parser({.bytes = 4096, .fields = 20});
  ASSERT_TRUE(parser.put("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"));
  parser.set_body_limit(3);
  EXPECT_EQ(*parser.put("abc"), 3u);
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(parser.body(), "abc");
}

}  // namespace
}  // namespace isobar::http
