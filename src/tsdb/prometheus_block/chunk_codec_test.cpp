// Chunks of Prometheus: bytes as Prometheus writes them, round trips of every kind of sample, damage.
#include "tsdb/prometheus_block/chunk_codec.h"

#include <bit>
#include <cmath>
#include <limits>

#include "model/histogram_arithmetic.h"
#include "sys/random.h"
#include "tsdb/prometheus_block/bit_stream.h"

namespace isobar::tsdb::prometheus {
namespace {

using model::CounterResetHint;
using model::Histogram;

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

void expect_same(const model::SampleColumns& a, const model::SampleColumns& b) {
  ASSERT_EQ(a.timestamps, b.timestamps);
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint64_t>(a.values[i]), std::bit_cast<std::uint64_t>(b.values[i])) << i;
    ASSERT_EQ(a.is_histogram(i), b.is_histogram(i)) << i;
    if (a.is_histogram(i)) {
      ASSERT_TRUE(model::identical(*a.histograms[i], *b.histograms[i])) << i;
    }
  }
}

model::SampleColumns decode_all(const std::vector<EncodedChunk>& chunks) {
  model::SampleColumns out;
  for (const EncodedChunk& chunk : chunks) {
    const std::size_t from = out.size();
    const auto decoded = decode_chunk(chunk.encoding, chunk.data, out);
    EXPECT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(out.timestamps[from], chunk.min_time);
    EXPECT_EQ(out.timestamps.back(), chunk.max_time);
    EXPECT_EQ(out.size() - from, chunk_sample_count(chunk.data));
    EXPECT_LE(out.size() - from, kSamplesPerChunk);
  }
  return out;
}

TEST(BitStream, IntegersOfAllWidthsComeBack) {
  std::vector<std::int64_t> values{0, 1, -1, 3, 4, -3, -4, 32, 33, -31, -32, INT64_MAX, INT64_MIN};
  for (int bit = 1; bit < 63; ++bit) {
    for (const std::int64_t near : {-1, 0, 1}) {
      values.push_back((std::int64_t{1} << bit) + near);
      values.push_back(-(std::int64_t{1} << bit) + near);
    }
  }
  BitWriter out;
  for (const std::int64_t v : values) {
    out.varbit(v);
    out.varbit_unsigned(static_cast<std::uint64_t>(v));
    out.zigzag_varint(v);
  }
  BitReader in(out.bytes());
  for (const std::int64_t v : values) {
    EXPECT_EQ(in.varbit(), v);
    EXPECT_EQ(in.varbit_unsigned(), static_cast<std::uint64_t>(v));
    EXPECT_EQ(in.zigzag_varint(), v);
  }
  EXPECT_TRUE(in.ok());
  EXPECT_LT(in.remaining(), 8U);
}

// Widths as the format's table says: a prefix of ones, then the value.
TEST(BitStream, VarbitIntegersHaveTheFormatsBits) {
  const auto bits_of = [](std::int64_t value) {
    BitWriter out;
    out.varbit(value);
    BitReader in(out.bytes());
    in.varbit();
    return out.bytes().size() * 8 - in.remaining();
  };
  EXPECT_EQ(bits_of(0), 1U);
  EXPECT_EQ(bits_of(4), 5U);
  EXPECT_EQ(bits_of(-4), 9U);
  EXPECT_EQ(bits_of(32), 9U);
  EXPECT_EQ(bits_of(256), 13U);
  EXPECT_EQ(bits_of(2048), 17U);
  EXPECT_EQ(bits_of(131'072), 24U);
  EXPECT_EQ(bits_of(16'777'216), 32U);
  EXPECT_EQ(bits_of(16'777'217), 64U);
  EXPECT_EQ(bits_of(INT64_MAX), 72U);
}

// Worked out by hand from chunks.md: 2 samples; varint 1000 is d0 0f; 1.0 is 3ff0…; uvarint 15000 is 98 75; the XOR of
// 1.0 and 2.0 is 7ff0…: 1 1, 1 leading zero in 5 bits, 11 bits in 6, eleven ones.
TEST(FloatChunk, BytesAreThoseOfTheFormat) {
  model::SampleColumns samples;
  samples.push_float(1000, 1.0);
  samples.push_float(16000, 2.0);
  const auto chunks = encode_chunks(samples);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].encoding, Encoding::kXor);
  EXPECT_EQ(hex(chunks[0].data), "0002" "d00f" "3ff0000000000000" "9875" "c25fff");
}

