#include "protobuf/otlp_reference.h"

#include <bit>

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "codec/base64.h"
#include "codec/json_writer.h"
#include "codec/number_text.h"
#include "ingest/protocols/otlp_protobuf.h"
#include "protobuf/long_varint.h"
#include "protobuf/otlp_metrics.pb.h"

namespace isobar::protobuf {
namespace {

using namespace ingest;

std::string bits(double v) { return fmt::format("{:016x}", std::bit_cast<std::uint64_t>(v)); }

std::string attributes_text(const std::vector<OtlpAttribute>& attributes) {
  std::string text;
  for (const OtlpAttribute& a : attributes) text += fmt::format(" {}:{}={}:{}", a.key.size(), a.key, a.value.size(), a.value);
  return text;
}

void write_json(const otlp::AnyValue& value, codec::JsonWriter& json) {
  std::string text;
  switch (value.value_case()) {
    case otlp::AnyValue::kStringValue: json.string(value.string_value()); break;
    case otlp::AnyValue::kBoolValue: json.boolean(value.bool_value()); break;
    case otlp::AnyValue::kIntValue: json.integer(value.int_value()); break;
    case otlp::AnyValue::kDoubleValue: json.number(value.double_value()); break;
    case otlp::AnyValue::kBytesValue:
      codec::append_base64(text, value.bytes_value());
      json.string(text);
      break;
    case otlp::AnyValue::kArrayValue:
      json.begin_array();
      for (const auto& item : value.array_value().values()) write_json(item, json);
      json.end_array();
      break;
    case otlp::AnyValue::kKvlistValue:
      json.begin_object();
      for (const auto& pair : value.kvlist_value().values()) {
        json.key(pair.key());
        write_json(pair.value(), json);
      }
      json.end_object();
      break;
    default: json.null();
  }
}

std::string value_text(const otlp::AnyValue& value) {
  std::string text;
  codec::JsonWriter json(text);
  switch (value.value_case()) {
    case otlp::AnyValue::VALUE_NOT_SET: return {};
    case otlp::AnyValue::kStringValue: return value.string_value();
    case otlp::AnyValue::kDoubleValue: append_float_json(text, value.double_value()); return text;
    case otlp::AnyValue::kBytesValue: codec::append_base64(text, value.bytes_value()); return text;
    default: write_json(value, json); return text;
  }
}

// Tells a consumer about a message; the texts that it makes live until the walk ends.
class Walk {
 public:
  explicit Walk(OtlpConsumer& consumer) : consumer_(consumer) {}

  void request(const otlp::ExportMetricsServiceRequest& request) {
    for (const auto& resource : request.resource_metrics()) {
      consumer_.resource(attributes(resource.resource().attributes()));
      for (const auto& scope : resource.scope_metrics()) {
        consumer_.scope({scope.scope().name(), scope.scope().version(), scope.schema_url(),
                         attributes(scope.scope().attributes())});
        for (const auto& m : scope.metrics()) metric(m);
      }
      consumer_.end_resource();
    }
  }

 private:
  template <class Pairs>
  std::vector<OtlpAttribute> attributes(const Pairs& pairs) {
    std::vector<OtlpAttribute> out;
    for (const auto& pair : pairs) out.push_back({pair.key(), keep(value_text(pair.value()))});
    return out;
  }
  std::string_view keep(std::string text) {
    texts_.push_back(std::make_unique<std::string>(std::move(text)));
    return *texts_.back();
  }

  void metric(const otlp::Metric& m) {
    OtlpMetric out{m.name(), m.description(), m.unit()};
    const auto temporality = [](std::int32_t raw) {
      return raw == 1 || raw == 2 ? static_cast<OtlpTemporality>(raw) : OtlpTemporality::kUnspecified;
    };
    const auto all = [&](OtlpType type, const auto& points) {
      out.type = type;
      consumer_.metric(out);
      for (const auto& p : points) point(p);
    };
    switch (m.data_case()) {
      case otlp::Metric::kGauge: return all(OtlpType::kGauge, m.gauge().data_points());
      case otlp::Metric::kSum:
        out.temporality = temporality(m.sum().aggregation_temporality());
        out.monotonic = m.sum().is_monotonic();
        return all(OtlpType::kSum, m.sum().data_points());
      case otlp::Metric::kHistogram:
        out.temporality = temporality(m.histogram().aggregation_temporality());
        return all(OtlpType::kHistogram, m.histogram().data_points());
      case otlp::Metric::kExponentialHistogram:
        out.temporality = temporality(m.exponential_histogram().aggregation_temporality());
        return all(OtlpType::kExponentialHistogram, m.exponential_histogram().data_points());
      case otlp::Metric::kSummary: return all(OtlpType::kSummary, m.summary().data_points());
      default: consumer_.metric(out);
    }
  }

