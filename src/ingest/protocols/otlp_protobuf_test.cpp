#include "ingest/protocols/otlp_protobuf.h"

#include "protobuf/otlp_metrics.pb.h"
#include "protobuf/otlp_reference.h"
#include "sys/random.h"

namespace isobar::ingest {
namespace {

namespace otlp = protobuf::otlp;

constexpr std::string_view kTexts[] = {"", "a", "service.name", "größe", "\xff\xfe", "\"quoted\"\n", "long long text"};

// Requests of every kind of field, at random.
class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::string body() {
    otlp::ExportMetricsServiceRequest request;
    for (std::uint64_t r = 0; r < random_.below(3); ++r) {
      auto& resource = *request.add_resource_metrics();
      attributes(*resource.mutable_resource());
      for (std::uint64_t s = 0; s < random_.below(3); ++s) {
        auto& scope = *resource.add_scope_metrics();
        scope.mutable_scope()->set_name(text());
        scope.mutable_scope()->set_version(text());
        scope.set_schema_url(text());
        attributes(*scope.mutable_scope());
        for (std::uint64_t m = 0; m < random_.below(3); ++m) metric(*scope.add_metrics());
      }
    }
    return request.SerializeAsString();
  }

  // One to three bytes changed, or the end cut off.
  std::string damaged(std::string body) {
    if (body.empty()) return body;
    if (random_.chance(1, 4)) return body.substr(0, random_.below(body.size()));
    for (std::uint64_t i = 0; i < 1 + random_.below(3); ++i) body[random_.below(body.size())] = static_cast<char>(random_.next());
    return body;
  }

 private:
  std::string text() { return std::string(kTexts[random_.below(std::size(kTexts))]); }
  double real() { return random_.chance(1, 8) ? __builtin_inf() : static_cast<double>(random_.below(1000)) / 8; }

  void value(otlp::AnyValue& v, int depth) {
    switch (random_.below(depth > 2 ? 6 : 8)) {
      case 0: v.set_string_value(text()); break;
      case 1: v.set_bool_value(random_.chance(1, 2)); break;
      case 2: v.set_int_value(static_cast<std::int64_t>(random_.next())); break;
      case 3: v.set_double_value(real()); break;
      case 4: v.set_bytes_value(text()); break;
      case 5: break;
      case 6:
        for (std::uint64_t i = 0; i < random_.below(3); ++i) value(*v.mutable_array_value()->add_values(), depth + 1);
        break;
      default:
        for (std::uint64_t i = 0; i < random_.below(3); ++i) {
          auto& pair = *v.mutable_kvlist_value()->add_values();
          pair.set_key(text());
          value(*pair.mutable_value(), depth + 1);
        }
    }
  }
  template <class Message>
  void attributes(Message& to) {
    for (std::uint64_t i = 0; i < random_.below(3); ++i) {
      auto& pair = *to.add_attributes();
      pair.set_key(text());
      if (random_.chance(3, 4)) value(*pair.mutable_value(), 0);
    }
  }

  template <class Point>
  void common(Point& p) {
    attributes(p);
    p.set_time_unix_nano(random_.next());
    if (random_.chance(1, 2)) p.set_start_time_unix_nano(random_.next());
    if (random_.chance(1, 4)) p.set_flags(static_cast<std::uint32_t>(random_.below(4)));
  }
  template <class Point>
  void exemplars(Point& p) {
    for (std::uint64_t i = 0; i < random_.below(3); ++i) {
      auto& e = *p.add_exemplars();
      if (random_.chance(3, 4)) e.set_as_int(static_cast<std::int64_t>(random_.next()));
      else e.set_as_double(real());
      if (random_.chance(1, 2)) e.set_trace_id(std::string(random_.chance(3, 4) ? 16 : 3, '\x1f'));
      if (random_.chance(1, 2)) e.set_span_id(std::string(8, random_.chance(1, 2) ? '\0' : '\xab'));
      if (random_.chance(1, 2)) e.set_time_unix_nano(random_.next());
    }
  }
  template <class Point>
  void totals(Point& p) {
    p.set_count(random_.below(100));
    if (random_.chance(1, 2)) p.set_sum(real());
  }

  void number(otlp::NumberDataPoint& p) {
    common(p);
    exemplars(p);
    if (random_.chance(1, 2)) p.set_as_double(real());
    else if (random_.chance(3, 4)) p.set_as_int(static_cast<std::int64_t>(random_.next()));
  }
  void point(otlp::HistogramDataPoint& p) {
    common(p);
    exemplars(p);
    totals(p);
    for (std::uint64_t i = 0; i < random_.below(4); ++i) p.add_bucket_counts(random_.below(9));
    for (std::uint64_t i = 0; i < random_.below(4); ++i) p.add_explicit_bounds(real());
  }
  void point(otlp::ExponentialHistogramDataPoint& p) {
    common(p);
    exemplars(p);
    totals(p);
    p.set_scale(static_cast<std::int32_t>(random_.between(-10, 20)));
    p.set_zero_count(random_.below(5));
    p.set_zero_threshold(real());
    p.mutable_positive()->set_offset(static_cast<std::int32_t>(random_.between(-100, 100)));
    for (std::uint64_t i = 0; i < random_.below(5); ++i) p.mutable_positive()->add_bucket_counts(random_.below(300));
    for (std::uint64_t i = 0; i < random_.below(2); ++i) p.mutable_negative()->add_bucket_counts(random_.below(300));
  }
  void point(otlp::SummaryDataPoint& p) {
    common(p);
    totals(p);
    for (std::uint64_t i = 0; i < random_.below(3); ++i) {
      auto& q = *p.add_quantile_values();
      q.set_quantile(real());
      q.set_value(real());
    }
  }