TEST(FloatChunk, AnySamplesRoundTripInChunksOf120) {
  sys::Random random(4);
  for (int round = 0; round < 300; ++round) {
    model::SampleColumns in;
    std::int64_t t = random.chance(1, 4) ? INT64_MIN : random.between(-100'000, 100'000);
    const std::size_t n = 1 + random.below(400);
    for (std::size_t i = 0; i < n; ++i) {
      double v = std::bit_cast<double>(random.next());
      if (random.chance(1, 2)) v = static_cast<double>(random.between(0, 9));
      if (random.chance(1, 9)) v = model::stale_nan();
      in.push_float(t, v);
      t += random.chance(1, 2) ? 15'000 : static_cast<std::int64_t>(1 + random.below(1ULL << random.below(50)));
    }
    const auto chunks = encode_chunks(in);
    EXPECT_EQ(chunks.size(), (n + 119) / 120);
    expect_same(in, decode_all(chunks));
  }
}

Histogram simple(bool integer) {
  Histogram h;
  h.is_integer = integer;
  h.schema = 1;
  h.zero_threshold = 0x1p-128;
  h.zero_count = 2;
  h.sum = 18.5;
  h.positive_spans = {{0, 2}, {1, 2}};
  h.positive_buckets = {3, 2, 5, 1};
  h.negative_spans = {{-1, 1}};
  h.negative_buckets = {4};
  h.count = 17;
  return h;
}

void grow(Histogram& h, sys::Random& random) {
  const double step = h.is_integer ? 1 : 0.25;
  for (auto* side : {&h.positive_buckets, &h.negative_buckets}) {
    for (double& bucket : *side) {
      const double more = step * static_cast<double>(random.below(100));
      bucket += more;
      h.count += more;
    }
  }
  h.sum += 1.5;
}

