// Metrics of OTLP as both of its encodings give them, one data point at a time: messages of
// opentelemetry-proto opentelemetry/proto/metrics/v1/metrics.proto, timestamps in ns since 1970 with 0 for none.
//
// Texts are views into the request or into the reader's memory and live until the reader's next call. A reader calls its
// consumer in this order, whatever the order of the bytes: resource, then scope, then metric, then its points.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace isobar::ingest {

// The value as text: numbers as in JSON, bytes as base64, arrays and maps as JSON.
struct OtlpAttribute {
  std::string_view key;
  std::string_view value;
};

struct OtlpScope {
  std::string_view name;
  std::string_view version;
  std::string_view schema_url;
  std::vector<OtlpAttribute> attributes;
};

enum class OtlpType { kNone, kGauge, kSum, kHistogram, kExponentialHistogram, kSummary };
enum class OtlpTemporality { kUnspecified = 0, kDelta = 1, kCumulative = 2 };

struct OtlpMetric {
  std::string_view name;
  std::string_view description;
  std::string_view unit;
  OtlpType type = OtlpType::kNone;  // kNone: no data, or of a type that is not known yet
  OtlpTemporality temporality = OtlpTemporality::kUnspecified;
  bool monotonic = false;
};

struct OtlpExemplar {
  std::vector<OtlpAttribute> attributes;
  std::uint64_t time_ns = 0;
  double value = 0;
  std::string_view trace_id;  // 32 lower-case hexadecimal digits, or empty
  std::string_view span_id;   // 16
};

// counts[i] is that of bucket offset + i: (base^(offset+i), base^(offset+i+1)], base = 2^(2^-scale).
struct OtlpBuckets {
  std::int32_t offset = 0;
  std::vector<std::uint64_t> counts;
};

// The fields of all five kinds of data points; a reader fills those of its kind and leaves the others as clear() does.
struct OtlpPoint {
  std::vector<OtlpAttribute> attributes;
  std::vector<OtlpExemplar> exemplars;
  std::uint64_t start_ns = 0;
  std::uint64_t time_ns = 0;
  bool no_recorded_value = false;

  bool has_value = false;  // of a number
  double value = 0;

  std::uint64_t count = 0;
  bool has_sum = false;
  double sum = 0;
  std::vector<std::uint64_t> bucket_counts;
  std::vector<double> explicit_bounds;

  std::int32_t scale = 0;
  std::uint64_t zero_count = 0;
  double zero_threshold = 0;
  OtlpBuckets positive;
  OtlpBuckets negative;

  struct Quantile {
    double quantile = 0;
    double value = 0;
  };
  std::vector<Quantile> quantiles;

  // Keeps the capacity of what is large.
  void clear();
};

class OtlpConsumer {
 public:
  virtual ~OtlpConsumer() = default;
  virtual void resource(const std::vector<OtlpAttribute>& attributes) = 0;
  virtual void end_resource() = 0;
  virtual void scope(const OtlpScope& scope) = 0;
  virtual void metric(const OtlpMetric& metric) = 0;
  // Of the last metric. False: the consumer wants no more of this request.
  virtual bool point(const OtlpPoint& point) = 0;
  // A point that the reader itself refuses; the rest of the request goes on.
  virtual void refuse_point(std::string_view reason) = 0;
  virtual void refuse_exemplar(std::string_view reason) = 0;
};

// A point with more buckets than this on one side is refused: SDKs send 160 unless told otherwise.
inline constexpr std::size_t kMaxOtlpBuckets = 16'384;
// Arrays and maps in attributes, within each other.
inline constexpr int kMaxOtlpDepth = 16;

}  // namespace isobar::ingest
