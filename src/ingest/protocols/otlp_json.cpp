#include "ingest/protocols/otlp_json.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ingest/protocols/otlp_json_value.h"

namespace isobar::ingest {

using otlp_json::element;
using otlp_json::into;
using otlp_json::is_field;
using simdjson::dom::object;

namespace {

constexpr std::uint32_t kNoRecordedValue = 1;  // DataPointFlags

Result<void> append_unsigned(std::string_view key, element value, std::size_t max, std::vector<std::uint64_t>& out,
                             bool& too_many) {
  TRY(const auto items, otlp_json::array(key, value));
  for (const element item : items) {
    TRY(const std::uint64_t count, otlp_json::unsigned_integer(key, item));
    if (out.size() < max) out.push_back(count);
    else too_many = true;
  }
  return {};
}

Result<void> append_numbers(std::string_view key, element value, std::size_t max, std::vector<double>& out, bool& too_many) {
  TRY(const auto items, otlp_json::array(key, value));
  for (const element item : items) {
    TRY(const double number, otlp_json::number(key, item));
    if (out.size() < max) out.push_back(number);
    else too_many = true;
  }
  return {};
}

}  // namespace

struct OtlpJsonReader::Impl {
  Result<void> request(const object& fields);
  Result<void> resource_metrics(element value);
  Result<void> scope_metrics(element value);
  Result<void> scope(element value);
  Result<void> metric(element value);
  Result<void> data(element value);
  Result<void> point(element value);
  Result<void> number_field(std::string_view key, element value);
  Result<void> histogram_field(std::string_view key, element value);
  Result<void> exponential_field(std::string_view key, element value);
  Result<void> summary_field(std::string_view key, element value);
  Result<void> buckets(std::string_view key, element value, OtlpBuckets& out);
  Result<void> exemplars(std::string_view key, element value);
  Result<void> exemplar(element value);
  Result<void> attributes(std::string_view key, element value, Arena& texts, std::vector<OtlpAttribute>& out);

  // Calls `each` with every item of the array that stands under `name`.
  template <class Each>
  Result<void> for_each(const object& fields, std::string_view name, Each each) {
    for (const auto& field : fields) {
      if (!is_field(field.key, name) || field.value.is_null()) continue;
      TRY(const auto items, otlp_json::array(field.key, field.value));
      for (const element item : items) {
        if (stopped) return {};
        TRYV(each(item));
      }
    }
    return {};
  }

