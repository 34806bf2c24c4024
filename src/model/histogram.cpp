#include "model/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "base/bytes.h"

namespace isobar::model {
namespace {

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }
bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same_bits(a[i], b[i])) return false;
  }
  return true;
}

constexpr std::uint8_t kIntegerFlag = 0x04;
constexpr double kMaxExactCount = 9007199254740992;  // 2^53

// No value falls outside: at schema 8 the smallest and largest numbers are in buckets -274 943 and 262 144. Sums and
// differences of indexes stay within 32 bits.
constexpr std::int64_t kMaxBucketIndex = 1 << 29;

// Defined for every count: decoding gives what the bytes say, and the largest 64-bit numbers round up to 2^63.
std::int64_t whole_count(double count) {
  if (count >= 0x1p63) return INT64_MAX;
  return count >= -0x1p63 ? static_cast<std::int64_t>(count) : INT64_MIN;
}

void encode_spans(std::string& out, const std::vector<BucketSpan>& spans) {
  put_varint(out, spans.size());
  for (const BucketSpan& span : spans) {
    put_zigzag(out, span.offset);
    put_varint(out, span.length);
  }
}

bool decode_spans(ByteReader& in, std::vector<BucketSpan>& spans) {
  spans.resize(in.count(2));
  for (BucketSpan& span : spans) {
    const std::int64_t offset = in.zigzag_varint();
    const std::uint64_t length = in.varint();
    if (offset < INT32_MIN || offset > INT32_MAX || length > UINT32_MAX) return false;
    span = {static_cast<std::int32_t>(offset), static_cast<std::uint32_t>(length)};
  }
  return in.ok();
}

// Integer counts as deltas (zigzag), floats as raw bits.
void encode_counts(std::string& out, const std::vector<double>& counts, bool integer) {
  put_varint(out, counts.size());
  std::uint64_t previous = 0;
  for (const double count : counts) {
    if (integer) {
      const auto now = static_cast<std::uint64_t>(whole_count(count));
      put_zigzag(out, static_cast<std::int64_t>(now - previous));
      previous = now;
    } else {
      put_f64(out, count);
    }
  }
}

void decode_counts(ByteReader& in, std::vector<double>& counts, bool integer) {
  counts.resize(in.count(integer ? 1 : 8));
  std::uint64_t previous = 0;
  for (double& count : counts) {
    if (integer) {
      previous += static_cast<std::uint64_t>(in.zigzag_varint());
      count = static_cast<double>(static_cast<std::int64_t>(previous));
    } else {
      count = in.f64();
    }
  }
}

Result<void> check_side(std::string_view side, const std::vector<BucketSpan>& spans, const std::vector<double>& buckets,
                        bool integer, double& total) {
  std::uint64_t described = 0;
  std::int64_t index = 0;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i].offset < 0) {
      return fail(Code::kInvalid,
                  fmt::format("{} side: span number {} has a negative offset: {}", side, i + 1, spans[i].offset));
    }
    described += spans[i].length;
    index += spans[i].offset;
    if (index < -kMaxBucketIndex || index + spans[i].length > kMaxBucketIndex) {
      return fail(Code::kInvalid, fmt::format("{} side: span number {} lies outside of the buckets that there are", side, i + 1));
    }
    index += spans[i].length;
  }
  if (described != buckets.size()) {
    return fail(Code::kInvalid, fmt::format("{} side: spans need {} buckets, have {} buckets", side, described,
                                            buckets.size()));
  }
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i] < 0) {
      return fail(Code::kInvalid, fmt::format("{} side: bucket number {} has a negative {}: {}", side, i + 1,
                                              integer ? "count" : "observation count", buckets[i]));
    }
    total += buckets[i];
  }
  return {};
}

bool has_exact_counts(const Histogram& h) {
  const auto exact = [](double count) { return count <= kMaxExactCount; };
  return exact(h.count) && exact(h.zero_count) &&
         std::all_of(h.positive_buckets.begin(), h.positive_buckets.end(), exact) &&
         std::all_of(h.negative_buckets.begin(), h.negative_buckets.end(), exact);
}

Result<void> check_custom_values(const Histogram& h) {
  for (std::size_t i = 0; i < h.custom_values.size(); ++i) {
    if (!std::isfinite(h.custom_values[i]) || (i > 0 && h.custom_values[i] <= h.custom_values[i - 1])) {
      return fail(Code::kInvalid, fmt::format("custom bucket bounds must be finite and ascending, at number {}: {}",
                                              i + 1, h.custom_values[i]));
    }
  }
  if (!h.negative_spans.empty() || !h.negative_buckets.empty() || h.zero_count != 0) {
    return fail(Code::kInvalid, "a histogram with custom buckets has no zero bucket and no negative buckets");
  }
  std::int64_t last_index = -1;
  for (std::size_t i = 0; i < h.positive_spans.size(); ++i) {
    last_index += std::int64_t{h.positive_spans[i].offset} + h.positive_spans[i].length;
  }
  if (last_index > static_cast<std::int64_t>(h.custom_values.size())) {
    return fail(Code::kInvalid, fmt::format("only {} custom bounds defined which is insufficient to cover bucket {}",
                                            h.custom_values.size(), last_index));
  }
  return {};
}

}  // namespace

