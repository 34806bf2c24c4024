#include "ingest/protocols/otlp_histograms.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "model/sample.h"

namespace isobar::ingest {
namespace {

constexpr std::int32_t kMaxSchema = 8;
constexpr std::int32_t kMinSchema = -4;
constexpr double kDefaultZeroThreshold = 1e-128;
// Up to so many empty buckets between two others are kept: cheaper than a span.
constexpr std::int64_t kMaxFilledGap = 2;

// Collects buckets in ascending order; counts of one index add up, empty ones are left out.
class SparseBuckets {
 public:
  SparseBuckets(std::vector<model::BucketSpan>& spans, std::vector<double>& counts) : spans_(spans), counts_(counts) {}

  void add(std::int64_t index, std::uint64_t count) {
    if (count == 0) return;
    if (!counts_.empty() && index == next_ - 1) {
      counts_.back() += static_cast<double>(count);
      return;
    }
    const std::int64_t gap = index - next_;
    if (spans_.empty() || gap > kMaxFilledGap) {
      spans_.push_back({static_cast<std::int32_t>(gap), 0});
    } else {
      counts_.insert(counts_.end(), static_cast<std::size_t>(gap), 0.0);
      spans_.back().length += static_cast<std::uint32_t>(gap);
    }
    ++spans_.back().length;
    counts_.push_back(static_cast<double>(count));
    next_ = index + 1;
  }

 private:
  std::vector<model::BucketSpan>& spans_;
  std::vector<double>& counts_;
  std::int64_t next_ = 0;  // the first span's offset counts from 0
};

void add_side(const OtlpBuckets& from, int shift, std::vector<model::BucketSpan>& spans, std::vector<double>& counts) {
  SparseBuckets to(spans, counts);
  for (std::size_t i = 0; i < from.counts.size(); ++i) {
    const std::int64_t index = std::int64_t{from.offset} + static_cast<std::int64_t>(i);
    to.add((index >> shift) + 1, from.counts[i]);
  }
}

model::Histogram with_totals(const OtlpPoint& point, OtlpTemporality temporality) {
  model::Histogram h;
  h.is_integer = true;
  h.count = static_cast<double>(point.count);
  h.sum = point.has_sum ? point.sum : 0;
  if (temporality == OtlpTemporality::kDelta) h.reset_hint = model::CounterResetHint::kReset;
  return h;
}

}  // namespace

Result<model::Histogram> otlp_exponential_histogram(const OtlpPoint& point, OtlpTemporality temporality) {
  if (point.scale < kMinSchema) {
    return fail(Code::kInvalid, fmt::format("scale of an exponential histogram must be {} or more, send it with more "
                                            "buckets: {}",
                                            kMinSchema, point.scale));
  }
  model::Histogram h = with_totals(point, temporality);
  h.schema = static_cast<std::int8_t>(std::min(point.scale, kMaxSchema));
  h.zero_threshold = point.zero_threshold == 0 ? kDefaultZeroThreshold : point.zero_threshold;
  h.zero_count = static_cast<double>(point.zero_count);
  // From 33 on every index of 32 bits ends in bucket 0 or 1.
  const int shift = static_cast<int>(std::clamp<std::int64_t>(std::int64_t{point.scale} - kMaxSchema, 0, 33));
  add_side(point.positive, shift, h.positive_spans, h.positive_buckets);
  add_side(point.negative, shift, h.negative_spans, h.negative_buckets);
  TRYV(model::validate(h));
  return h;
}

Result<void> check_otlp_bounds(const OtlpPoint& point) {
  const std::vector<double>& bounds = point.explicit_bounds;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (!std::isfinite(bounds[i]) || (i > 0 && bounds[i] <= bounds[i - 1])) {
      return fail(Code::kInvalid, fmt::format("explicit bounds must be finite and ascending, without +Inf at the end: {}",
                                              bounds[i]));
    }
  }
  if (!point.bucket_counts.empty() && point.bucket_counts.size() != bounds.size() + 1) {
    return fail(Code::kInvalid, fmt::format("a histogram with {} explicit bounds needs {} bucket counts, or none: {}",
                                            bounds.size(), bounds.size() + 1, point.bucket_counts.size()));
  }
  return {};
}

Result<model::Histogram> otlp_custom_histogram(const OtlpPoint& point, OtlpTemporality temporality) {
  TRYV(check_otlp_bounds(point));
  model::Histogram h = with_totals(point, temporality);
  h.schema = model::kCustomBucketsSchema;
  SparseBuckets to(h.positive_spans, h.positive_buckets);
  if (point.bucket_counts.empty()) {
    to.add(0, point.count);  // without counts no bound says anything; all is in (-Inf, +Inf]
  } else {
    h.custom_values = point.explicit_bounds;
    for (std::size_t i = 0; i < point.bucket_counts.size(); ++i) to.add(static_cast<std::int64_t>(i), point.bucket_counts[i]);
  }
  TRYV(model::validate(h));
  return h;
}

model::Histogram stale_histogram() {
  model::Histogram h;
  h.is_integer = true;
  h.sum = model::stale_nan();
  return h;
}

}  // namespace isobar::ingest