  template <class Point>
  OtlpPoint start(const Point& from) {
    OtlpPoint p;
    p.attributes = attributes(from.attributes());
    p.start_ns = from.start_time_unix_nano();
    p.time_ns = from.time_unix_nano();
    p.no_recorded_value = (from.flags() & 1) != 0;
    return p;
  }

  static bool id(const std::string& bytes, std::size_t size, std::string& out) {
    if (bytes.find_first_not_of('\0') == std::string::npos) return true;
    for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return bytes.size() == size;
  }

  template <class Point>
  void exemplars(const Point& from, OtlpPoint& to) {
    for (const auto& e : from.exemplars()) {
      std::string trace, span;
      if (!id(e.span_id(), 8, span) || !id(e.trace_id(), 16, trace)) {
        consumer_.refuse_exemplar("id");
      } else if (!e.has_as_double() && !e.has_as_int()) {
        consumer_.refuse_exemplar("value");
      } else {
        to.exemplars.push_back({attributes(e.filtered_attributes()), e.time_unix_nano(),
                                e.has_as_double() ? e.as_double() : static_cast<double>(e.as_int()), keep(trace), keep(span)});
      }
    }
  }

  void point(const otlp::NumberDataPoint& from) {
    OtlpPoint p = start(from);
    exemplars(from, p);
    p.has_value = from.has_as_double() || from.has_as_int();
    p.value = from.has_as_double() ? from.as_double() : static_cast<double>(from.as_int());
    consumer_.point(p);
  }
  void point(const otlp::HistogramDataPoint& from) {
    OtlpPoint p = start(from);
    exemplars(from, p);
    totals(from, p);
    p.bucket_counts.assign(from.bucket_counts().begin(), from.bucket_counts().end());
    p.explicit_bounds.assign(from.explicit_bounds().begin(), from.explicit_bounds().end());
    finish(p);
  }
  void point(const otlp::ExponentialHistogramDataPoint& from) {
    OtlpPoint p = start(from);
    exemplars(from, p);
    totals(from, p);
    p.scale = from.scale();
    p.zero_count = from.zero_count();
    p.zero_threshold = from.zero_threshold();
    for (const auto& [side, to] : {std::pair{&from.positive(), &p.positive}, {&from.negative(), &p.negative}}) {
      to->offset = side->offset();
      to->counts.assign(side->bucket_counts().begin(), side->bucket_counts().end());
    }
    finish(p);
  }
  void point(const otlp::SummaryDataPoint& from) {
    OtlpPoint p = start(from);
    totals(from, p);
    for (const auto& q : from.quantile_values()) p.quantiles.push_back({q.quantile(), q.value()});
    consumer_.point(p);
  }

  template <class Point>
  static void totals(const Point& from, OtlpPoint& to) {
    to.count = from.count();
    to.has_sum = from.has_sum();
    to.sum = from.sum();
  }
  void finish(const OtlpPoint& p) {
    const bool too_many = p.bucket_counts.size() > kMaxOtlpBuckets + 1 || p.explicit_bounds.size() > kMaxOtlpBuckets ||
                          p.positive.counts.size() > kMaxOtlpBuckets || p.negative.counts.size() > kMaxOtlpBuckets;
    if (too_many) consumer_.refuse_point("buckets");
    else consumer_.point(p);
  }

  OtlpConsumer& consumer_;
  std::vector<std::unique_ptr<std::string>> texts_;
};

std::string first_difference(const std::vector<std::string>& ours, const std::vector<std::string>& reference) {
  for (std::size_t i = 0; i < std::max(ours.size(), reference.size()); ++i) {
    const std::string a = i < ours.size() ? ours[i] : "nothing";
    const std::string b = i < reference.size() ? reference[i] : "nothing";
    if (a != b) return fmt::format("line {}: ours {}, libprotobuf {}", i, a, b);
  }
  return {};
}

// JSON of protobuf has base64 where OTLP has hexadecimal digits; the parser has already read the digits as base64.
void restore_id(std::string& id) {
  std::string text;
  codec::append_base64(text, id);
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) bytes.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  id = bytes;
}

template <class Points>
void restore_ids(Points& points) {
  for (auto& point : points) {
    for (auto& exemplar : *point.mutable_exemplars()) {
      if (exemplar.has_trace_id()) restore_id(*exemplar.mutable_trace_id());
      if (exemplar.has_span_id()) restore_id(*exemplar.mutable_span_id());
    }
  }
}

}  // namespace