std::size_t Histogram::byte_size() const {
  return sizeof(Histogram) + (positive_spans.capacity() + negative_spans.capacity()) * sizeof(BucketSpan) +
         (positive_buckets.capacity() + negative_buckets.capacity() + custom_values.capacity()) * sizeof(double);
}

bool identical(const Histogram& a, const Histogram& b) {
  return a.schema == b.schema && a.is_integer == b.is_integer && same_bits(a.zero_threshold, b.zero_threshold) &&
         same_bits(a.zero_count, b.zero_count) && same_bits(a.count, b.count) && same_bits(a.sum, b.sum) &&
         a.positive_spans == b.positive_spans && a.negative_spans == b.negative_spans &&
         same_bits(a.positive_buckets, b.positive_buckets) && same_bits(a.negative_buckets, b.negative_buckets) &&
         same_bits(a.custom_values, b.custom_values);
}

Result<void> validate(const Histogram& h) {
  if (!h.uses_custom_buckets() && (h.schema < -4 || h.schema > 8)) {
    return fail(Code::kInvalid, fmt::format("histogram schema must be -4 to 8 or -53, is {}", h.schema));
  }
  if (h.uses_custom_buckets()) {
    TRYV(check_custom_values(h));
  } else if (!h.custom_values.empty()) {
    return fail(Code::kInvalid, "custom bucket bounds are only allowed with schema -53");
  }
  if (!std::isfinite(h.zero_threshold) || h.zero_threshold < 0) {
    return fail(Code::kInvalid, fmt::format("zero threshold of a histogram must be zero or above, is {}", h.zero_threshold));
  }
  if (h.is_integer && !has_exact_counts(h)) return fail(Code::kInvalid, "histogram has an integer count above 2^53");
  double total = h.zero_count;
  TRYV(check_side("positive", h.positive_spans, h.positive_buckets, h.is_integer, total));
  TRYV(check_side("negative", h.negative_spans, h.negative_buckets, h.is_integer, total));
  if (h.zero_count < 0 || h.count < 0) return fail(Code::kInvalid, "histogram has a negative observation count");
  // NaN observations are in the count and in no bucket; then the sum is NaN and the count may be larger.
  const bool counted = std::isnan(h.sum) ? total <= h.count : total == h.count;
  if (h.is_integer && !counted) {
    return fail(Code::kInvalid, fmt::format("{} observations found in buckets, but the Count field is {}", total, h.count));
  }
  return {};
}

void encode_histogram(std::string& out, const Histogram& h) {
  put_u8(out, static_cast<std::uint8_t>(static_cast<std::uint8_t>(h.reset_hint) | (h.is_integer ? kIntegerFlag : 0)));
  put_u8(out, static_cast<std::uint8_t>(h.schema));
  put_f64(out, h.zero_threshold);
  put_f64(out, h.sum);
  put_f64(out, h.zero_count);
  put_f64(out, h.count);
  encode_spans(out, h.positive_spans);
  encode_counts(out, h.positive_buckets, h.is_integer);
  encode_spans(out, h.negative_spans);
  encode_counts(out, h.negative_buckets, h.is_integer);
  encode_counts(out, h.custom_values, false);
}

Result<Histogram> decode_histogram(std::string_view& bytes) {
  ByteReader in(bytes);
  Histogram h;
  const std::uint8_t flags = in.u8();
  h.reset_hint = static_cast<CounterResetHint>(flags & 0x03);
  h.is_integer = (flags & kIntegerFlag) != 0;
  h.schema = static_cast<std::int8_t>(in.u8());
  h.zero_threshold = in.f64();
  h.sum = in.f64();
  h.zero_count = in.f64();
  h.count = in.f64();
  bool spans_ok = decode_spans(in, h.positive_spans);
  decode_counts(in, h.positive_buckets, h.is_integer);
  spans_ok = decode_spans(in, h.negative_spans) && spans_ok;
  decode_counts(in, h.negative_buckets, h.is_integer);
  decode_counts(in, h.custom_values, false);
  if (!in.ok() || !spans_ok || flags > 0x07) return fail(Code::kCorrupt, "histogram encoding is damaged");
  bytes.remove_prefix(bytes.size() - in.remaining());
  return h;
}

}  // namespace isobar::model
