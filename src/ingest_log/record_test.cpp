#include "ingest_log/record.h"

#include "base/bytes.h"
#include "codec/compression.h"
#include "ingest_log/metrics_payload.h"
#include "sys/random.h"

namespace isobar::ingest_log {
namespace {

TEST(Record, HeaderRoundTripsAndRejectsEveryCut) {
  RecordHeader header;
  header.tenant = "team-a";
  header.writer_id = 0x1122334455667788ULL;
  header.sequence = 300;
  header.ingest_time = {1'700'000'000'123};
  header.request_digest = {1, 2};
  header.fragment = 1;
  header.fragment_count = 3;
  std::string bytes;
  encode_record_header(bytes, header);
  const std::size_t header_size = bytes.size();
  bytes += "payload";
  const Record record = *decode_record(bytes);
  EXPECT_EQ(record.payload, "payload");
  EXPECT_EQ(record.header.tenant, "team-a");
  EXPECT_EQ(record.header.sequence, 300u);
  EXPECT_EQ(record.header.ingest_time.ms, 1'700'000'000'123);
  for (std::size_t n = 0; n < header_size; ++n) EXPECT_FALSE(decode_record(bytes.substr(0, n))) << n;
  bytes[0] = 9;
  EXPECT_EQ(decode_record(bytes).error().code, Code::kUnsupported);
}

struct Example {
  std::vector<model::Labels> labels;
  model::WriteBatch batch;
};

Example example() {
  Example e;
  for (int i = 0; i < 5; ++i) {
    e.labels.push_back({{"__name__", "metric_" + std::to_string(i % 2)}, {"job", "a"}, {"i", std::to_string(i)}});
  }
  for (const auto& labels : e.labels) e.batch.add_series(labels.encoded());
  e.batch.floats = {{0, 1000, 1.5}, {1, 1000, -2}, {4, 999, 3}, {2, INT64_MIN, 0}, {2, INT64_MAX, 1, 500}};
  auto histogram = std::make_shared<model::Histogram>();
  histogram->count = 3;
  histogram->positive_spans = {{0, 1}};
  histogram->positive_buckets = {3};
  e.batch.histograms.push_back({3, 1000, histogram, 10});
  e.batch.exemplars.push_back({0, {{{"trace_id", "abc"}}, 1.25, {1001}}});
  e.batch.metadata.push_back({"metric_0", model::MetricType::kCounter, "Help.", "bytes"});
  return e;
}

MetricsPayloadEncoder::Selection all_of(const model::WriteBatch& batch) {
  MetricsPayloadEncoder::Selection all;
  for (std::uint32_t i = 0; i < batch.series.size(); ++i) all.series.push_back(i);
  for (std::uint32_t i = 0; i < batch.floats.size(); ++i) all.floats.push_back(i);
  for (std::uint32_t i = 0; i < batch.histograms.size(); ++i) all.histograms.push_back(i);
  for (std::uint32_t i = 0; i < batch.exemplars.size(); ++i) all.exemplars.push_back(i);
  for (std::uint32_t i = 0; i < batch.metadata.size(); ++i) all.metadata.push_back(i);
  return all;
}

// A log that an older program wrote is read.
TEST(MetricsPayload, Version1HasWholeLabelSets) {
  const Example e = example();
  std::string sets;
  for (const auto& labels : e.labels) put_bytes(sets, labels.encoded());
  std::string bytes;
  put_varint(bytes, e.labels.size());
  put_varint(bytes, sets.size());
  put_bytes(bytes, codec::lz4_compress(sets));
  put_varint(bytes, 1);
  put_u8(bytes, 0);
  put_zigzag(bytes, 3);
  put_zigzag(bytes, 1000);
  put_f64(bytes, 2.5);
  bytes.append(3, '\0');
  MetricsPayload payload;
  ASSERT_TRUE(payload.decode(bytes, 1));
  ASSERT_EQ(payload.series().size(), e.labels.size());
  for (std::size_t i = 0; i < e.labels.size(); ++i) EXPECT_EQ(payload.series()[i], e.labels[i].encoded());
  EXPECT_EQ(payload.floats()[0].series, 3U);
  EXPECT_EQ(payload.floats()[0].value, 2.5);
  EXPECT_FALSE(payload.decode(bytes, 2));
}

// Neighbours may be equal, empty, or one the end of the other.
TEST(MetricsPayload, LabelSetsAreDifferencesToTheOneBefore) {
  const std::vector<std::string> sets{"",
                                      "aaaa",
                                      "aaaa",
                                      "aaaaaaaaa",
                                      "aa",
                                      "xaa",
                                      "xaab",
                                      "",
                                      "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
                                      "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyz"};
  model::WriteBatch batch;
  for (const std::string& set : sets) batch.add_series(set);
  std::string bytes;
  MetricsPayloadEncoder().encode(batch, all_of(batch), bytes);
  EXPECT_LT(bytes.size(), 80U);
  MetricsPayload payload;
  ASSERT_TRUE(payload.decode(bytes));
  ASSERT_EQ(payload.series().size(), sets.size());
  for (std::size_t i = 0; i < sets.size(); ++i) EXPECT_EQ(payload.series()[i], sets[i]) << i;
}

TEST(MetricsPayload, RoundTrips) {
  const Example e = example();
  std::string bytes;
  MetricsPayloadEncoder().encode(e.batch, all_of(e.batch), bytes);
  MetricsPayload payload;
  ASSERT_TRUE(payload.decode(bytes));
  ASSERT_EQ(payload.series().size(), e.labels.size());
  for (std::uint32_t i = 0; i < e.labels.size(); ++i) {
    EXPECT_EQ(payload.series()[i], e.labels[i].encoded());
  }
  ASSERT_EQ(payload.floats().size(), e.batch.floats.size());
  for (std::size_t i = 0; i < e.batch.floats.size(); ++i) {
    EXPECT_EQ(payload.floats()[i].series, e.batch.floats[i].series);
    EXPECT_EQ(payload.floats()[i].timestamp, e.batch.floats[i].timestamp);
    EXPECT_EQ(payload.floats()[i].value, e.batch.floats[i].value);
    EXPECT_EQ(payload.floats()[i].start_timestamp, e.batch.floats[i].start_timestamp);
  }
  ASSERT_EQ(payload.histograms().size(), 1u);
  EXPECT_TRUE(identical(*payload.histograms()[0].histogram, *e.batch.histograms[0].histogram));
  EXPECT_EQ(payload.exemplars()[0].exemplar, e.batch.exemplars[0].exemplar);
  EXPECT_EQ(payload.metadata()[0], e.batch.metadata[0]);
}

TEST(MetricsPayload, DamageNeverCrashesAndCutsAreErrors) {
  const Example e = example();
  std::string bytes;
  MetricsPayloadEncoder().encode(e.batch, all_of(e.batch), bytes);
  MetricsPayload payload;
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(payload.decode(std::string_view(bytes).substr(0, n)));
  sys::Random random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = bytes;
    for (std::uint64_t k = 0; k <= random.below(4); ++k) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    }
    (void)payload.decode(damaged);
  }
}

}  // namespace
}  // namespace isobar::ingest_log
