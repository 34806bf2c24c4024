#include "ingest/protocols/otlp_translator.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "codec/number_text.h"
#include "ingest/protocols/otlp_histograms.h"
#include "ingest/protocols/otlp_names.h"
#include "model/sample.h"

namespace isobar::ingest {
namespace {

constexpr std::size_t kMaxCanonicalBytes = 128ULL << 20;
constexpr std::size_t kBytesPerSample = sizeof(model::WriteBatch::FloatSample) + sizeof(std::size_t) +
                                       sizeof(std::string_view) + sizeof(Hash128) + sizeof(std::uint32_t);
constexpr std::size_t kReservationStep = 1 << 20;
constexpr std::size_t kMaxMetadataText = 4096;
constexpr std::size_t kMaxExemplarCharacters = 128;  // as OpenMetrics and Prometheus have it
constexpr std::uint64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr std::string_view kTargetInfo = "target_info";

std::int64_t milliseconds(std::uint64_t ns) { return static_cast<std::int64_t>(ns / kNanosecondsPerMillisecond); }

std::string shown(std::string_view text) {
  constexpr std::size_t kMax = 120;
  return fmt::format("{}{}", text.substr(0, kMax), text.size() > kMax ? "…" : "");
}

OtlpNameKind name_kind(const OtlpMetric& metric) {
  if (metric.type == OtlpType::kGauge) return OtlpNameKind::kGauge;
  return metric.type == OtlpType::kSum && metric.monotonic ? OtlpNameKind::kMonotonicSum : OtlpNameKind::kOther;
}

// Deltas of a sum that only rises are a counter: each sample's start timestamp says that it begins at zero there. Deltas
// of one that also falls are neither a counter nor a gauge.
model::MetricType metric_type(const OtlpMetric& metric) {
  switch (metric.type) {
    case OtlpType::kGauge: return model::MetricType::kGauge;
    case OtlpType::kSum:
      if (metric.monotonic) return model::MetricType::kCounter;
      return metric.temporality == OtlpTemporality::kDelta ? model::MetricType::kUnknown : model::MetricType::kGauge;
    case OtlpType::kHistogram:
    case OtlpType::kExponentialHistogram: return model::MetricType::kHistogram;
    case OtlpType::kSummary: return model::MetricType::kSummary;
    case OtlpType::kNone: break;
  }
  return model::MetricType::kUnknown;
}

bool needs_temporality(OtlpType type) {
  return type == OtlpType::kSum || type == OtlpType::kHistogram || type == OtlpType::kExponentialHistogram;
}

}  // namespace

void OtlpNotes::add(std::string reason) {
  if (reasons.size() < kMaxReasons && std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) {
    reasons.push_back(std::move(reason));
  }
}

void OtlpNotes::clear() {
  points = rejected = exemplars_left_out = metadata_left_out = 0;
  reasons.clear();
  point_of_float.clear();
  point_of_histogram.clear();
}

void OtlpTranslator::start(const OtlpSettings& settings, model::WriteBatch& batch, OtlpNotes& notes,
                           telemetry::Reservation* held) {
  settings_ = &settings;
  batch_ = &batch;
  notes_ = &notes;
  batch.clear();
  notes.clear();
  canonical_.clear();
  series_ends_.clear();
  described_metrics_.clear();
  too_large_ = busy_ = false;
  held_ = held;
  held_bytes_ = 0;
  labels_.start(settings);
}

Result<void> OtlpTranslator::finish() {
  if (too_large_) {
    return fail(Code::kTooLarge, fmt::format("labels of one request take more than {} bytes, send fewer data points in one "
                                             "request",
                                             kMaxCanonicalBytes));
  }
  if (busy_) return fail(Code::kUnavailable, "too many write requests are being decoded, send it again");
  std::size_t start = 0;
  for (const std::size_t end : series_ends_) {
    batch_->add_series(std::string_view(canonical_).substr(start, end - start));
    start = end;
  }
  return {};
}

void OtlpTranslator::shrink() {
  constexpr std::size_t kKeep = 16ULL << 20;
  if (canonical_.capacity() > kKeep) std::string().swap(canonical_);
  if (times_.capacity() * sizeof(times_[0]) > kKeep) std::vector<std::int64_t>().swap(times_);
  if (series_ends_.capacity() * sizeof(series_ends_[0]) > kKeep) std::vector<std::size_t>().swap(series_ends_);
}

void OtlpTranslator::resource(const std::vector<OtlpAttribute>& attributes) {
  resource_ = attributes;
  times_.clear();
  labels_.resource(attributes);
}

// target_info stands wherever the resource has samples: at the first, at the last, and so often between that none of the
// resource's samples comes later after one of target_info than half of the look-back.
void OtlpTranslator::end_resource() {
  if (times_.empty()) return;
  const Result<bool> wanted = labels_.target_info(resource_);
  if (!wanted) return notes_->add(fmt::format("target_info left out: {}", wanted.error().message));
  if (!*wanted) return;
  std::sort(times_.begin(), times_.end());
  times_.erase(std::unique(times_.begin(), times_.end()), times_.end());
  name_ = kTargetInfo;
  point_ = OtlpNotes::kNoPoint;
  stale_ = false;
  const std::uint32_t series = add_series("");
  if (too_large_) return;
  std::int64_t last = times_.front();
  for (std::size_t i = 0; i < times_.size(); ++i) {
    const bool ends = i + 1 == times_.size() || times_[i + 1] - last > settings_->target_info_interval.ms;
    if (i != 0 && !ends) continue;
    time_ = last = times_[i];
    add_float(series, 1, 0);
  }
  if (described_metrics_.insert(hash64(kTargetInfo)).second) {
    batch_->metadata.push_back({std::string(kTargetInfo), model::MetricType::kGauge,
                                "Attributes of a resource that sends metrics by OTLP.", ""});
  }
}

void OtlpTranslator::scope(const OtlpScope& scope) { labels_.scope(scope); }

std::string OtlpTranslator::in_metric(std::string_view reason) const {
  const std::string name = shown(metric_.name);
  return fmt::format("metric \"{}\": {}", is_valid_utf8(name) ? name : "?", reason);
}

Result<void> OtlpTranslator::check_metric() const {
  if (!is_valid_utf8(metric_.name)) return fail(Code::kInvalid, "the name is not valid UTF-8");
  if (needs_temporality(metric_.type) && metric_.temporality == OtlpTemporality::kUnspecified) {
    return fail(Code::kInvalid, "aggregation_temporality must be delta (1) or cumulative (2)");
  }
  return {};
}

void OtlpTranslator::metric(const OtlpMetric& metric) {
  metric_ = metric;
  described_ = false;
  metric_state_ = check_metric();
  if (!metric_state_) return;
  if (metric.type == OtlpType::kNone) {
    notes_->add(in_metric("has no data, or data of a type that is not known; send gauge, sum, histogram, "
                          "exponential_histogram or summary"));
    return;
  }
  Result<std::string> name = otlp_metric_name(*settings_, metric.name, metric.unit, name_kind(metric));
  if (name) name_ = *std::move(name);
  else metric_state_ = fail(std::move(name).error());
}

void OtlpTranslator::refuse_point(std::string_view reason) {
  ++notes_->points;
  ++notes_->rejected;
  notes_->add(in_metric(reason));
}

void OtlpTranslator::refuse_exemplar(std::string_view reason) {
  ++notes_->exemplars_left_out;
  notes_->add(in_metric(reason));
}

bool OtlpTranslator::point(const OtlpPoint& point) {
  const Result<void> done = translate(point);
  if (!done) {
    refuse_point(done.error().message);
  } else {
    ++notes_->points;
    times_.push_back(time_);
    if (!described_) add_metadata();
  }
  return grow();
}

// A few bytes of a point may become many labels. False when the request must end here.
bool OtlpTranslator::grow() {
  const std::size_t samples = batch_->floats.size() + batch_->histograms.size();
  const std::size_t bytes = canonical_.size() + samples * kBytesPerSample;
  if (held_ != nullptr && bytes > held_bytes_ && !too_large_) {
    const std::size_t step = std::max(bytes - held_bytes_, kReservationStep);
    busy_ = !held_->try_grow(step);
    held_bytes_ += step;
  }
  return !too_large_ && !busy_;
}

Result<void> OtlpTranslator::translate(const OtlpPoint& point) {
  TRYV(metric_state_);
  if (point.time_ns == 0) return fail(Code::kInvalid, "a data point has no time_unix_nano");
  TRYV(labels_.point(point.attributes));
  point_ = static_cast<std::uint32_t>(notes_->points);
  time_ = milliseconds(point.time_ns);
  stale_ = point.no_recorded_value;
  // A start equal to the sample's time is how OTLP says that the start is not known.
  const std::int64_t start = milliseconds(point.start_ns);
  start_ = start < time_ && !stale_ ? start : 0;
  switch (metric_.type) {
    case OtlpType::kHistogram:
      return settings_->convert_histograms_to_nhcb ? add_native_histogram(point) : add_classic_histogram(point);
    case OtlpType::kExponentialHistogram: return add_native_histogram(point);
    case OtlpType::kSummary: return add_summary(point);
    default: return add_number(point);
  }
}

std::uint32_t OtlpTranslator::add_series(std::string_view suffix, model::LabelView extra) {
  series_name_.assign(name_).append(suffix);
  labels_.append(series_name_, extra, canonical_);
  too_large_ = too_large_ || canonical_.size() > kMaxCanonicalBytes;
  series_ends_.push_back(canonical_.size());
  return static_cast<std::uint32_t>(series_ends_.size() - 1);
}

std::uint32_t OtlpTranslator::add_float(std::uint32_t series, double value, std::int64_t start) {
  batch_->floats.push_back({series, time_, stale_ ? model::stale_nan() : value, start});
  notes_->point_of_float.push_back(point_);
  return series;
}

Result<void> OtlpTranslator::add_number(const OtlpPoint& point) {
  if (!point.has_value && !stale_) return fail(Code::kInvalid, "a data point has neither as_double nor as_int");
  // A gauge's start says when the sender began to look, nothing about the value.
  const std::int64_t start = metric_.type == OtlpType::kSum ? start_ : 0;
  add_exemplars(add_float(add_series(""), point.value, start), point);
  return {};
}

Result<void> OtlpTranslator::add_classic_histogram(const OtlpPoint& point) {
  TRYV(check_otlp_bounds(point));
  if (point.has_sum) add_float(add_series("_sum"), point.sum, start_);
  add_float(add_series("_count"), static_cast<double>(point.count), start_);
  std::vector<std::pair<double, std::uint32_t>> buckets;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < point.explicit_bounds.size() && i < point.bucket_counts.size() && !too_large_; ++i) {
    below += point.bucket_counts[i];
    number_text_.clear();
    append_float_plain(number_text_, point.explicit_bounds[i]);
    const std::uint32_t series = add_series("_bucket", {"le", number_text_});
    buckets.emplace_back(point.explicit_bounds[i], add_float(series, static_cast<double>(below), start_));
  }
  const std::uint32_t all = add_series("_bucket", {"le", "+Inf"});
  buckets.emplace_back(std::numeric_limits<double>::infinity(), add_float(all, static_cast<double>(point.count), start_));
  for (const OtlpExemplar& exemplar : point.exemplars) {
    const auto holds = [&](const auto& bucket) { return exemplar.value <= bucket.first; };
    const auto at = std::find_if(buckets.begin(), buckets.end(), holds);
    if (at == buckets.end()) refuse_exemplar("an exemplar's value is no number");
    else add_exemplar(at->second, exemplar);
  }
  return {};
}

