#include "ingest/protocols/otlp_protobuf.h"

#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/base64.h"
#include "codec/json_writer.h"
#include "codec/number_text.h"
#include "codec/protobuf.h"

namespace isobar::ingest {
namespace {

constexpr std::uint32_t kNoRecordedValue = 1;  // DataPointFlags

// Fields of Metric, and where attributes, flags and exemplars of its points stand.
struct DataLayout {
  std::uint32_t field;
  OtlpType type;
  std::uint32_t attributes;
  std::uint32_t flags;
  std::uint32_t exemplars;  // 0: none
};
constexpr DataLayout kLayouts[] = {{5, OtlpType::kGauge, 7, 8, 5},
                                   {7, OtlpType::kSum, 7, 8, 5},
                                   {9, OtlpType::kHistogram, 9, 10, 8},
                                   {10, OtlpType::kExponentialHistogram, 1, 10, 11},
                                   {11, OtlpType::kSummary, 7, 8, 0}};

const DataLayout* layout_of_field(std::uint32_t field) {
  for (const DataLayout& layout : kLayouts) {
    if (layout.field == field) return &layout;
  }
  return nullptr;
}

const DataLayout& layout_of(OtlpType type) {
  const DataLayout* found = kLayouts;
  for (const DataLayout& layout : kLayouts) {
    if (layout.type == type) found = &layout;
  }
  return *found;
}

std::int32_t sint32(std::uint64_t raw) { return static_cast<std::int32_t>(unzigzag(static_cast<std::uint32_t>(raw))); }

// A repeated number, packed or one by one; false when the bytes are damaged. More than `max` only sets `too_many`.
template <class T, class One, class Next>
bool repeated(ProtoReader& in, std::vector<T>& out, std::size_t max, bool& too_many, One one, Next next) {
  const auto add = [&](T value) {
    if (out.size() < max) out.push_back(value);
    else too_many = true;
  };
  if (in.wire() != ProtoReader::Wire::kBytes) {
    add(one(in));
    return !in.failed();
  }
  ByteReader packed(in.bytes());
  while (!packed.at_end()) {
    const T value = next(packed);
    if (packed.ok()) add(value);
  }
  return packed.ok();
}

bool fixed64s(ProtoReader& in, std::vector<std::uint64_t>& out, bool& too_many) {
  return repeated(
      in, out, kMaxOtlpBuckets + 1, too_many, [](ProtoReader& r) { return r.fixed64(); },
      [](ByteReader& r) { return r.u64(); });
}
bool doubles(ProtoReader& in, std::vector<double>& out, bool& too_many) {
  return repeated(
      in, out, kMaxOtlpBuckets, too_many, [](ProtoReader& r) { return r.float64(); },
      [](ByteReader& r) { return r.f64(); });
}
bool varints(ProtoReader& in, std::vector<std::uint64_t>& out, bool& too_many) {
  return repeated(
      in, out, kMaxOtlpBuckets, too_many, [](ProtoReader& r) { return r.varint(); },
      [](ByteReader& r) { return r.varint(); });
}

bool write_json(std::string_view any_value, int depth, codec::JsonWriter& json);

bool write_array(std::string_view message, int depth, codec::JsonWriter& json) {
  json.begin_array();
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1 && !write_json(in.bytes(), depth, json)) return false;
  }
  json.end_array();
  return !in.failed();
}

bool write_map(std::string_view message, int depth, codec::JsonWriter& json) {
  json.begin_object();
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() != 1) continue;
    std::string_view key, value;
    bool has_value = false;
    ProtoReader pair(in.bytes());
    while (pair.next()) {
      if (pair.field() == 1) key = pair.bytes();
      if (pair.field() == 2 && std::exchange(has_value, true)) return false;
      if (pair.field() == 2) value = pair.bytes();
    }
    json.key(key);
    if (pair.failed() || !write_json(value, depth, json)) return false;
  }
  json.end_object();
  return !in.failed();
}

