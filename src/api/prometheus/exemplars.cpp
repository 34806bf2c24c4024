#include "api/prometheus/exemplars.h"

#include <map>

#include "api/envelope.h"
#include "api/parameters.h"
#include "api/prometheus/label_json.h"
#include "api/prometheus/query.h"
#include "api/prometheus/result_json.h"
#include "api/prometheus/selectors.h"
#include "api/query_usage.h"
#include "api/time_text.h"
#include "promql/parser.h"

namespace isobar::api {
namespace {

void collect_selectors(const promql::Expr& expr, std::vector<MatcherSet>& out) {
  if (expr.kind == promql::ExprKind::kVectorSelector) out.push_back(promql::as<promql::VectorSelector>(expr).matchers);
  for (const promql::Expr* child : promql::children(expr)) collect_selectors(*child, out);
}

void append_exemplar(std::string& out, const model::Exemplar& exemplar) {
  out += "{\"labels\":";
  append_labels(out, exemplar.labels);
  out += ",\"value\":";
  append_quoted_float(out, exemplar.value);
  out += ",\"timestamp\":";
  append_seconds(out, exemplar.timestamp.ms);
  out.push_back('}');
}

using BySeries = std::map<model::Labels, std::vector<model::Exemplar>>;

std::string exemplars_json(const BySeries& series) {
  std::string data = "[";
  for (const auto& [labels, exemplars] : series) {
    data += data.size() > 1 ? ",{\"seriesLabels\":" : "{\"seriesLabels\":";
    append_labels(data, labels);
    data += ",\"exemplars\":[";
    for (std::size_t i = 0; i < exemplars.size(); ++i) {
      if (i != 0) data.push_back(',');
      append_exemplar(data, exemplars[i]);
    }
    data += "]}";
  }
  return data + "]";
}

}  // namespace

Result<http::Response> query_exemplars(const QueryParts& parts, const ReadCall& call) {
  TRY(const std::string query, query_parameter(call.params));
  TRY(const std::optional<Timestamp> start, time_parameter(call.params, "start"));
  TRY(const std::optional<Timestamp> end, time_parameter(call.params, "end"));
  const TimeRange range{start.value_or(Timestamp::min()), end.value_or(Timestamp::max())};
  // These two errors name no parameter in Prometheus either.
  if (range.end < range.start) return fail(Code::kInvalid, "end timestamp must not be before start timestamp");
  TRY(const promql::ExprPtr expr, promql::parse(query, parts.engine.options().features));
  std::vector<MatcherSet> selectors;
  collect_selectors(*expr, selectors);
  if (selectors.empty()) return http::Response{.status = 204};  // as in Prometheus: nothing that could have any
  QueryScope scope(parts.resources, call.cancellation, parts.resources.timeout);
  BySeries found;
  UsageReader reader(parts.resources.reader, parts.resources.usage, call.tenants);
  for (MatcherSet& matchers : selectors) {
    const model::SelectRequest request{call.tenants, std::move(matchers), range.start, range.end};
    TRY(const auto series, reader.exemplars(request, scope.context()));
    for (const model::SeriesExemplars& s : series) found.insert_or_assign(s.series, s.exemplars);
  }
  return success(exemplars_json(found), {scope.warnings().take(), {}});
}

}  // namespace isobar::api