Result<void> OtlpTranslator::add_native_histogram(const OtlpPoint& point) {
  model::Histogram histogram = stale_histogram();
  if (!stale_) {
    Result<model::Histogram> translated = metric_.type == OtlpType::kHistogram
                                              ? otlp_custom_histogram(point, metric_.temporality)
                                              : otlp_exponential_histogram(point, metric_.temporality);
    if (!translated) return fail(std::move(translated).error());
    histogram = *std::move(translated);
  }
  const std::uint32_t series = add_series("");
  batch_->histograms.push_back({series, time_, std::make_shared<const model::Histogram>(std::move(histogram)), start_});
  notes_->point_of_histogram.push_back(point_);
  add_exemplars(series, point);
  return {};
}

Result<void> OtlpTranslator::add_summary(const OtlpPoint& point) {
  add_float(add_series("_sum"), point.sum, start_);
  add_float(add_series("_count"), static_cast<double>(point.count), start_);
  for (const OtlpPoint::Quantile& quantile : point.quantiles) {
    if (too_large_) break;
    number_text_.clear();
    append_float_plain(number_text_, quantile.quantile);
    add_float(add_series("", {"quantile", number_text_}), quantile.value, 0);
  }
  return {};
}

void OtlpTranslator::add_exemplars(std::uint32_t series, const OtlpPoint& point) {
  for (const OtlpExemplar& exemplar : point.exemplars) add_exemplar(series, exemplar);
}