struct AnyValue {
  std::uint32_t kind = 0;  // the field's number
  std::string_view bytes;
  std::uint64_t number = 0;
  double real = 0;
};

// protobuf would take the last of several values and merge maps; nobody sends them.
bool parse_any_value(std::string_view message, AnyValue& out) {
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() <= 7 && out.kind != 0) return false;
    switch (in.field()) {
      case 1:
      case 5:
      case 6:
      case 7: out.bytes = in.bytes(); break;
      case 2:
      case 3: out.number = in.varint(); break;
      case 4: out.real = in.float64(); break;
      default: continue;
    }
    out.kind = in.field();
  }
  return !in.failed();
}

bool write_json(std::string_view any_value, int depth, codec::JsonWriter& json) {
  AnyValue value;
  if (depth > kMaxOtlpDepth || !parse_any_value(any_value, value)) return false;
  switch (value.kind) {
    case 1: json.string(value.bytes); return true;
    case 2: json.boolean(value.number != 0); return true;
    case 3: json.integer(static_cast<std::int64_t>(value.number)); return true;
    case 4: json.number(value.real); return true;
    case 5: return write_array(value.bytes, depth + 1, json);
    case 6: return write_map(value.bytes, depth + 1, json);
    case 7: {
      std::string text;
      codec::append_base64(text, value.bytes);
      json.string(text);
      return true;
    }
    default: json.null(); return true;
  }
}

tl::unexpected<Error> damaged() {
  return fail(Code::kInvalid, fmt::format("body is not a protobuf ExportMetricsServiceRequest: it is cut short, of another "
                                          "type, or nests attributes deeper than {}",
                                          kMaxOtlpDepth));
}

}  // namespace

Result<void> OtlpProtobufReader::read(std::string_view body, OtlpConsumer& consumer) {
  consumer_ = &consumer;
  stopped_ = false;
  ProtoReader in(body);
  while (!stopped_ && in.next()) {
    if (in.field() == 1 && !resource_metrics(in.bytes())) return damaged();
  }
  if (in.failed()) return damaged();
  return {};
}

bool OtlpProtobufReader::resource_metrics(std::string_view message) {
  resource_.clear();
  resource_texts_ = {};
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() != 1) continue;
    ProtoReader resource(in.bytes());
    while (resource.next()) {
      if (resource.field() == 1 && !attribute(resource.bytes(), resource_texts_, resource_)) return false;
    }
    if (resource.failed()) return false;
  }
  if (in.failed()) return false;
  consumer_->resource(resource_);
  ProtoReader again(message);
  while (!stopped_ && again.next()) {
    if (again.field() == 2 && !scope_metrics(again.bytes())) return false;
  }
  consumer_->end_resource();
  return !again.failed();
}

bool OtlpProtobufReader::scope_metrics(std::string_view message) {
  scope_ = {};
  scope_texts_ = {};
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1 && !scope(in.bytes())) return false;
    if (in.field() == 3) scope_.schema_url = in.bytes();
  }
  if (in.failed()) return false;
  consumer_->scope(scope_);
  ProtoReader again(message);
  while (!stopped_ && again.next()) {
    if (again.field() == 2 && !metric(again.bytes())) return false;
  }
  return !again.failed();
}

bool OtlpProtobufReader::scope(std::string_view message) {
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1) scope_.name = in.bytes();
    if (in.field() == 2) scope_.version = in.bytes();
    if (in.field() == 3 && !attribute(in.bytes(), scope_texts_, scope_.attributes)) return false;
  }
  return !in.failed();
}

