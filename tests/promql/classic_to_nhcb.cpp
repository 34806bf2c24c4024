#include "classic_to_nhcb.h"

#include <cmath>
#include <limits>

#include "model/histogram_arithmetic.h"
#include "promql/number_text.h"

namespace isobar::promqltest {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Classic {
  std::map<double, double> buckets;  // cumulative counts by upper bound
  std::optional<double> count;
  std::optional<double> sum;
};

// Nothing when counts go down from bucket to bucket.
std::optional<model::Histogram> convert(const Classic& classic) {
  std::map<double, double> buckets = classic.buckets;
  if (buckets.empty() || buckets.rbegin()->first != kInfinity) {
    if (!classic.count && buckets.empty()) return std::nullopt;
    buckets[kInfinity] = classic.count ? *classic.count : buckets.rbegin()->second;
  }
  model::Histogram h;
  h.schema = model::kCustomBucketsSchema;
  h.count = buckets.rbegin()->second;
  h.sum = classic.sum.value_or(0);
  h.positive_spans = {{0, static_cast<std::uint32_t>(buckets.size())}};
  double previous = 0;
  for (const auto& [upper, count] : buckets) {
    if (count < previous) return std::nullopt;
    if (upper != kInfinity) h.custom_values.push_back(upper);
    h.positive_buckets.push_back(count - previous);
    previous = count;
  }
  model::compact(h);
  return h;
}

}  // namespace

std::map<model::Labels, std::map<std::int64_t, model::Histogram>> classic_to_nhcb(const LoadCommand& load) {
  std::map<model::Labels, std::map<std::int64_t, Classic>> classics;
  for (const promql::SeriesDescription& series : load.series) {
    if (series.is_start_timestamps) continue;
    std::string name(series.labels.get(model::kMetricName));
    const std::string_view le = series.labels.get("le");
    const auto upper = promql::parse_signed_number(le);
    std::size_t suffix = 0;
    if (name.ends_with("_bucket") && upper) suffix = 7;
    if (name.ends_with("_count")) suffix = 6;
    if (name.ends_with("_sum")) suffix = 4;
    if (suffix == 0) continue;
    model::LabelsBuilder builder(series.labels);
    builder.set(model::kMetricName, std::string_view(name).substr(0, name.size() - suffix));
    if (suffix == 7) builder.remove("le");
    auto& by_time = classics[builder.build()];
    for (std::size_t i = 0; i < series.values.size(); ++i) {
      const promql::SequenceValue& v = series.values[i];
      if (v.omitted || v.histogram) continue;
      Classic& classic = by_time[static_cast<std::int64_t>(i) * load.step.ms];
      if (suffix == 7) classic.buckets.try_emplace(*upper, v.value);
      if (suffix == 6) classic.count = v.value;
      if (suffix == 4) classic.sum = v.value;
    }
  }
  std::map<model::Labels, std::map<std::int64_t, model::Histogram>> result;
  for (const auto& [labels, by_time] : classics) {
    for (const auto& [t, classic] : by_time) {
      if (auto h = convert(classic)) result[labels][t] = std::move(*h);
    }
  }
  return result;
}

}  // namespace isobar::promqltest