// The trace comes first: attributes are left out when they do not fit beside it.
void OtlpTranslator::add_exemplar(std::uint32_t series, const OtlpExemplar& exemplar) {
  std::vector<model::LabelView> pairs;
  std::size_t characters = 0;
  std::size_t bytes = 0;
  for (const OtlpAttribute& attribute : exemplar.attributes) {
    bytes += attribute.key.size() + attribute.value.size();
    if (bytes > kMaxExemplarCharacters * 4) break;  // too long, however many bytes a character has
    if (attribute.key.empty() || !is_valid_utf8(attribute.key) || !is_valid_utf8(attribute.value)) {
      return refuse_exemplar("an exemplar's attribute has no key or is not valid UTF-8");
    }
    characters += utf8_length(attribute.key) + utf8_length(attribute.value);
    pairs.push_back({attribute.key, attribute.value});
  }
  for (const auto& [name, id] : {std::pair{std::string_view("trace_id"), exemplar.trace_id},
                                 {"span_id", exemplar.span_id}}) {
    if (id.empty()) continue;
    characters += name.size() + id.size();
    pairs.push_back({name, id});
  }
  if (bytes > kMaxExemplarCharacters * 4 || characters > kMaxExemplarCharacters) {
    pairs.clear();
    if (!exemplar.trace_id.empty()) pairs.push_back({"trace_id", exemplar.trace_id});
    if (!exemplar.span_id.empty()) pairs.push_back({"span_id", exemplar.span_id});
  }
  const Timestamp time{exemplar.time_ns == 0 ? time_ : milliseconds(exemplar.time_ns)};
  batch_->exemplars.push_back({series, {model::Labels::from_pairs(std::move(pairs)), exemplar.value, time}});
}

