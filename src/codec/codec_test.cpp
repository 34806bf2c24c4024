#include "codec/base64.h"
#include "codec/compression.h"
#include "codec/crc32c.h"
#include "codec/json_writer.h"

namespace isobar::codec {
namespace {

TEST(Crc32c, PublishedVectors) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xE3069283u);
}

// RFC 4648, section 10.
TEST(Base64, PublishedVectors) {
  const auto base64 = [](std::string_view bytes) {
    std::string out;
    append_base64(out, bytes);
    return out;
  };
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe"), "//4=");
}

TEST(Compression, RoundTripsAndRefusesBombs) {
  const std::string text(100'000, 'a');
  std::string out;
  ASSERT_TRUE(snappy_decompress(snappy_compress(text), text.size(), out));
  EXPECT_EQ(out, text);
  EXPECT_EQ(snappy_decompress(snappy_compress(text), 1000, out).error().code, Code::kTooLarge);
  EXPECT_EQ(*gzip_decompress(gzip_compress(text), text.size()), text);
  EXPECT_EQ(gzip_decompress(gzip_compress(text), 5000).error().code, Code::kTooLarge);
  EXPECT_EQ(*zstd_decompress(zstd_compress(text), text.size()), text);
  EXPECT_EQ(zstd_decompress(zstd_compress(text), 5000).error().code, Code::kTooLarge);
  EXPECT_EQ(*lz4_decompress(lz4_compress(text), text.size()), text);
}

TEST(Compression, DamageIsInvalid) {
  std::string out;
  EXPECT_EQ(snappy_decompress("\xff\xff\xff\xff\x0f", 1u << 31, out).error().code, Code::kTooLarge);
  EXPECT_EQ(snappy_decompress("\xff\xff\x3f", 1u << 31, out).error().code, Code::kInvalid);
  std::string cut = snappy_compress("hello hello hello hello");
  cut.pop_back();
  EXPECT_EQ(snappy_decompress(cut, 1000, out).error().code, Code::kInvalid);
  EXPECT_EQ(gzip_decompress("not gzip", 1000).error().code, Code::kInvalid);
}

TEST(JsonWriter, WritesWellFormedJson) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("a", "x\"\n\x01").key("b").begin_array().integer(-5).number(0.1).null().end_array();
  json.field("c", true).end_object();
  EXPECT_EQ(out, "{\"a\":\"x\\\"\\n\\u0001\",\"b\":[-5,0.1,null],\"c\":true}");
}

TEST(JsonWriter, ReplacesInvalidUtf8) {
  std::string out;
  append_json_string(out, "é\xff€");
  EXPECT_EQ(out, "\"é\xef\xbf\xbd€\"");
}

}  // namespace
}  // namespace isobar::codec
