// A native histogram sample (exponential schemas -4…8, custom buckets -53). Source of the model:
// prometheus/prometheus model/histogram and the remote-write 2.0 message Histogram.
//
// Bucket counts are absolute and held as doubles; integer counts below 2^53 are exact, and `is_integer` says that
// they came as integers. Spans describe which buckets are present: the first offset is the index of the first bucket,
// later offsets count skipped buckets. A value; not thread-safe to change.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace isobar::model {

inline constexpr std::int8_t kCustomBucketsSchema = -53;

struct BucketSpan {
  std::int32_t offset = 0;
  std::uint32_t length = 0;
  bool operator==(const BucketSpan&) const = default;
};

enum class CounterResetHint : std::uint8_t { kUnknown = 0, kReset = 1, kNotReset = 2, kGauge = 3 };

struct Histogram {
  CounterResetHint reset_hint = CounterResetHint::kUnknown;
  bool is_integer = false;
  std::int8_t schema = 0;
  double zero_threshold = 0;
  double zero_count = 0;
  double count = 0;
  double sum = 0;  // kStaleNan here marks a stale histogram
  std::vector<BucketSpan> positive_spans;
  std::vector<BucketSpan> negative_spans;
  std::vector<double> positive_buckets;
  std::vector<double> negative_buckets;
  std::vector<double> custom_values;  // upper bounds, only with kCustomBucketsSchema

  bool uses_custom_buckets() const { return schema == kCustomBucketsSchema; }
  std::size_t byte_size() const;
};

// Bit-exact equality (NaN equals NaN of the same bits): the identity of samples, not of numbers.
bool identical(const Histogram& a, const Histogram& b);

// Structure as Prometheus' receiver checks it: known schema, spans and buckets agree, no negative integer counts,
// custom bounds finite and ascending, observation count not below the buckets' sum; and what our arithmetic needs: integer
// counts that a double holds exactly, bucket indexes within ±2^29, a zero threshold that is not negative and no NaN. Code::kInvalid names the fault.
Result<void> validate(const Histogram& histogram);

// Appends a self-delimiting encoding (docs/formats/record.md, "histogram") / reads it back. Decoding checks bounds
// but not validate().
void encode_histogram(std::string& out, const Histogram& histogram);
Result<Histogram> decode_histogram(std::string_view& in);

}  // namespace isobar::model