model::SampleColumns series_of(bool integer, std::size_t n, sys::Random& random) {
  model::SampleColumns samples;
  Histogram h = simple(integer);
  for (std::size_t i = 0; i < n; ++i) {
    samples.push_histogram(static_cast<std::int64_t>(i) * 15'000 + random.between(0, 9), std::make_shared<Histogram>(h));
    grow(h, random);
  }
  return samples;
}

TEST(HistogramChunk, BothKindsRoundTrip) {
  sys::Random random(5);
  for (const bool integer : {true, false}) {
    const auto samples = series_of(integer, 250, random);
    for (const auto& h : samples.histograms) ASSERT_TRUE(model::validate(*h));
    const auto chunks = encode_chunks(samples);
    ASSERT_EQ(chunks.size(), 3U);
    EXPECT_EQ(chunks[0].encoding, integer ? Encoding::kHistogram : Encoding::kFloatHistogram);
    // First: unknown. The others: no reset between them.
    EXPECT_EQ(chunks[0].data[2], '\x00');
    EXPECT_EQ(chunks[1].data[2], '\x40');
    EXPECT_EQ(chunks[2].data[2], '\x40');
    expect_same(samples, decode_all(chunks));
  }
}

TEST(HistogramChunk, CustomBoundsRoundTripInBothForms) {
  for (const bool integer : {true, false}) {
    Histogram h;
    h.is_integer = integer;
    h.schema = model::kCustomBucketsSchema;
    // The first two as thousandths, the others as plain doubles: too fine, negative, too large.
    h.custom_values = {-7, 0, 0.005, 0.1234567, 2.5, 33554.43, 33554.431, 1e300};
    h.positive_spans = {{0, 3}, {2, 1}};
    h.positive_buckets = {1, 2, 3, 4};
    h.count = 10;
    h.sum = 7.25;
    ASSERT_TRUE(model::validate(h));
    model::SampleColumns samples;
    samples.push_histogram(1000, std::make_shared<Histogram>(h));
    h.positive_buckets[1] += 5;
    h.count += 5;
    samples.push_histogram(2000, std::make_shared<Histogram>(h));
    const auto chunks = encode_chunks(samples);
    ASSERT_EQ(chunks.size(), 1U);
    expect_same(samples, decode_all(chunks));
  }
}

TEST(HistogramChunk, ZeroThresholdsRoundTrip) {
  for (const double threshold : {0.0, 0x1p-128, 0x1p-243, 0x1p-244, 0x1p10, 0x1p11, 0.001, 1e-300}) {
    Histogram h = simple(true);
    h.zero_threshold = threshold;
    model::SampleColumns samples;
    samples.push_histogram(1, std::make_shared<Histogram>(h));
    expect_same(samples, decode_all(encode_chunks(samples)));
  }
}

// A chunk ends where the format demands it, and says why the next begins.
TEST(HistogramChunk, ANewOneStartsAtResetsLayoutsStaleMarkersAndOtherKinds) {
  model::SampleColumns samples;
  std::int64_t t = 0;
  const auto push = [&](Histogram h) { samples.push_histogram(t += 10, std::make_shared<Histogram>(std::move(h))); };
  Histogram stale;
  stale.is_integer = true;
  stale.sum = model::stale_nan();
  Histogram wider = simple(true);
  wider.positive_spans.push_back({3, 1});
  wider.positive_buckets.push_back(1);
  wider.count += 1;
  Histogram less = wider;
  less.positive_buckets[0] = 0;
  less.count -= 3;
  Histogram gauge = less;
  gauge.reset_hint = CounterResetHint::kGauge;
  Histogram told = less;
  told.reset_hint = CounterResetHint::kReset;

  push(simple(true));   // chunk 0
  push(stale);          //
  push(simple(true));   // chunk 1: after a stale marker nothing is known
  push(wider);          // chunk 2: other layout, no reset
  push(less);           // chunk 3: reset
  push(gauge);          // chunk 4: gauge
  push(told);           // chunk 5: reset because it says so
  push(simple(false));  // chunk 6: float counts; its layout lost a bucket
  samples.push_float(t += 10, 1.5);  // chunk 7
  const auto chunks = encode_chunks(samples);
  ASSERT_EQ(chunks.size(), 8U);
  const auto flags = [&](std::size_t i) { return static_cast<unsigned char>(chunks[i].data[2]); };
  EXPECT_EQ(flags(0), 0x00);
  EXPECT_EQ(flags(1), 0x00);
  EXPECT_EQ(flags(2), 0x40);
  EXPECT_EQ(flags(3), 0x80);
  EXPECT_EQ(flags(4), 0xc0);
  EXPECT_EQ(flags(5), 0x80);
  EXPECT_EQ(flags(6), 0x80);
  EXPECT_EQ(chunks[7].encoding, Encoding::kXor);

  const auto out = decode_all(chunks);
  expect_same(samples, out);
  EXPECT_EQ(out.histograms[4]->reset_hint, CounterResetHint::kReset);
  EXPECT_EQ(out.histograms[5]->reset_hint, CounterResetHint::kGauge);
  EXPECT_EQ(out.histograms[3]->reset_hint, CounterResetHint::kUnknown);
}

// One histogram by hand: count 2, zero count 0, sum 3.0, one bucket at index 1 holding 2; schema 0, threshold 0.
// 0001 | flags 00 | threshold 00 | schema `0` | 1 span `10 001`, length 1 `10 001`, offset 1 `10 001` | no negative `0` |
// t 4 `10 100` | count 2 `10 010` | zeros `0` | 4008… | bucket 2 `10 010`.
TEST(HistogramChunk, BytesAreThoseOfTheFormat) {
  Histogram h;
  h.is_integer = true;
  h.positive_spans = {{1, 1}};
  h.positive_buckets = {2};
  h.count = 2;
  h.sum = 3.0;
  model::SampleColumns samples;
  samples.push_histogram(4, std::make_shared<Histogram>(h));
  BitWriter expected;
  expected.bits(1, 16);
  expected.bits(0, 16);
  expected.bits(0b0'10001'10001'10001'0'10100'10010'0, 28);
  expected.f64(3.0);
  expected.bits(0b10010, 5);
  EXPECT_EQ(hex(encode_chunks(samples)[0].data), hex(expected.bytes()));
}

// Bit by bit as tsdb/chunkenc/xor2.go describes it; start timestamps change from the third sample on.
TEST(FloatChunk, Xor2WithStartTimestampsIsRead) {
  BitWriter data;
  data.bits(8, 16);
  data.bits(0x80 | 2, 8);
  data.zigzag_varint(1000);
  data.f64(1.0);
  data.zigzag_varint(1000 - 400);  // the first start: 400
  data.varint(100);                // 1100
  data.bits(0b110, 3);             // new window: 1.0 to 2.0, the XOR is 7ff0…
  data.bits(1, 5);
  data.bits(11, 6);
  data.bits(0x7ff, 11);
  data.bits(0b0, 1);               // 1200, 2.0
  data.varbit(1100 - 500);         // start 500
  data.bits(0b11111, 5);           // 1300, stale
  data.varbit((1200 - 500) - 600); // start 500
  data.bits(0b10, 2);              // 1400, changed in the window: back to 1.0, as the marker does not count
  data.bits(0b0, 1);
  data.bits(0x7ff, 11);
  data.varbit((1300 - 500) - 700);
  data.bits(0b110, 3);             // delta 100 - 50
  data.bits(static_cast<std::uint64_t>(-50), 13);
  data.bits(0b0, 1);               // 1450, 1.0
  data.varbit((1400 - 500) - 800);
  data.bits(0b1110, 4);            // delta 50 + 9950
  data.bits(9950, 20);
  data.bits(0b111, 3);             // 11450, stale
  data.varbit((1450 - 500) - 900);
  data.bits(0b11110, 5);           // delta 10000 + 2^40
  data.bits(std::uint64_t{1} << 40, 64);
  data.bits(0b10, 2);              // in the window: 2.0
  data.bits(0x7ff, 11);
  data.varbit((11450 - 500) - 950);
  model::SampleColumns out;
  const auto decoded = decode_chunk(Encoding::kXor2, data.bytes(), out);
  ASSERT_TRUE(decoded) << decoded.error().message;
  const double stale = model::stale_nan();
  model::SampleColumns expected;
  for (const auto& [t, v] : std::vector<std::pair<std::int64_t, double>>{
           {1000, 1.0}, {1100, 2.0}, {1200, 2.0}, {1300, stale}, {1400, 1.0}, {1450, 1.0}, {11450, stale}, {11450 + 10000 + (std::int64_t{1} << 40), 2.0}}) {
    expected.push_float(t, v);
  }
  expect_same(expected, out);
  EXPECT_EQ(out.start_timestamps, (std::vector<std::int64_t>{400, 400, 500, 500, 500, 500, 500, 500}));
}

// The histogram of BytesAreThoseOfTheFormat with a start timestamp.
TEST(HistogramChunk, StartTimestampsAreRead) {
  BitWriter data;
  data.bits(1, 16);
  data.bits(0x80, 8);  // a reset
  data.bits(0x80, 8);  // the first start is known
  data.bits(0, 8);
  data.bits(0b0'10001'10001'10001'0'10100'10010'0, 28);
  data.f64(3.0);
  data.bits(0b10010, 5);
  data.zigzag_varint(4 - 1);
  model::SampleColumns out;
  const auto decoded = decode_chunk(Encoding::kHistogramStarts, data.bytes(), out);
  ASSERT_TRUE(decoded) << decoded.error().message;
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out.timestamps[0], 4);
  EXPECT_EQ(out.start_timestamps, std::vector<std::int64_t>{1});
  EXPECT_EQ(out.histograms[0]->count, 2);
  EXPECT_EQ(out.histograms[0]->positive_buckets, std::vector<double>{2});
  EXPECT_EQ(out.histograms[0]->reset_hint, CounterResetHint::kReset);
}

TEST(ChunkCodec, WhatIsNotReadSaysSo) {
  model::SampleColumns out;
  const std::string data("\0\1abcdefgh", 10);
  const auto thanos = decode_chunk(Encoding::kThanosAggregates, data, out);
  ASSERT_FALSE(thanos);
  EXPECT_EQ(thanos.error().code, Code::kUnsupported);
  EXPECT_EQ(thanos.error().message, "chunk holds Thanos' downsampled aggregates, not samples, and meta.json says nothing of it");
  const auto unknown = decode_chunk(static_cast<Encoding>(7), data, out);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "chunk encoding is not one of 1 to 6: 7");
  EXPECT_EQ(decode_chunk(Encoding::kXor, "\0", out).error().code, Code::kCorrupt);
}

// 65,535 samples of a few bits that each would copy a layout of a hundred thousand spans.
TEST(ChunkCodec, ALayoutCannotBlowUpMemory) {
  BitWriter data;
  data.bits(0xffff, 16);
  data.bits(0, 8);
  data.bits(0, 8);  // threshold
  data.varbit(0);   // schema
  data.varbit_unsigned(100'000);
  for (int i = 0; i < 100'000; ++i) data.bits(0, 2);  // length 0, offset 0
  for (int i = 0; i < 100'000; ++i) data.bits(0, 64);
  model::SampleColumns out;
  const auto decoded = decode_chunk(Encoding::kHistogram, data.bytes(), out);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().message, "chunk of histograms is larger than any real one");
}

TEST(ChunkCodec, DamageIsAnErrorOrOtherSamplesNeverACrash) {
  sys::Random random(6);
  for (int round = 0; round < 3000; ++round) {
    auto chunk = encode_chunks(series_of(random.chance(1, 2), 1 + random.below(30), random))[0];
    if (random.chance(1, 3)) chunk.encoding = Encoding::kXor;
    for (std::uint64_t k = 0; k <= random.below(3); ++k) chunk.data[random.below(chunk.data.size())] = static_cast<char>(random.below(256));
    if (random.chance(1, 3)) chunk.data.resize(random.below(chunk.data.size()));
    model::SampleColumns out;
    (void)decode_chunk(chunk.encoding, chunk.data, out);
    EXPECT_TRUE(std::is_sorted(out.timestamps.begin(), out.timestamps.end()));
  }
}

}  // namespace
}  // namespace isobar::tsdb::prometheus
