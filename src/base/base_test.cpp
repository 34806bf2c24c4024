#include "base/arena.h"
#include "base/bytes.h"
#include "base/duration_text.h"
#include "base/hash.h"
#include "base/nearest.h"
#include "base/result.h"
#include "base/time.h"
#include "base/utf8.h"

#include <xxhash.h>

namespace isobar {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Code::kInvalid, "odd number: " + std::to_string(n));
  return n / 2;
}
Result<int> quarter(int n) {
  TRY(const int h, half(n));
  TRY(const int q, half(h));
  return q;
}

TEST(Result, TryReturnsTheFirstError) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).error().message, "odd number: 3");
  EXPECT_EQ(Error(quarter(5).error()).with_context("input").message, "input: odd number: 5");
}

TEST(Time, ArithmeticSaturates) {
  EXPECT_EQ(Timestamp::max() + Duration::hours(1), Timestamp::max());
  EXPECT_EQ(Timestamp::min() - Duration::hours(1), Timestamp::min());
  EXPECT_EQ(Timestamp{5000} - Timestamp{2000}, Duration::seconds(3));
}

TEST(DurationText, ParsesWhatPrometheusWrites) {
  EXPECT_EQ(parse_duration("1h30m")->ms, 5'400'000);
  EXPECT_EQ(parse_duration("250ms")->ms, 250);
  EXPECT_EQ(parse_duration("0")->ms, 0);
  EXPECT_EQ(parse_duration("1y2w3d4h5m6s7ms")->ms,
            31'536'000'000 + 2 * 604'800'000LL + 3 * 86'400'000LL + 4 * 3'600'000 + 5 * 60'000 + 6007);
  for (const char* bad : {"", "5", "m", "5m5m", "5s5m", "-5m", "1.5h", "5 m", "99999999999999999999y", "300000000000y"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(DurationText, FormatsTheShortestText) {
  EXPECT_EQ(format_duration(Duration::seconds(90)), "1m30s");
  EXPECT_EQ(format_duration(Duration{0}), "0s");
  EXPECT_EQ(format_duration(Duration::hours(24 * 8)), "8d");
  EXPECT_EQ(format_duration(Duration::hours(24 * 7)), "1w");
  EXPECT_EQ(format_duration(Duration{-1500}), "-1s500ms");
}

TEST(Bytes, RoundTripAndBounds) {
  std::string out;
  put_varint(out, 0);
  put_varint(out, UINT64_MAX);
  put_zigzag(out, INT64_MIN);
  put_bytes(out, "abc");
  put_f64(out, 1.5);
  ByteReader in(out);
  EXPECT_EQ(in.varint(), 0u);
  EXPECT_EQ(in.varint(), UINT64_MAX);
  EXPECT_EQ(in.zigzag_varint(), INT64_MIN);
  EXPECT_EQ(in.bytes(), "abc");
  EXPECT_EQ(in.f64(), 1.5);
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(in.u32(), 0u);
  EXPECT_FALSE(in.ok());
}

TEST(Bytes, ACountLargerThanTheRestFails) {
  std::string out;
  put_varint(out, 1'000'000'000);
  ByteReader in(out);
  EXPECT_EQ(in.count(8), 0u);
  EXPECT_FALSE(in.ok());
}

TEST(Bytes, AnEndlessVarintFails) {
  const std::string out(11, '\xff');
  ByteReader in(out);
  in.varint();
  EXPECT_FALSE(in.ok());
}

TEST(Hash, IsTheDocumentedXxh3) {
  // Fixed values: the 128-bit hash is written into log records and blocks.
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2ULL);
  EXPECT_EQ(hash128("").high, 0x99aa06d3014798d8ULL);
  EXPECT_EQ(hash128("").low, 0x6001c324468d497fULL);
}

TEST(Hash, IsTheSameOfEveryLength) {
  // Short and long input take different ways; hashes are written to disk.
  std::string text;
  for (int i = 0; i < 1024; ++i) text.push_back(static_cast<char>(i * 7 + i / 256));
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const XXH128_hash_t h = XXH3_128bits(text.data(), n);
    EXPECT_EQ(hash128({text.data(), n}), (Hash128{h.low64, h.high64})) << n;
  }
}

TEST(Arena, KeepsAddresses) {
  Arena arena;
  const std::string_view first = arena.copy("first");
  for (int i = 0; i < 10'000; ++i) arena.copy("0123456789012345");
  EXPECT_EQ(first, "first");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.allocate(8, 8)) % 8, 0u);
}

TEST(Utf8, RejectsWhatRfc3629Rejects) {
  EXPECT_TRUE(is_valid_utf8("plain, long enough for the word loop"));
  EXPECT_TRUE(is_valid_utf8("é€\xF0\x9F\x98\x80"));
  for (const char* bad : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff", "a\x80"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
  }
  EXPECT_EQ(utf8_length("é€"), 2u);
}

TEST(Nearest, FindsTheTypo) {
  const std::string_view keys[] = {"scrape_interval", "scrape_timeout", "external_labels"};
  EXPECT_EQ(nearest_word("scrape_intervall", keys), "scrape_interval");
  EXPECT_EQ(nearest_word("scrape_tiemout", keys), "scrape_timeout");
  EXPECT_EQ(nearest_word("zebra", keys), "");
}

}  // namespace
}  // namespace isobar
