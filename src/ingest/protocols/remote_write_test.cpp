#include "ingest/protocols/remote_write.h"

#include <limits>

#include "base/bytes.h"
#include "model/sample.h"
#include "protobuf/remote_write_reference.h"
#include "protobuf/remote_write_v1.pb.h"
#include "protobuf/remote_write_v2.pb.h"
#include "sys/random.h"

namespace isobar::ingest {
namespace {

using model::MetricType;
namespace v1 = protobuf::v1;
namespace v2 = protobuf::v2;

struct Decoded {
  Result<void> result;
  model::WriteBatch batch;
  RemoteWriteNotes notes;
  RemoteWriteDecoder decoder;
  model::Labels labels(std::size_t i) const { return model::Labels::from_canonical(std::string(batch.series.at(i))); }
};

std::unique_ptr<Decoded> decode(RemoteWriteVersion version, std::string_view body) {
  auto d = std::make_unique<Decoded>();
  d->result = d->decoder.decode(version, body, d->batch, d->notes);
  return d;
}

v1::TimeSeries& add_series(v1::WriteRequest& request, std::vector<std::pair<std::string, std::string>> labels) {
  v1::TimeSeries& series = *request.add_timeseries();
  for (const auto& [name, value] : labels) {
    v1::Label& label = *series.add_labels();
    label.set_name(name);
    label.set_value(value);
  }
  return series;
}

template <class Series>
void add_sample(Series& series, std::int64_t t, double v) {
  auto& sample = *series.add_samples();
  sample.set_timestamp(t);
  sample.set_value(v);
}

TEST(RemoteWriteV1, FloatsStaleMarkersExemplarsAndMetadata) {
  v1::WriteRequest request;
  v1::TimeSeries& series = add_series(request, {{"__name__", "up"}, {"job", "a"}});
  add_sample(series, 1000, 1.5);
  add_sample(series, std::numeric_limits<std::int64_t>::min(), model::stale_nan());
  v1::Exemplar& exemplar = *series.add_exemplars();
  exemplar.set_value(7);
  exemplar.set_timestamp(999);
  exemplar.add_labels()->set_name("trace_id");
  exemplar.mutable_labels(0)->set_value("abc");
  v1::MetricMetadata& metadata = *request.add_metadata();
  metadata.set_type(1);
  metadata.set_metric_family_name("up");
  metadata.set_help("Help.");
  metadata.set_unit("bytes");
  request.add_metadata()->set_metric_family_name("odd");
  request.mutable_metadata(1)->set_type(9);  // not known yet
  const std::string body = request.SerializeAsString();
  const auto d = decode(RemoteWriteVersion::k1, body);
  ASSERT_TRUE(d->result);
  EXPECT_EQ(d->labels(0).to_string(), R"(up{job="a"})");
  ASSERT_EQ(d->batch.floats.size(), 2u);
  EXPECT_EQ(d->batch.floats[0].timestamp, 1000);
  EXPECT_EQ(d->batch.floats[0].value, 1.5);
  EXPECT_EQ(d->batch.floats[1].timestamp, std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(model::is_stale_nan(d->batch.floats[1].value));
  ASSERT_EQ(d->batch.exemplars.size(), 1u);
  EXPECT_EQ(d->batch.exemplars[0].exemplar, (model::Exemplar{{{"trace_id", "abc"}}, 7, {999}}));
  ASSERT_EQ(d->batch.metadata.size(), 2u);
  EXPECT_EQ(d->batch.metadata[0], (model::Metadata{"up", MetricType::kCounter, "Help.", "bytes"}));
  EXPECT_EQ(d->batch.metadata[1].type, MetricType::kUnknown);
}

TEST(RemoteWriteV1, LabelsAreSortedAndTheInvalidSaidAndCounted) {
  v1::WriteRequest request;
  add_sample(add_series(request, {{"z", "1"}, {"__name__", "m"}, {"a", "2"}, {"gone", ""}}), 1, 1);
  add_sample(add_series(request, {{"a", "1"}, {"a", "2"}, {"__name__", "m"}}), 1, 1);
  v1::TimeSeries& nameless = add_series(request, {{"a", "1"}});
  add_sample(nameless, 1, 1);
  add_sample(nameless, 2, 1);
  nameless.add_exemplars();
  add_sample(add_series(request, {{"__name__", ""}, {"a", "1"}}), 1, 1);
  add_sample(add_series(request, {{"", "1"}, {"__name__", "m"}}), 1, 1);
  add_sample(add_series(request, {{"__name__", "m"}, {"a", "\xff"}}), 1, 1);
  const std::string body = request.SerializeAsString();
  const auto d = decode(RemoteWriteVersion::k1, body);
  ASSERT_TRUE(d->result);
  ASSERT_EQ(d->batch.series.size(), 1u);
  EXPECT_EQ(d->labels(0).to_string(), R"(m{a="2", z="1"})");
  EXPECT_EQ(d->notes.series.count, 5u);
  EXPECT_EQ(d->notes.invalid_samples, 6u);  // the exemplar is none
  EXPECT_EQ(d->notes.series.reasons,
            (std::vector<std::string>{"label name is there twice: a", "series has no metric name (label __name__)",
                                      "series has no metric name (label __name__)", "label name is empty",
                                      "label name or value is not valid UTF-8"}));
}

TEST(RemoteWriteV1, HistogramsOfIntegersFloatsAndCustomBuckets) {
  v1::WriteRequest request;
  v1::TimeSeries& series = add_series(request, {{"__name__", "h"}});
  v1::Histogram& integer = *series.add_histograms();
  integer.set_count_int(7);
  integer.set_zero_count_int(1);
  integer.set_zero_threshold(0.5);
  integer.set_schema(-4);
  integer.set_sum(12.5);
  integer.set_reset_hint(2);
  integer.set_timestamp(5);
  v1::BucketSpan& span = *integer.add_positive_spans();
  span.set_offset(-3);
  span.set_length(2);
  integer.add_positive_deltas(4);
  integer.add_positive_deltas(-2);
  v1::Histogram& custom = *series.add_histograms();
  custom.set_count_float(2.5);
  custom.set_schema(-53);
  custom.add_custom_values(1);
  custom.add_positive_spans()->set_length(2);
  custom.add_positive_counts(1);
  custom.add_positive_counts(1.5);
  v1::Histogram& wide = *series.add_histograms();
  wide.set_schema(256);
  v1::Histogram& huge = *series.add_histograms();
  huge.set_count_int(std::numeric_limits<std::int64_t>::max());
  huge.add_positive_spans()->set_length(1);
  huge.add_positive_deltas(std::numeric_limits<std::int64_t>::max());
  const std::string body = request.SerializeAsString();
  const auto d = decode(RemoteWriteVersion::k1, body);
  ASSERT_TRUE(d->result);
  ASSERT_EQ(d->batch.histograms.size(), 2u);
  const model::Histogram& a = *d->batch.histograms[0].histogram;
  EXPECT_TRUE(a.is_integer);
  EXPECT_EQ(a.schema, -4);
  EXPECT_EQ(a.reset_hint, model::CounterResetHint::kNotReset);
  EXPECT_EQ(a.positive_spans, (std::vector<model::BucketSpan>{{-3, 2}}));
  EXPECT_EQ(a.positive_buckets, (std::vector<double>{4, 2}));
  const model::Histogram& b = *d->batch.histograms[1].histogram;
  EXPECT_FALSE(b.is_integer);
  EXPECT_EQ(b.custom_values, (std::vector<double>{1}));
  EXPECT_EQ(b.positive_buckets, (std::vector<double>{1, 1.5}));
  EXPECT_EQ(d->notes.invalid_samples, 2u);
  EXPECT_EQ(d->notes.histograms.count, 2u);
  EXPECT_EQ(d->notes.histograms.reasons, (std::vector<std::string>{"histogram schema must be -4 to 8 or -53",
                                                                   "histogram has an integer count above 2^53"}));
}

TEST(RemoteWriteV1, NoKindOfFaultHidesAnother) {
  v1::WriteRequest request;
  for (int i = 0; i < 7; ++i) add_sample(add_series(request, {{"a", "1"}}), 1, 1);
  v1::TimeSeries& series = add_series(request, {{"__name__", "m"}});
  add_sample(series, 1, 1);
  series.add_histograms()->set_count_int(1);
  series.add_histograms()->set_timestamp(5);
  series.add_exemplars()->add_labels()->set_value("nameless");
  series.add_exemplars()->set_value(3);
  request.add_metadata()->set_help("of nothing");
  request.add_metadata()->set_metric_family_name(std::string(4097, 'm'));
  request.add_metadata()->set_metric_family_name("m");
  const std::string body = request.SerializeAsString();
  const auto d = decode(RemoteWriteVersion::k1, body);
  ASSERT_TRUE(d->result);
  EXPECT_EQ(d->notes.series.count, 7u);
  EXPECT_EQ(d->notes.series.reasons.size(), 5u);
  EXPECT_EQ(d->notes.histograms.count, 1u);
  EXPECT_EQ(d->notes.histograms.reasons,
            (std::vector<std::string>{"0 observations found in buckets, but the Count field is 1"}));
  EXPECT_EQ(d->notes.invalid_samples, 8u);
  EXPECT_EQ(d->notes.exemplars.reasons, (std::vector<std::string>{"exemplar has an invalid label"}));
  EXPECT_EQ(d->notes.metadata.reasons,
            (std::vector<std::string>{"metadata names no metric", "metadata is longer than 4096 bytes"}));
  EXPECT_EQ(d->batch.floats.size(), 1u);
  EXPECT_EQ(d->batch.histograms.size(), 1u);
  EXPECT_EQ(d->batch.exemplars.size(), 1u);
  EXPECT_EQ(d->batch.metadata.size(), 1u);
  EXPECT_EQ(protobuf::compare(RemoteWriteVersion::k1, body).difference, "");
}

std::string field(int number, std::string_view bytes) {
  std::string out;
  put_varint(out, static_cast<std::uint64_t>(number) << 3 | 2);
  put_bytes(out, bytes);
  return out;
}
std::string field(int number, std::uint64_t value) {
  std::string out;
  put_varint(out, static_cast<std::uint64_t>(number) << 3);
  put_varint(out, value);
  return out;
}

TEST(RemoteWriteV1, OfAOneofTheLastCountsAndUnknownHintsAreUnknown) {
  const std::string histogram = field(1, 3) + std::string("\x11", 1) + std::string(8, '\0') + field(1, 0) + field(14, 5);
  const std::string body = field(1, field(1, field(1, "__name__") + field(2, "m")) + field(4, histogram));
  const auto d = decode(RemoteWriteVersion::k1, body);
  ASSERT_TRUE(d->result);
  ASSERT_EQ(d->batch.histograms.size(), 1u);
  EXPECT_TRUE(d->batch.histograms[0].histogram->is_integer);
  EXPECT_EQ(d->batch.histograms[0].histogram->reset_hint, model::CounterResetHint::kUnknown);
  EXPECT_EQ(protobuf::compare(RemoteWriteVersion::k1, body).difference, "");
}

TEST(RemoteWriteV1, HostileLengthsAndCutsAreErrors) {
  v1::WriteRequest request;
  add_sample(add_series(request, {{"__name__", "m"}, {"a", "1"}}), 1, 1);
  const std::string body = request.SerializeAsString();
  for (std::size_t n = 1; n < body.size(); ++n) {
    EXPECT_EQ(decode(RemoteWriteVersion::k1, body.substr(0, n))->result.error().code, Code::kInvalid) << n;
  }
  using std::string_view_literals::operator""sv;
  for (const std::string_view hostile :
       {"\x0a\xff\xff\xff\xff\x0f"sv, "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv, "\x0a"sv, "\x0b"sv, "\0"sv,
        "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv}) {
    EXPECT_FALSE(decode(RemoteWriteVersion::k1, hostile)->result);
    EXPECT_FALSE(decode(RemoteWriteVersion::k2, hostile)->result);
  }
  EXPECT_TRUE(decode(RemoteWriteVersion::k1, "")->result);
}

std::string packed(std::initializer_list<std::uint64_t> refs) {
  std::string out;
  for (const std::uint64_t ref : refs) put_varint(out, ref);
  return out;
}

std::string symbols(std::initializer_list<std::string_view> texts) {
  std::string out = field(4, std::string_view());
  for (const std::string_view text : texts) out += field(4, text);
  return out;
}

TEST(RemoteWriteV2, ReferencesArePackedOrNotAndSymbolsMayComeLast) {
  const std::string table = symbols({"__name__", "m", "a", "b"});
  const std::string sample = field(2, field(2, 5) + field(3, 4));
  const std::string exemplar = field(4, field(1, 3) + field(1, 4) + field(3, 9));
  const std::string together = field(1, packed({1, 2, 3, 4}));
  const std::string one_by_one = field(1, 1) + field(1, 2) + field(1, 3) + field(1, 4);
  const std::string mixed = field(1, packed({1, 2, 3})) + field(1, 4);
  for (const std::string& refs : {together, one_by_one, mixed}) {
    const std::string series = field(5, refs + sample + exemplar);
    for (const std::string& body : {table + series, series + table}) {
      const auto d = decode(RemoteWriteVersion::k2, body);
      ASSERT_TRUE(d->result);
      EXPECT_EQ(d->labels(0).to_string(), R"(m{a="b"})");
      ASSERT_EQ(d->batch.floats.size(), 1u);
      EXPECT_EQ(d->batch.floats[0].start_timestamp, 4);
      ASSERT_EQ(d->batch.exemplars.size(), 1u);
      EXPECT_EQ(d->batch.exemplars[0].exemplar.labels.get("a"), "b");
      EXPECT_EQ(protobuf::compare(RemoteWriteVersion::k2, body).difference, "");
    }
  }
}

TEST(RemoteWriteV2, RefusesBadSymbolsAndReferences) {
  const std::string table = symbols({"__name__", "m"});
  EXPECT_FALSE(decode(RemoteWriteVersion::k2, field(4, "x"))->result);
  EXPECT_FALSE(decode(RemoteWriteVersion::k2, table + field(5, field(1, packed({1, 3}))))->result);
  EXPECT_FALSE(decode(RemoteWriteVersion::k2, table + field(5, field(1, packed({1, 2, 1}))))->result);
  EXPECT_FALSE(decode(RemoteWriteVersion::k2, table + field(5, field(1, packed({1, 2})) + field(4, field(1, 1))))->result);
  EXPECT_FALSE(decode(RemoteWriteVersion::k2, table + field(5, field(1, packed({1, 2})) + field(5, field(3, 9))))->result);
  EXPECT_FALSE(decode(RemoteWriteVersion::k2, field(5, field(1, packed({0, 0}))))->result);
}

TEST(RemoteWriteV2, MetadataIsOfTheFamilyAndMerged) {
  const std::string table = symbols({"__name__", "m_bucket", "help", "unit"});
  const std::string metadata = field(5, field(1, 3) + field(3, 3)) + field(5, field(4, 4));
  const std::string series = field(5, field(1, packed({1, 2})) + metadata);
  const std::string body = table + series + series;
  const auto d = decode(RemoteWriteVersion::k2, body);
  ASSERT_TRUE(d->result);
  ASSERT_EQ(d->batch.metadata.size(), 1u);
  EXPECT_EQ(d->batch.metadata[0], (model::Metadata{"m", MetricType::kHistogram, "help", "unit"}));
  EXPECT_EQ(protobuf::compare(RemoteWriteVersion::k2, body).difference, "");
}

TEST(RemoteWriteV2, ASymbolNamedVeryOftenDoesNotFillTheMemory) {
  const std::string large(1 << 20, 'x');
  const std::string table = symbols({"__name__", "m", "a", large});
  std::string labels = table, exemplars = table, metadata = table;
  std::string series = field(1, packed({1, 2}));
  for (int i = 0; i < 200; ++i) {
    labels += field(5, field(1, packed({1, 2, 3, 4})));
    series += field(4, field(1, packed({3, 4})));
    metadata += field(5, field(1, packed({1, 2})) + field(5, field(3, 4)));
  }
  exemplars += field(5, series);
  EXPECT_EQ(decode(RemoteWriteVersion::k2, labels)->result.error().code, Code::kTooLarge);
  const auto no_exemplars = decode(RemoteWriteVersion::k2, exemplars);
  ASSERT_TRUE(no_exemplars->result);
  EXPECT_TRUE(no_exemplars->batch.exemplars.empty());
  EXPECT_EQ(no_exemplars->notes.exemplars.reasons.at(0), "labels of an exemplar are longer than 128 characters");
  const auto no_metadata = decode(RemoteWriteVersion::k2, metadata);
  ASSERT_TRUE(no_metadata->result);
  EXPECT_TRUE(no_metadata->batch.metadata.empty());
  // Each text within its bound, and too many of them.
  std::string many = symbols({"__name__", "m", "n", std::string(4096, 'h')});
  for (int i = 0; i < 17'000; ++i) {
    for (const std::uint64_t name : {2U, 3U}) many += field(5, field(1, packed({1, name})) + field(5, field(3, 4)));
  }
  EXPECT_EQ(decode(RemoteWriteVersion::k2, many)->result.error().code, Code::kTooLarge);
}

TEST(RemoteWrite, ContentTypesChooseTheVersion) {
  EXPECT_EQ(*remote_write_version("application/x-protobuf"), RemoteWriteVersion::k1);
  EXPECT_EQ(*remote_write_version("application/x-protobuf;proto=prometheus.WriteRequest"), RemoteWriteVersion::k1);
  EXPECT_EQ(*remote_write_version("application/x-protobuf;proto=io.prometheus.write.v2.Request"), RemoteWriteVersion::k2);
  EXPECT_EQ(remote_write_version("application/x-protobuf;proto=x").error().code, Code::kUnsupported);
  EXPECT_EQ(remote_write_version("text/plain").error().code, Code::kUnsupported);
}

// Random messages. Names are few, so that duplicates, empty values and missing names happen.
class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::string body(RemoteWriteVersion version) {
    return version == RemoteWriteVersion::k1 ? v1_body() : v2_body();
  }
  std::string damaged(std::string body) {
    for (std::uint64_t k = 0; k <= random_.below(3) && !body.empty(); ++k) {
      const std::size_t at = random_.below(body.size());
      switch (random_.below(4)) {
        case 0: body[at] = static_cast<char>(random_.below(256)); break;
        case 1: body[at] = static_cast<char>(static_cast<unsigned char>(body[at]) ^ (1U << random_.below(8))); break;
        case 2: body.erase(at, 1 + random_.below(4)); break;
        default: body.insert(at, 1, static_cast<char>(random_.below(256))); break;
      }
    }
    return body;
  }

 private:
  static constexpr std::string_view kTexts[] = {"", "__name__", "m", "m_count", "job", "a", "ä", "\xff", "trace_id"};

  std::string text() {
    if (random_.chance(1, 40)) return std::string(random_.below(300), 'l');
    return std::string(kTexts[random_.below(std::size(kTexts))]);
  }
  double value() {
    switch (random_.below(5)) {
      case 0: return std::bit_cast<double>(random_.next());
      case 1: return model::stale_nan();
      case 2: return 0;
      default: return static_cast<double>(random_.between(-50, 50)) / 4;
    }
  }
  std::int64_t time() { return random_.chance(1, 6) ? static_cast<std::int64_t>(random_.next()) : random_.between(0, 99); }

  template <class Message>
  void fill(Message& h) {
    const bool integer = random_.chance(1, 2);
    std::int64_t total = random_.between(0, 3);
    const bool valid = random_.chance(3, 4);
    if (integer) h.set_zero_count_int(static_cast<std::uint64_t>(total));
    else h.set_zero_count_float(static_cast<double>(total));
    h.set_schema(static_cast<std::int32_t>(valid ? random_.between(-4, 8) : random_.between(-60, 300)));
    std::int64_t previous = 0;
    for (std::uint64_t s = 0; s < random_.below(3); ++s) {
      auto& span = *h.add_positive_spans();
      span.set_offset(static_cast<std::int32_t>(random_.between(s == 0 ? -9 : 0, 9)));
      span.set_length(static_cast<std::uint32_t>(random_.below(4)));
      for (std::uint32_t b = 0; b < span.length(); ++b) {
        const std::int64_t count = random_.between(0, 20);
        total += count;
        if (integer) h.add_positive_deltas(count - previous);
        else h.add_positive_counts(static_cast<double>(count));
        previous = count;
      }
    }
    if (!valid) h.add_negative_deltas(time());
    if (integer) h.set_count_int(static_cast<std::uint64_t>(total));
    else h.set_count_float(static_cast<double>(total));
    h.set_sum(value());
    h.set_zero_threshold(0.25);
    h.set_reset_hint(static_cast<std::int32_t>(random_.below(6)));
    h.set_timestamp(time());
  }

  // What nearly all series are: labels in order, one sample. Now and then a part is empty, long or not ASCII.
  std::vector<std::pair<std::string, std::string>> plain_labels() {
    static constexpr std::string_view kNames[] = {"__name__", "a", "abcdefgh", "abcdefghi", "abcdefghij", "instance",
                                                  "job", "label_with_a_name_of_more_than_thirty_two_bytes", "z"};
    std::vector<std::pair<std::string, std::string>> labels;
    for (const std::string_view name : kNames) {
      if (!random_.chance(5, 6)) continue;
      labels.emplace_back(name, std::string(1 + random_.below(random_.chance(1, 9) ? 140 : 40), 'v'));
      if (random_.chance(1, 60)) labels.back().second = text();
      if (random_.chance(1, 60)) labels.back().first = text();
    }
    return labels;
  }
  std::string plain_v1_body() {
    v1::WriteRequest request;
    for (std::uint64_t s = 0; s < 1 + random_.below(6); ++s) {
      v1::TimeSeries& series = *request.add_timeseries();
      for (const auto& [name, value] : plain_labels()) {
        v1::Label& l = *series.add_labels();
        l.set_name(name);
        l.set_value(value);
      }
      add_sample(series, time(), value());
      if (random_.chance(1, 9)) add_sample(series, time(), value());
    }
    return request.SerializeAsString();
  }
  std::string plain_v2_body() {
    v2::Request request;
    request.add_symbols("");
    std::map<std::string, std::uint32_t> known{{"", 0}};
    const auto ref = [&](const std::string& text) {
      const auto [at, added] = known.try_emplace(text, request.symbols_size());
      if (added) request.add_symbols(text);
      return at->second;
    };
    for (std::uint64_t s = 0; s < 1 + random_.below(6); ++s) {
      v2::TimeSeries& series = *request.add_timeseries();
      for (const auto& [name, value] : plain_labels()) {
        series.add_labels_refs(ref(name));
        series.add_labels_refs(ref(value));
      }
      add_sample(series, time(), value());
      if (random_.chance(1, 3)) {
        series.mutable_metadata()->set_type(static_cast<std::int32_t>(random_.between(-1, 9)));
        series.mutable_metadata()->set_help_ref(ref(std::string(random_.below(50), 'h')));
      }
      if (random_.chance(1, 9)) series.mutable_samples(0)->set_start_timestamp(time());
    }
    return request.SerializeAsString();
  }

  std::string v1_body() {
    if (random_.chance(1, 2)) return plain_v1_body();
    v1::WriteRequest request;
    for (std::uint64_t s = 0; s < random_.below(4); ++s) {
      v1::TimeSeries& series = *request.add_timeseries();
      if (random_.chance(4, 5)) labels(series);
      for (std::uint64_t l = 0; l < random_.below(4); ++l) label(*series.add_labels());
      for (std::uint64_t i = 0; i < random_.below(4); ++i) add_sample(series, time(), value());
      for (std::uint64_t i = 0; i < random_.below(2); ++i) fill(*series.add_histograms());
      for (std::uint64_t i = 0; i < random_.below(2); ++i) {
        v1::Exemplar& e = *series.add_exemplars();
        for (std::uint64_t l = 0; l < random_.below(3); ++l) label(*e.add_labels());
        e.set_value(value());
        e.set_timestamp(time());
      }
    }
    for (std::uint64_t i = 0; i < random_.below(3); ++i) {
      v1::MetricMetadata& m = *request.add_metadata();
      m.set_type(static_cast<std::int32_t>(random_.between(-1, 10)));
      m.set_metric_family_name(text());
      m.set_help(text());
      m.set_unit(text());
    }
    return request.SerializeAsString();
  }
  static void labels(v1::TimeSeries& series) {
    v1::Label& name = *series.add_labels();
    name.set_name("__name__");
    name.set_value("m");
  }
  void label(v1::Label& l) {
    l.set_name(text());
    l.set_value(text());
  }

  std::string v2_body() {
    if (random_.chance(1, 2)) return plain_v2_body();
    v2::Request request;
    for (const std::string_view text : kTexts) request.add_symbols(std::string(text));
    request.add_symbols(std::string(random_.below(300), 'l'));
    const auto ref = [&] { return static_cast<std::uint32_t>(random_.below(std::size(kTexts) + 1)); };
    for (std::uint64_t s = 0; s < random_.below(4); ++s) {
      v2::TimeSeries& series = *request.add_timeseries();
      if (random_.chance(4, 5)) {
        series.add_labels_refs(1);
        series.add_labels_refs(2 + static_cast<std::uint32_t>(random_.below(2)));
      }
      for (std::uint64_t l = 0; l < 2 * random_.below(4); ++l) series.add_labels_refs(ref());
      if (series.labels_refs_size() % 2 != 0) series.add_labels_refs(0);
      for (std::uint64_t i = 0; i < random_.below(4); ++i) {
        add_sample(series, time(), value());
        if (random_.chance(1, 3)) series.mutable_samples(static_cast<int>(i))->set_start_timestamp(time());
      }
      for (std::uint64_t i = 0; i < random_.below(2); ++i) {
        fill(*series.add_histograms());
        series.mutable_histograms(0)->set_start_timestamp(time());
      }
      if (random_.chance(1, 2)) {
        v2::Exemplar& e = *series.add_exemplars();
        e.add_labels_refs(ref());
        e.add_labels_refs(ref());
        e.set_value(value());
      }
      if (random_.chance(1, 2)) {
        series.mutable_metadata()->set_type(static_cast<std::int32_t>(random_.between(-1, 10)));
        series.mutable_metadata()->set_help_ref(ref());
        series.mutable_metadata()->set_unit_ref(ref());
      }
    }
    return request.SerializeAsString();
  }

  sys::Random random_;
};

class RemoteWriteDifferential : public testing::TestWithParam<RemoteWriteVersion> {};

TEST_P(RemoteWriteDifferential, ReadsWhatLibprotobufWrites) {
  Maker make(1);
  for (int i = 0; i < 5000; ++i) {
    const auto result = protobuf::compare(GetParam(), make.body(GetParam()));
    ASSERT_TRUE(result.reference_accepts) << i;
    ASSERT_TRUE(result.ours_accepts) << i;
    ASSERT_EQ(result.difference, "") << i;
  }
}

TEST_P(RemoteWriteDifferential, AgreesOnDamagedBytes) {
  Maker make(2);
  int both = 0;
  for (int i = 0; i < 30'000; ++i) {
    const auto result = protobuf::compare(GetParam(), make.damaged(make.body(GetParam())));
    both += result.ours_accepts && result.reference_accepts ? 1 : 0;
    ASSERT_EQ(result.difference, "") << i;
  }
  EXPECT_GT(both, 3000);
}

INSTANTIATE_TEST_SUITE_P(Versions, RemoteWriteDifferential, testing::Values(RemoteWriteVersion::k1, RemoteWriteVersion::k2),
                         [](const auto& version) { return version.param == RemoteWriteVersion::k1 ? "V1" : "V2"; });

}  // namespace
}  // namespace isobar::ingest