  simdjson::dom::parser parser;
  OtlpConsumer* consumer = nullptr;
  bool stopped = false;
  std::vector<OtlpAttribute> resource;
  OtlpScope current_scope;
  OtlpMetric current;
  OtlpPoint current_point;
  bool too_many_buckets = false;
  Arena resource_texts;
  Arena scope_texts;
  Arena point_texts;
};

OtlpJsonReader::OtlpJsonReader() : impl_(std::make_unique<Impl>()) {}
OtlpJsonReader::~OtlpJsonReader() = default;
OtlpJsonReader::OtlpJsonReader(OtlpJsonReader&&) noexcept = default;
OtlpJsonReader& OtlpJsonReader::operator=(OtlpJsonReader&&) noexcept = default;

// simdjson keeps two words for a number and one or two for anything else, four bytes for each token, and a copy of the
// strings with five bytes beside each. Each value but the first follows a comma, a colon or a bracket.
std::uint64_t otlp_json_memory(std::string_view body) {
  const auto values = std::count_if(body.begin(), body.end(), [](char c) { return c == ',' || c == ':' || c == '[' || c == '{'; });
  return body.size() + static_cast<std::uint64_t>(values + 1) * 32;
}

void OtlpJsonReader::shrink() {
  constexpr std::size_t kKeep = 1 << 20;
  if (impl_->parser.capacity() > kKeep) impl_->parser = simdjson::dom::parser();
}

Result<void> OtlpJsonReader::read(std::string& body, OtlpConsumer& consumer) {
  impl_->consumer = &consumer;
  impl_->stopped = false;
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  element root;
  const auto error = impl_->parser.parse(body.data(), body.size(), false).get(root);
  if (error != simdjson::SUCCESS) {
    return fail(Code::kInvalid, fmt::format("body is not valid JSON: {}", simdjson::error_message(error)));
  }
  object fields;
  if (root.get(fields) != simdjson::SUCCESS) {
    return fail(Code::kInvalid, "body must be an object with the array resourceMetrics");
  }
  return impl_->request(fields);
}

Result<void> OtlpJsonReader::Impl::request(const object& fields) {
  return for_each(fields, "resourceMetrics", [this](element item) { return resource_metrics(item); });
}

Result<void> OtlpJsonReader::Impl::resource_metrics(element value) {
  resource.clear();
  resource_texts = {};
  TRY(const object fields, otlp_json::object("resourceMetrics", value));
  for (const auto& field : fields) {
    if (field.key != "resource" || field.value.is_null()) continue;
    TRY(const object parts, otlp_json::object(field.key, field.value));
    for (const auto& part : parts) {
      if (part.key == "attributes") TRYV(attributes(part.key, part.value, resource_texts, resource));
    }
  }
  consumer->resource(resource);
  TRYV(for_each(fields, "scopeMetrics", [this](element item) { return scope_metrics(item); }));
  consumer->end_resource();
  return {};
}

Result<void> OtlpJsonReader::Impl::scope_metrics(element value) {
  current_scope = {};
  scope_texts = {};
  TRY(const object fields, otlp_json::object("scopeMetrics", value));
  for (const auto& field : fields) {
    if (field.value.is_null()) continue;
    if (field.key == "scope") TRYV(scope(field.value));
    if (is_field(field.key, "schemaUrl")) TRYV(into(current_scope.schema_url, otlp_json::text(field.key, field.value)));
  }
  consumer->scope(current_scope);
  return for_each(fields, "metrics", [this](element item) { return metric(item); });
}

Result<void> OtlpJsonReader::Impl::scope(element value) {
  TRY(const object fields, otlp_json::object("scope", value));
  for (const auto& field : fields) {
    if (field.value.is_null()) continue;
    if (field.key == "name") TRYV(into(current_scope.name, otlp_json::text(field.key, field.value)));
    if (field.key == "version") TRYV(into(current_scope.version, otlp_json::text(field.key, field.value)));
    if (field.key == "attributes") TRYV(attributes(field.key, field.value, scope_texts, current_scope.attributes));
  }
  return {};
}

Result<void> OtlpJsonReader::Impl::metric(element value) {
  static constexpr std::pair<std::string_view, OtlpType> kTypes[] = {{"gauge", OtlpType::kGauge},
                                                                     {"sum", OtlpType::kSum},
                                                                     {"histogram", OtlpType::kHistogram},
                                                                     {"exponentialHistogram", OtlpType::kExponentialHistogram},
                                                                     {"summary", OtlpType::kSummary}};
  current = {};
  element of_type;
  TRY(const object fields, otlp_json::object("metrics", value));
  for (const auto& field : fields) {
    if (field.value.is_null()) continue;
    if (field.key == "name") TRYV(into(current.name, otlp_json::text(field.key, field.value)));
    if (field.key == "description") TRYV(into(current.description, otlp_json::text(field.key, field.value)));
    if (field.key == "unit") TRYV(into(current.unit, otlp_json::text(field.key, field.value)));
    for (const auto& [name, type] : kTypes) {
      if (!is_field(field.key, name)) continue;
      current.type = type;
      of_type = field.value;
    }
  }
  if (current.type != OtlpType::kNone) return data(of_type);
  consumer->metric(current);
  return {};
}

Result<void> OtlpJsonReader::Impl::data(element value) {
  TRY(const object fields, otlp_json::object("data of a metric", value));
  const bool has_temporality = current.type != OtlpType::kGauge && current.type != OtlpType::kSummary;
  for (const auto& field : fields) {
    if (field.value.is_null()) continue;
    if (has_temporality && is_field(field.key, "aggregationTemporality")) {
      TRY(current.temporality, otlp_json::temporality(field.key, field.value));
    }
    if (current.type == OtlpType::kSum && is_field(field.key, "isMonotonic")) {
      TRY(current.monotonic, otlp_json::boolean(field.key, field.value));
    }
  }
  consumer->metric(current);
  return for_each(fields, "dataPoints", [this](element item) { return point(item); });
}

Result<void> OtlpJsonReader::Impl::point(element value) {
  OtlpPoint& p = current_point;
  p.clear();
  if (point_texts.reserved_bytes() != 0) point_texts = {};
  too_many_buckets = false;
  TRY(const object fields, otlp_json::object("dataPoints", value));
  for (const auto& [key, field] : fields) {
    if (field.is_null()) continue;
    if (key == "attributes") {
      TRYV(attributes(key, field, point_texts, p.attributes));
    } else if (is_field(key, "startTimeUnixNano")) {
      TRY(p.start_ns, otlp_json::unsigned_integer(key, field));
    } else if (is_field(key, "timeUnixNano")) {
      TRY(p.time_ns, otlp_json::unsigned_integer(key, field));
    } else if (key == "flags") {
      TRY(const std::uint64_t flags, otlp_json::unsigned_integer(key, field));
      p.no_recorded_value = (flags & kNoRecordedValue) != 0;
    } else if (key == "exemplars" && current.type != OtlpType::kSummary) {
      TRYV(exemplars(key, field));
    } else if (current.type == OtlpType::kHistogram) {
      TRYV(histogram_field(key, field));
    } else if (current.type == OtlpType::kExponentialHistogram) {
      TRYV(exponential_field(key, field));
    } else if (current.type == OtlpType::kSummary) {
      TRYV(summary_field(key, field));
    } else {
      TRYV(number_field(key, field));
    }
  }
  if (too_many_buckets) consumer->refuse_point(fmt::format("a histogram has more than {} buckets", kMaxOtlpBuckets));
  else stopped = !consumer->point(p);
  return {};
}

Result<void> OtlpJsonReader::Impl::number_field(std::string_view key, element value) {
  if (is_field(key, "asDouble")) {
    TRY(current_point.value, otlp_json::number(key, value));
    current_point.has_value = true;
  } else if (is_field(key, "asInt")) {
    TRY(const std::int64_t whole, otlp_json::integer(key, value));
    current_point.value = static_cast<double>(whole);
    current_point.has_value = true;
  }
  return {};
}

Result<void> OtlpJsonReader::Impl::histogram_field(std::string_view key, element value) {
  OtlpPoint& p = current_point;
  if (key == "count") {
    TRY(p.count, otlp_json::unsigned_integer(key, value));
  } else if (key == "sum") {
    TRY(p.sum, otlp_json::number(key, value));
    p.has_sum = true;
  } else if (is_field(key, "bucketCounts")) {
    return append_unsigned(key, value, kMaxOtlpBuckets + 1, p.bucket_counts, too_many_buckets);
  } else if (is_field(key, "explicitBounds")) {
    return append_numbers(key, value, kMaxOtlpBuckets, p.explicit_bounds, too_many_buckets);
  }
  return {};
}

Result<void> OtlpJsonReader::Impl::exponential_field(std::string_view key, element value) {
  OtlpPoint& p = current_point;
  if (key == "count") {
    TRY(p.count, otlp_json::unsigned_integer(key, value));
  } else if (key == "sum") {
    TRY(p.sum, otlp_json::number(key, value));
    p.has_sum = true;
  } else if (key == "scale") {
    TRY(p.scale, otlp_json::integer32(key, value));
  } else if (is_field(key, "zeroCount")) {
    TRY(p.zero_count, otlp_json::unsigned_integer(key, value));
  } else if (is_field(key, "zeroThreshold")) {
    TRY(p.zero_threshold, otlp_json::number(key, value));
  } else if (key == "positive" || key == "negative") {
    return buckets(key, value, key == "positive" ? p.positive : p.negative);
  }
  return {};
}

Result<void> OtlpJsonReader::Impl::buckets(std::string_view key, element value, OtlpBuckets& out) {
  TRY(const object fields, otlp_json::object(key, value));
  for (const auto& field : fields) {
    if (field.value.is_null()) continue;
    if (field.key == "offset") TRYV(into(out.offset, otlp_json::integer32(field.key, field.value)));
    if (is_field(field.key, "bucketCounts")) {
      TRYV(append_unsigned(field.key, field.value, kMaxOtlpBuckets, out.counts, too_many_buckets));
    }
  }
  return {};
}

Result<void> OtlpJsonReader::Impl::summary_field(std::string_view key, element value) {
  OtlpPoint& p = current_point;
  if (key == "count") TRYV(into(p.count, otlp_json::unsigned_integer(key, value)));
  if (key == "sum") {
    TRY(p.sum, otlp_json::number(key, value));
    p.has_sum = true;
  }
  if (!is_field(key, "quantileValues")) return {};
  TRY(const auto items, otlp_json::array(key, value));
  for (const element item : items) {
    OtlpPoint::Quantile& out = p.quantiles.emplace_back();
    TRY(const object fields, otlp_json::object(key, item));
    for (const auto& field : fields) {
      if (field.value.is_null()) continue;
      if (field.key == "quantile") TRYV(into(out.quantile, otlp_json::number(field.key, field.value)));
      if (field.key == "value") TRYV(into(out.value, otlp_json::number(field.key, field.value)));
    }
  }
  return {};
}

Result<void> OtlpJsonReader::Impl::exemplars(std::string_view key, element value) {
  TRY(const auto items, otlp_json::array(key, value));
  for (const element item : items) TRYV(exemplar(item));
  return {};
}

Result<void> OtlpJsonReader::Impl::exemplar(element value) {
  OtlpExemplar out;
  bool has_value = false;
  bool good_ids = true;
  TRY(const object fields, otlp_json::object("exemplars", value));
  for (const auto& [key, field] : fields) {
    if (field.is_null()) continue;
    if (is_field(key, "filteredAttributes")) {
      TRYV(attributes(key, field, point_texts, out.attributes));
    } else if (is_field(key, "timeUnixNano")) {
      TRY(out.time_ns, otlp_json::unsigned_integer(key, field));
    } else if (is_field(key, "asDouble")) {
      TRY(out.value, otlp_json::number(key, field));
      has_value = true;
    } else if (is_field(key, "asInt")) {
      TRY(const std::int64_t whole, otlp_json::integer(key, field));
      out.value = static_cast<double>(whole);
      has_value = true;
    } else if (is_field(key, "traceId")) {
      TRY(const std::string_view digits, otlp_json::text(key, field));
      good_ids = otlp_json::id(digits, 32, point_texts, out.trace_id) && good_ids;
    } else if (is_field(key, "spanId")) {
      TRY(const std::string_view digits, otlp_json::text(key, field));
      good_ids = otlp_json::id(digits, 16, point_texts, out.span_id) && good_ids;
    }
  }
  if (!good_ids) consumer->refuse_exemplar("an exemplar's trace_id has 16 bytes (32 digits in JSON) and its span_id 8 (16), or none");
  else if (!has_value) consumer->refuse_exemplar("an exemplar has no value");
  else current_point.exemplars.push_back(std::move(out));
  return {};
}

Result<void> OtlpJsonReader::Impl::attributes(std::string_view key, element value, Arena& texts,
                                              std::vector<OtlpAttribute>& out) {
  if (value.is_null()) return {};
  TRY(const auto items, otlp_json::array(key, value));
  for (const element item : items) {
    OtlpAttribute attribute;
    TRY(const object fields, otlp_json::object(key, item));
    for (const auto& field : fields) {
      if (field.value.is_null()) continue;
      if (field.key == "key") TRYV(into(attribute.key, otlp_json::text(field.key, field.value)));
      if (field.key == "value") TRYV(into(attribute.value, otlp_json::attribute_text(field.key, field.value, texts)));
    }
    out.push_back(attribute);
  }
  return {};
}

}  // namespace isobar::ingest
