#include "write_body.h"

#include <map>

#include "base/bytes.h"

namespace isobar::api_test {
namespace {

enum Wire : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2 };

void tag(std::string& out, std::uint32_t field, Wire wire) { put_varint(out, field << 3 | wire); }
void field_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  tag(out, field, kBytes);
  put_bytes(out, bytes);
}
void field_varint(std::string& out, std::uint32_t field, std::uint64_t v) {
  tag(out, field, kVarint);
  put_varint(out, v);
}
void field_double(std::string& out, std::uint32_t field, double v) {
  tag(out, field, kFixed64);
  put_f64(out, v);
}

// Sample{value=1, timestamp=2} in both versions.
std::string sample(double value, std::int64_t time) {
  std::string out;
  field_double(out, 1, value);
  field_varint(out, 2, static_cast<std::uint64_t>(time));
  return out;
}

void side(std::string& out, const std::vector<model::BucketSpan>& spans, const std::vector<double>& buckets,
          std::uint32_t spans_field) {
  for (const model::BucketSpan& span : spans) {
    std::string inner;
    field_varint(inner, 1, zigzag(span.offset));
    field_varint(inner, 2, span.length);
    field_bytes(out, spans_field, inner);
  }
  std::string deltas;
  std::int64_t before = 0;
  for (const double count : buckets) {
    put_zigzag(deltas, static_cast<std::int64_t>(count) - before);
    before = static_cast<std::int64_t>(count);
  }
  if (!deltas.empty()) field_bytes(out, spans_field + 1, deltas);
}

std::string histogram(const model::Histogram& h, std::int64_t time) {
  std::string out;
  field_varint(out, 1, static_cast<std::uint64_t>(h.count));
  field_double(out, 3, h.sum);
  field_varint(out, 4, zigzag(h.schema));
  field_double(out, 5, h.zero_threshold);
  field_varint(out, 6, static_cast<std::uint64_t>(h.zero_count));
  side(out, h.negative_spans, h.negative_buckets, 8);
  side(out, h.positive_spans, h.positive_buckets, 11);
  field_varint(out, 15, static_cast<std::uint64_t>(time));
  return out;
}

std::string label(std::string_view name, std::string_view value) {
  std::string out;
  field_bytes(out, 1, name);
  field_bytes(out, 2, value);
  return out;
}

std::string body_v1(const WriteRequest& request) {
  std::string out;
  for (const SeriesData& series : request.series) {
    std::string message;
    for (const auto& [name, value] : series.labels) field_bytes(message, 1, label(name, value));
    for (const auto& [time, value] : series.floats) field_bytes(message, 2, sample(value, time));
    for (const auto& [time, h] : series.histograms) field_bytes(message, 4, histogram(*h, time));
    field_bytes(out, 1, message);
  }
  return out;
}

std::string body_v2(const WriteRequest& request) {
  std::vector<std::string> symbols{""};
  std::map<std::string, std::uint64_t> known;
  const auto symbol = [&](const std::string& text) {
    const auto [at, added] = known.try_emplace(text, symbols.size());
    if (added) symbols.push_back(text);
    return at->second;
  };
  std::string all_series;
  for (const SeriesData& series : request.series) {
    std::string message;
    std::string refs;
    for (const auto& [name, value] : series.labels) {
      put_varint(refs, symbol(name));
      put_varint(refs, symbol(value));
    }
    field_bytes(message, 1, refs);
    for (const auto& [time, value] : series.floats) field_bytes(message, 2, sample(value, time));
    for (const auto& [time, h] : series.histograms) field_bytes(message, 3, histogram(*h, time));
    field_bytes(all_series, 5, message);
  }
  std::string out;
  for (const std::string& text : symbols) field_bytes(out, 4, text);
  return out + all_series;
}

}  // namespace

std::string write_body(const WriteRequest& request) {
  return request.version == 2 ? body_v2(request) : body_v1(request);
}

}  // namespace isobar::api_test