bool OtlpProtobufReader::metric(std::string_view message) {
  metric_ = {};
  data_.clear();
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1) metric_.name = in.bytes();
    if (in.field() == 2) metric_.description = in.bytes();
    if (in.field() == 3) metric_.unit = in.bytes();
    if (const DataLayout* layout = layout_of_field(in.field())) {
      if (metric_.type != OtlpType::kNone && metric_.type != layout->type) return false;
      metric_.type = layout->type;
      data_.push_back(in.bytes());
    }
  }
  if (in.failed()) return false;
  const bool has_temporality = metric_.type == OtlpType::kSum || metric_.type == OtlpType::kHistogram ||
                               metric_.type == OtlpType::kExponentialHistogram;
  for (const std::string_view part : data_) {
    ProtoReader data(part);
    while (data.next()) {
      if (data.field() == 2 && has_temporality) {
        const std::int32_t raw = data.int32();
        metric_.temporality = raw == 1 || raw == 2 ? static_cast<OtlpTemporality>(raw) : OtlpTemporality::kUnspecified;
      }
      if (data.field() == 3 && metric_.type == OtlpType::kSum) metric_.monotonic = data.varint() != 0;
    }
    if (data.failed()) return false;
  }
  consumer_->metric(metric_);
  return points();
}

bool OtlpProtobufReader::points() {
  for (const std::string_view part : data_) {
    ProtoReader data(part);
    while (!stopped_ && data.next()) {
      if (data.field() == 1 && !point(data.bytes())) return false;
    }
    if (data.failed()) return false;
  }
  return true;
}

bool OtlpProtobufReader::point(std::string_view message) {
  point_.clear();
  if (point_texts_.reserved_bytes() != 0) point_texts_ = {};
  too_many_buckets_ = false;
  ProtoReader in(message);
  while (in.next()) {
    if (!point_field(in)) return false;
  }
  if (in.failed()) return false;
  if (too_many_buckets_) {
    consumer_->refuse_point(fmt::format("a histogram has more than {} buckets", kMaxOtlpBuckets));
    return true;
  }
  stopped_ = !consumer_->point(point_);
  return true;
}

bool OtlpProtobufReader::point_field(ProtoReader& in) {
  const DataLayout& layout = layout_of(metric_.type);
  if (in.field() == layout.attributes) return attribute(in.bytes(), point_texts_, point_.attributes);
  if (in.field() == layout.flags) {
    point_.no_recorded_value = (in.varint() & kNoRecordedValue) != 0;
    return true;
  }
  if (in.field() == layout.exemplars) return exemplar(in.bytes());
  if (in.field() == 2) {
    point_.start_ns = in.fixed64();
    return true;
  }
  if (in.field() == 3) {
    point_.time_ns = in.fixed64();
    return true;
  }
  switch (metric_.type) {
    case OtlpType::kHistogram: return histogram_field(in);
    case OtlpType::kExponentialHistogram: return exponential_field(in);
    case OtlpType::kSummary: return summary_field(in);
    default: return number_field(in);
  }
}

bool OtlpProtobufReader::number_field(ProtoReader& in) {
  if (in.field() != 4 && in.field() != 6) return true;
  point_.value = in.field() == 4 ? in.float64() : static_cast<double>(in.sfixed64());
  point_.has_value = true;
  return true;
}

bool OtlpProtobufReader::histogram_field(ProtoReader& in) {
  switch (in.field()) {
    case 4: point_.count = in.fixed64(); return true;
    case 5:
      point_.sum = in.float64();
      point_.has_sum = true;
      return true;
    case 6: return fixed64s(in, point_.bucket_counts, too_many_buckets_);
    case 7: return doubles(in, point_.explicit_bounds, too_many_buckets_);
    default: return true;
  }
}

bool OtlpProtobufReader::exponential_field(ProtoReader& in) {
  switch (in.field()) {
    case 4: point_.count = in.fixed64(); return true;
    case 5:
      point_.sum = in.float64();
      point_.has_sum = true;
      return true;
    case 6: point_.scale = sint32(in.varint()); return true;
    case 7: point_.zero_count = in.fixed64(); return true;
    case 8: return buckets(in.bytes(), point_.positive);
    case 9: return buckets(in.bytes(), point_.negative);
    case 14: point_.zero_threshold = in.float64(); return true;
    default: return true;
  }
}

