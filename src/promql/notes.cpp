#include "promql/notes.h"

#include "promql/number_text.h"

namespace isobar::promql {
namespace {

std::string_view metric_of(const model::Labels& series) {
  return series.get(model::kMetricName);
}

}  // namespace

std::string for_metric(std::string_view metric) {
  return metric.empty() ? std::string() : fmt::format(" for metric name \"{}\"", metric);
}

void Notes::add(Remark remark) {
  std::string text = fmt::format("PromQL {}: {} ({})", remark.is_warning ? "warning" : "info", remark.text, position_text(query_, remark.at));
  if (remark.is_warning) annotations_.warn(std::move(text));
  else annotations_.info(std::move(text));
  if (recording_ != nullptr) recording_->add(std::move(remark));
}

void Notes::mixed_floats_histograms(PositionRange at, const model::Labels& series) {
  warn(at,
       fmt::format("encountered a mix of histograms and floats for metric name \"{}\"", metric_of(series)));
}
void Notes::mixed_exponential_custom(PositionRange at, const model::Labels& series) {
  warn(at,
       fmt::format(
           "vector contains a mix of histograms with exponential and custom buckets schemas for metric name "
           "\"{}\"",
           metric_of(series)));
}
void Notes::mixed_classic_native(PositionRange at, const model::Labels& series) {
  warn(at, "vector contains a mix of classic and native histograms" + for_metric(metric_of(series)));
}
void Notes::not_a_counter(PositionRange at, const model::Labels& series) {
  warn(at, fmt::format("this native histogram metric is not a counter: \"{}\"", metric_of(series)));
}
void Notes::not_a_gauge(PositionRange at, const model::Labels& series) {
  warn(at, fmt::format("this native histogram metric is not a gauge: \"{}\"", metric_of(series)));
}
void Notes::possible_non_counter(PositionRange at, std::string_view metric) {
  info(at,
       fmt::format("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"{}\"",
                   metric));
}
void Notes::invalid_quantile(PositionRange at, double quantile) {
  warn(at, fmt::format("quantile value should be between 0 and 1, got {}", number_text(quantile)));
}
void Notes::bad_bucket_label(PositionRange at, std::string_view value, std::string_view metric) {
  warn(at, fmt::format("bucket label \"le\" is missing or has a malformed value of \"{}\"{}", value,
                       for_metric(metric)));
}
void Notes::histograms_ignored_in_range(PositionRange at, const model::Labels& series) {
  info(at, fmt::format(
               "ignored histograms in a range containing both floats and histograms for metric name \"{}\"",
               metric_of(series)));
}
void Notes::reconciled_buckets(PositionRange at, std::string_view operation) {
  info(at, fmt::format("mismatched custom buckets were reconciled during {}", operation));
}
void Notes::reset_conflict(PositionRange at, std::string_view operation) {
  warn(at, fmt::format("conflicting counter resets during histogram {}", operation));
}

}  // namespace isobar::promql