  void metric(otlp::Metric& m) {
    m.set_name(text());
    m.set_description(text());
    m.set_unit(text());
    const auto temporality = static_cast<std::int32_t>(random_.between(-1, 3));
    const std::uint64_t points = random_.below(3);
    switch (random_.below(6)) {
      case 0:
        for (std::uint64_t i = 0; i < points; ++i) number(*m.mutable_gauge()->add_data_points());
        break;
      case 1:
        m.mutable_sum()->set_aggregation_temporality(temporality);
        m.mutable_sum()->set_is_monotonic(random_.chance(1, 2));
        for (std::uint64_t i = 0; i < points; ++i) number(*m.mutable_sum()->add_data_points());
        break;
      case 2:
        m.mutable_histogram()->set_aggregation_temporality(temporality);
        for (std::uint64_t i = 0; i < points; ++i) point(*m.mutable_histogram()->add_data_points());
        break;
      case 3:
        m.mutable_exponential_histogram()->set_aggregation_temporality(temporality);
        for (std::uint64_t i = 0; i < points; ++i) point(*m.mutable_exponential_histogram()->add_data_points());
        break;
      case 4:
        for (std::uint64_t i = 0; i < points; ++i) point(*m.mutable_summary()->add_data_points());
        break;
      default: break;
    }
  }

  sys::Random random_;
};

TEST(OtlpProtobuf, ReadsWhatLibprotobufWrites) {
  Maker make(1);
  for (int i = 0; i < 3000; ++i) {
    const auto result = protobuf::compare_otlp(make.body());
    ASSERT_TRUE(result.reference_accepts) << i;
    ASSERT_TRUE(result.ours_accepts) << i;
    ASSERT_EQ(result.difference, "") << i;
  }
}

TEST(OtlpProtobuf, AgreesOnDamagedBytes) {
  Maker make(2);
  int both = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto result = protobuf::compare_otlp(make.damaged(make.body()));
    both += result.ours_accepts && result.reference_accepts ? 1 : 0;
    ASSERT_EQ(result.difference, "") << i;
  }
  EXPECT_GT(both, 3000);
}

TEST(OtlpProtobuf, MergesWhatComesInParts) {
  otlp::ExportMetricsServiceRequest first, second;
  auto& sum = *first.add_resource_metrics()->add_scope_metrics()->add_metrics()->mutable_sum();
  sum.add_data_points()->set_as_int(1);
  auto& metric = *first.mutable_resource_metrics(0)->mutable_scope_metrics(0)->mutable_metrics(0);
  const std::string one = metric.SerializeAsString();
  metric.mutable_sum()->mutable_data_points(0)->set_as_int(2);
  metric.mutable_sum()->set_aggregation_temporality(2);
  const std::string two = metric.SerializeAsString();
  // Metric{sum} Metric{sum} in one Metric: two points, and the temporality that only the second has.
  otlp::Metric both;
  ASSERT_TRUE(both.ParseFromString(one + two));
  ASSERT_EQ(both.sum().data_points_size(), 2);
  const auto wrap = [](std::string_view inner) {
    return std::string{'\x0a', static_cast<char>(inner.size() + 2), '\x12', static_cast<char>(inner.size())}.append(inner);
  };
  const std::string body = wrap(std::string{'\x12', static_cast<char>(one.size() + two.size())} + one + two);
  const auto result = protobuf::compare_otlp(body);
  EXPECT_TRUE(result.ours_accepts);
  EXPECT_TRUE(result.reference_accepts);
  EXPECT_EQ(result.difference, "");
}

TEST(OtlpProtobuf, RefusesTwoValuesAndDeepAttributes) {
  const auto read = [](const otlp::ExportMetricsServiceRequest& request) {
    protobuf::OtlpRecorder recorder;
    return OtlpProtobufReader().read(request.SerializeAsString(), recorder);
  };
  otlp::ExportMetricsServiceRequest request;
  auto* value = request.add_resource_metrics()->mutable_resource()->add_attributes()->mutable_value();
  for (int i = 0; i < kMaxOtlpDepth; ++i) value = value->mutable_array_value()->add_values();
  EXPECT_TRUE(read(request));
  value = value->mutable_array_value()->add_values();
  EXPECT_EQ(read(request).error().message,
            "body is not a protobuf ExportMetricsServiceRequest: it is cut short, of another type, or nests attributes deeper "
            "than 16");
  protobuf::OtlpRecorder recorder;
  // resource_metrics{resource{attributes{value{bool, int}}}}
  const std::string_view twice("\x0a\x0a\x0a\x08\x0a\x06\x12\x04\x10\x01\x18\x01", 12);
  EXPECT_EQ(OtlpProtobufReader().read(twice, recorder).error().code, Code::kInvalid);
}

TEST(OtlpProtobuf, TooManyBucketsRefuseOnePoint) {
  otlp::ExportMetricsServiceRequest request;
  auto& histogram = *request.add_resource_metrics()->add_scope_metrics()->add_metrics()->mutable_exponential_histogram();
  auto& large = *histogram.add_data_points();
  for (std::size_t i = 0; i <= kMaxOtlpBuckets; ++i) large.mutable_positive()->add_bucket_counts(0);
  histogram.add_data_points();
  protobuf::OtlpRecorder recorder;
  ASSERT_TRUE(OtlpProtobufReader().read(request.SerializeAsString(), recorder));
  ASSERT_EQ(recorder.lines.size(), 6u);
  EXPECT_EQ(recorder.lines[3], "refused point");
  EXPECT_TRUE(recorder.lines[4].starts_with("point"));
}

}  // namespace
}  // namespace isobar::ingest