void OtlpRecorder::resource(const std::vector<OtlpAttribute>& attributes) {
  lines.push_back("resource" + attributes_text(attributes));
}
void OtlpRecorder::end_resource() { lines.emplace_back("end of resource"); }
void OtlpRecorder::scope(const OtlpScope& s) {
  lines.push_back(fmt::format("scope {} {} {}{}", s.name, s.version, s.schema_url, attributes_text(s.attributes)));
}
void OtlpRecorder::metric(const OtlpMetric& m) {
  lines.push_back(fmt::format("metric {} unit {} type {} temporality {} monotonic {}: {}", m.name, m.unit,
                              static_cast<int>(m.type), static_cast<int>(m.temporality), m.monotonic, m.description));
}
bool OtlpRecorder::point(const OtlpPoint& p) {
  std::string line = fmt::format("point{} at {} start {} flag {} value {} {} count {} sum {} {}", attributes_text(p.attributes),
                                 p.time_ns, p.start_ns, p.no_recorded_value, p.has_value, bits(p.value), p.count, p.has_sum,
                                 bits(p.sum));
  line += fmt::format(" scale {} zero {} {} buckets", p.scale, p.zero_count, bits(p.zero_threshold));
  for (const std::uint64_t count : p.bucket_counts) line += fmt::format(" {}", count);
  for (const double bound : p.explicit_bounds) line += " " + bits(bound);
  for (const OtlpBuckets* side : {&p.positive, &p.negative}) {
    line += fmt::format(" from {}:", side->offset);
    for (const std::uint64_t count : side->counts) line += fmt::format(" {}", count);
  }
  for (const auto& q : p.quantiles) line += fmt::format(" quantile {} {}", bits(q.quantile), bits(q.value));
  for (const OtlpExemplar& e : p.exemplars) {
    line += fmt::format(" exemplar {} at {} trace {} span {}{}", bits(e.value), e.time_ns, e.trace_id, e.span_id,
                        attributes_text(e.attributes));
  }
  lines.push_back(std::move(line));
  return true;
}
void OtlpRecorder::refuse_point(std::string_view) { lines.emplace_back("refused point"); }
void OtlpRecorder::refuse_exemplar(std::string_view) { lines.emplace_back("refused exemplar"); }

OtlpComparison compare_otlp(std::string_view body) {
  OtlpComparison result;
  OtlpRecorder ours;
  OtlpProtobufReader reader;
  result.ours_accepts = reader.read(body, ours).has_value();
  otlp::ExportMetricsServiceRequest request;
  result.reference_accepts = request.ParseFromArray(body.data(), static_cast<int>(body.size()));
  if (!result.ours_accepts) return result;
  if (!result.reference_accepts) {
    if (!may_hold_long_varint(body)) result.difference = "ours accepts, libprotobuf refuses";
    return result;
  }
  OtlpRecorder reference;
  Walk(reference).request(request);
  result.difference = first_difference(ours.lines, reference.lines);
  return result;
}

std::string otlp_from_json(std::string_view json, std::string& error) {
  otlp::ExportMetricsServiceRequest request;
  const auto status = google::protobuf::util::JsonStringToMessage(std::string(json), &request);
  if (!status.ok()) {
    error = status.ToString();
    return {};
  }
  for (auto& resource : *request.mutable_resource_metrics()) {
    for (auto& scope : *resource.mutable_scope_metrics()) {
      for (auto& metric : *scope.mutable_metrics()) {
        if (metric.has_gauge()) restore_ids(*metric.mutable_gauge()->mutable_data_points());
        if (metric.has_sum()) restore_ids(*metric.mutable_sum()->mutable_data_points());
        if (metric.has_histogram()) restore_ids(*metric.mutable_histogram()->mutable_data_points());
        if (metric.has_exponential_histogram()) restore_ids(*metric.mutable_exponential_histogram()->mutable_data_points());
      }
    }
  }
  return request.SerializeAsString();
}

}  // namespace isobar::protobuf
