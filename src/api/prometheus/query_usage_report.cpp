#include "api/prometheus/query_usage_report.h"

#include <algorithm>

#include "api/envelope.h"
#include "api/parameters.h"
#include "api/prometheus/label_census.h"
#include "api/query_usage.h"
#include "codec/json_writer.h"

namespace isobar::api {
namespace {

struct Row {
  std::string metric;
  std::uint64_t series = 0;
  QueryUsage::Count count;
};

struct Report {
  std::vector<Row> rows;
  std::uint64_t metrics = 0;  // that have series
  std::uint64_t series = 0;
  std::uint64_t unused_metrics = 0;
  std::uint64_t unused_series = 0;
};

// Metrics with series, queried or not, and queried ones without series.
Report join(const LabelCensus& census, QueryUsage::Tenant& usage, bool only_unused) {
  Report report;
  report.series = census.series();
  const auto names = census.labels().find(model::kMetricName);
  if (names != census.labels().end()) {
    for (const auto& [metric, series] : names->second.series_by_value) {
      const auto used = usage.metrics.extract(metric);
      ++report.metrics;
      if (used.empty()) {
        ++report.unused_metrics;
        report.unused_series += series;
      }
      if (used.empty() || !only_unused) report.rows.push_back({metric, series, used.empty() ? QueryUsage::Count{} : used.mapped()});
    }
  }
  if (!only_unused) {
    for (const auto& [metric, count] : usage.metrics) report.rows.push_back({metric, 0, count});
  }
  return report;
}

void append_count(codec::JsonWriter& json, const QueryUsage::Count& count) {
  json.field("queries", count.queries);
  if (count.queries > 0) json.field("lastQueried", static_cast<double>(count.last.ms) / 1000);
}

std::string report_json(Report report, const QueryUsage::Tenant& usage, Timestamp since, std::size_t limit) {
  const std::size_t shown = std::min(limit, report.rows.size());
  std::partial_sort(report.rows.begin(), report.rows.begin() + static_cast<std::ptrdiff_t>(shown), report.rows.end(),
                    [](const Row& a, const Row& b) { return a.series != b.series ? a.series > b.series : a.metric < b.metric; });
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().field("since", static_cast<double>(since.ms) / 1000);
  json.field("metricCount", report.metrics).field("seriesCount", report.series);
  json.field("unusedMetricCount", report.unused_metrics).field("unusedSeriesCount", report.unused_series);
  json.key("openNames").begin_object();
  append_count(json, usage.open_names);
  json.end_object().field("namesLeftOut", usage.left_out).key("metrics").begin_array();
  for (std::size_t i = 0; i < shown; ++i) {
    json.begin_object().field("name", report.rows[i].metric).field("series", report.rows[i].series);
    append_count(json, report.rows[i].count);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace

Result<http::Response> query_usage(const StatusParts& parts, const ReadCall& call) {
  if (parts.queries.usage == nullptr) return fail(Code::kNotFound, "queries are not counted in this process");
  if (call.tenants.size() != 1) return fail(Code::kInvalid, "X-Scope-OrgID names several tenants, query usage is of one");
  TRY(const std::optional<std::int64_t> limit, integer_parameter(call.params, "limit"));
  if (limit && (*limit < 1 || *limit > 10'000)) return fail(invalid_parameter("limit", "must be between 1 and 10000"));
  const std::string_view unused = call.params.get("unused");
  if (!unused.empty() && unused != "true" && unused != "false") return fail(invalid_parameter("unused", "must be true or false"));
  QueryScope scope(parts.queries, call.cancellation, parts.queries.timeout);
  model::SelectRequest series{call.tenants, {}, parts.status.head().min_time, Timestamp::max()};
  TRY(const LabelCensus census, LabelCensus::take(parts.queries.reader, scope.context(), std::move(series), {std::string(model::kMetricName)}));
  QueryUsage::Tenant usage = parts.queries.usage->of(call.tenants.front());
  Report report = join(census, usage, unused == "true");
  const std::string data = report_json(std::move(report), usage, parts.queries.usage->since(), static_cast<std::size_t>(limit.value_or(100)));
  return success(data, {scope.warnings().take(), {}});
}

}  // namespace isobar::api