bool OtlpProtobufReader::summary_field(ProtoReader& in) {
  if (in.field() == 4) point_.count = in.fixed64();
  if (in.field() == 5) {
    point_.sum = in.float64();
    point_.has_sum = true;
  }
  if (in.field() != 6) return true;
  OtlpPoint::Quantile out;
  ProtoReader quantile(in.bytes());
  while (quantile.next()) {
    if (quantile.field() == 1) out.quantile = quantile.float64();
    if (quantile.field() == 2) out.value = quantile.float64();
  }
  point_.quantiles.push_back(out);
  return !quantile.failed();
}

bool OtlpProtobufReader::buckets(std::string_view message, OtlpBuckets& out) {
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1) out.offset = sint32(in.varint());
    if (in.field() == 2 && !varints(in, out.counts, too_many_buckets_)) return false;
  }
  return !in.failed();
}

bool OtlpProtobufReader::exemplar(std::string_view message) {
  OtlpExemplar out;
  bool has_value = false;
  bad_id_ = false;
  ProtoReader in(message);
  while (in.next()) {
    switch (in.field()) {
      case 2: out.time_ns = in.fixed64(); break;
      case 3:
        out.value = in.float64();
        has_value = true;
        break;
      case 4:
        if (!id(in.bytes(), 8, out.span_id)) bad_id_ = true;
        break;
      case 5:
        if (!id(in.bytes(), 16, out.trace_id)) bad_id_ = true;
        break;
      case 6:
        out.value = static_cast<double>(in.sfixed64());
        has_value = true;
        break;
      case 7:
        if (!attribute(in.bytes(), point_texts_, out.attributes)) return false;
        break;
      default: break;
    }
  }
  if (in.failed()) return false;
  if (bad_id_) consumer_->refuse_exemplar("an exemplar's trace_id has 16 bytes (32 digits in JSON) and its span_id 8 (16), or none");
  else if (!has_value) consumer_->refuse_exemplar("an exemplar has no value");
  else point_.exemplars.push_back(std::move(out));
  return true;
}

bool OtlpProtobufReader::attribute(std::string_view message, Arena& texts, Attributes& out) {
  OtlpAttribute attribute;
  bool has_value = false;
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1) attribute.key = in.bytes();
    if (in.field() != 2) continue;
    if (std::exchange(has_value, true) || !any_value(in.bytes(), texts, attribute.value)) return false;
  }
  out.push_back(attribute);
  return !in.failed();
}

bool OtlpProtobufReader::any_value(std::string_view message, Arena& texts, std::string_view& out) {
  AnyValue value;
  if (!parse_any_value(message, value)) return false;
  text_.clear();
  codec::JsonWriter json(text_);
  switch (value.kind) {
    case 1: out = value.bytes; return true;
    case 2: out = value.number != 0 ? "true" : "false"; return true;
    case 3: text_ = std::to_string(static_cast<std::int64_t>(value.number)); break;
    case 4: append_float_json(text_, value.real); break;
    case 5:
      if (!write_array(value.bytes, 1, json)) return false;
      break;
    case 6:
      if (!write_map(value.bytes, 1, json)) return false;
      break;
    case 7: codec::append_base64(text_, value.bytes); break;
    default: return true;
  }
  out = texts.copy(text_);
  return true;
}

// As hexadecimal digits; an id of zeros is none.
bool OtlpProtobufReader::id(std::string_view bytes, std::size_t size, std::string_view& out) {
  out = {};
  if (bytes.find_first_not_of('\0') == std::string_view::npos) return true;
  if (bytes.size() != size) return false;
  text_.clear();
  for (const char c : bytes) text_ += fmt::format("{:02x}", static_cast<unsigned char>(c));
  out = point_texts_.copy(text_);
  return true;
}

}  // namespace isobar::ingest