void OtlpTranslator::add_metadata() {
  described_ = true;
  std::uint64_t seen = hash64(name_) ^ static_cast<std::uint64_t>(metric_type(metric_));
  for (const std::string_view text : {metric_.description, metric_.unit}) seen = seen * 0x9e3779b97f4a7c15ULL ^ hash64(text);
  if (!described_metrics_.insert(seen).second) return;
  for (const std::string_view text : {metric_.description, metric_.unit}) {
    if (text.size() > kMaxMetadataText || !is_valid_utf8(text)) {
      ++notes_->metadata_left_out;
      return notes_->add(in_metric(fmt::format("description or unit is longer than {} bytes or not valid UTF-8", kMaxMetadataText)));
    }
  }
  batch_->metadata.push_back(
      {name_, metric_type(metric_), std::string(metric_.description), otlp_unit_name(*settings_, metric_.unit)});
}

std::uint64_t otlp_points_of(const OtlpNotes& notes, const std::vector<std::uint32_t>& floats,
                             const std::vector<std::uint32_t>& histograms) {
  std::uint64_t count = 0;
  const auto add = [&count](const std::vector<std::uint32_t>& point_of, const std::vector<std::uint32_t>& refused) {
    std::uint32_t last = OtlpNotes::kNoPoint;
    for (const std::uint32_t i : refused) {
      if (point_of[i] == OtlpNotes::kNoPoint || point_of[i] == last) continue;
      last = point_of[i];
      ++count;
    }
  };
  add(notes.point_of_float, floats);
  add(notes.point_of_histogram, histograms);
  return count;
}

}  // namespace isobar::ingest
