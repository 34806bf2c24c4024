#include "api/prometheus/query.h"

#include <fmt/format.h>

#include "api/envelope.h"
#include "api/parameters.h"
#include "api/prometheus/query_answer.h"
#include "api/prometheus/syntax_json.h"
#include "api/query_usage.h"
#include "codec/json_writer.h"
#include "promql/parser.h"
#include "promql/printer.h"

namespace isobar::api {
namespace {

struct CommonParameters {
  std::string query;
  Duration timeout;
  promql::QueryOptions options;
  std::size_t limit = 0;
  Statistics stats = Statistics::kNone;
};

// Prometheus takes any text for a wish.
Statistics statistics_parameter(const http::Params& params) {
  const std::string_view text = params.get("stats");
  if (text.empty()) return Statistics::kNone;
  return text == "all" ? Statistics::kEachStep : Statistics::kTotals;
}

Result<CommonParameters> common_parameters(const QueryParts& parts, const http::Params& params) {
  CommonParameters common;
  TRY(common.query, query_parameter(params));
  TRY(const std::optional<Duration> timeout, duration_parameter(params, "timeout"));
  if (timeout && timeout->ms <= 0) return fail(invalid_parameter("timeout", "must be above zero, for example 30s"));
  common.timeout = std::min(timeout.value_or(parts.resources.timeout), parts.resources.timeout);
  TRY(const std::optional<Duration> lookback, duration_parameter(params, "lookback_delta"));
  if (lookback && lookback->ms <= 0) {
    return fail(invalid_parameter("lookback_delta", "must be above zero, for example 5m"));
  }
  common.options.lookback = lookback.value_or(Duration{0});
  TRY(common.limit, limit_parameter(params));
  common.stats = statistics_parameter(params);
  common.options.count_samples = common.stats != Statistics::kNone;
  TRY(common.options.explain, flag_parameter(params, "explain"));
  if (common.options.count_samples || common.options.explain) {
    common.options.clock = [&clock = parts.resources.clock] { return clock.monotonic(); };
  }
  return common;
}

struct Grid {
  Timestamp start;
  Timestamp end;
  Duration step;
};

Result<Grid> grid_parameters(const http::Params& params) {
  const auto missing = [](std::string_view name, std::string_view example) {
    return fail(invalid_parameter(name, fmt::format("is missing, write {}", example)));
  };
  TRY(const std::optional<Timestamp> start, time_parameter(params, "start"));
  if (!start) return missing("start", "Unix seconds or RFC 3339");
  TRY(const std::optional<Timestamp> end, time_parameter(params, "end"));
  if (!end) return missing("end", "Unix seconds or RFC 3339");
  TRY(const std::optional<Duration> step, duration_parameter(params, "step"));
  if (!step) return missing("step", "seconds or a duration like 15s");
  if (*end < *start) return fail(invalid_parameter("end", "end timestamp must not be before start time"));
  if (step->ms <= 0) {
    return fail(invalid_parameter(
        "step", "zero or negative query resolution step widths are not accepted. Try a positive integer"));
  }
  if ((*end - *start).ms / step->ms > kMaxPoints) {
    return fail(Code::kInvalid,
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution "
                "(?step=XX)");
  }
  return Grid{*start, *end, *step};
}

// What tells one question from another. Texts come last or have their length before them. A query that comes after a write must
// see it, so it does not wait for one that began before.
std::string key_of(const QueryResources& resources, const ReadCall& call, const CommonParameters& common, const Grid& grid) {
  std::string key = fmt::format("{} {} {} {} {} {} {} ", resources.written ? resources.written() : 0, grid.start.ms, grid.end.ms,
                                grid.step.ms, common.options.lookback.ms, common.options.count_samples, common.options.explain);
  for (const std::string& tenant : call.tenants) key += fmt::format("{}:{} ", tenant.size(), tenant);
  return key + common.query;
}

// Runs `evaluate(reader, scope)`, unless the same query is under way, and turns what it gives into an answer.
template <class Evaluate>
Result<http::Response> run(const QueryParts& parts, const ReadCall& call, const CommonParameters& common, const Grid& grid,
                           const Evaluate& evaluate) {
  auto scope = std::make_unique<QueryScope>(parts.resources, call.cancellation, common.timeout);
  const Monotonic began = parts.resources.clock.monotonic();
  const auto find = [&]() -> Result<FoundPtr> {
    UsageReader reader(parts.resources.reader, parts.resources.usage, call.tenants);
    TRY(promql::QueryResult result, evaluate(reader, *scope));
    return hold_result(std::move(result), *scope);
  };
  Result<FoundPtr> found = parts.flights->answer(key_of(parts.resources, call, common, grid), call.cancellation, find);
  if (!found) return fail(query_error(std::move(found).error()));
  scope->end_deadline();
  AnswerOptions options{.time = grid.end, .limit = common.limit, .stats = common.stats, .start = grid.start, .step = grid.step};
  options.seconds = seconds_between(began, parts.resources.clock.monotonic());
  return query_answer(*std::move(found), options, std::move(scope));
}

}  // namespace

Result<std::string> query_parameter(const http::Params& params) {
  const std::string_view query = params.get("query");
  if (query.empty()) return fail(invalid_parameter("query", "is missing, write a PromQL expression like up"));
  if (query.size() > kMaxQueryBytes) {
    return fail(invalid_parameter("query", fmt::format("is longer than {} bytes: {} bytes", kMaxQueryBytes, query.size())));
  }
  return std::string(query);
}

Error query_error(Error error) {
  return error.code == Code::kInvalid ? invalid_parameter("query", error.message) : std::move(error);
}

Result<http::Response> instant_query(const QueryParts& parts, const ReadCall& call) {
  TRY(const CommonParameters common, common_parameters(parts, call.params));
  TRY(const std::optional<Timestamp> at, time_parameter(call.params, "time"));
  const Timestamp time = at.value_or(parts.resources.clock.now());
  return run(parts, call, common, Grid{time, time, Duration{0}}, [&](model::SeriesReader& reader, QueryScope& scope) {
    return parts.engine.instant(reader, scope.context(), call.tenants, common.query, time,
                                common.options);
  });
}

Result<http::Response> range_query(const QueryParts& parts, const ReadCall& call) {
  TRY(const Grid grid, grid_parameters(call.params));
  TRY(const CommonParameters common, common_parameters(parts, call.params));
  return run(parts, call, common, grid, [&](model::SeriesReader& reader, QueryScope& scope) {
    return parts.engine.range(reader, scope.context(), call.tenants, common.query, grid.start, grid.end,
                              grid.step, common.options);
  });
}

Result<http::Response> format_query(const QueryParts& parts, const ReadCall& call) {
  TRY(const std::string query, query_parameter(call.params));
  Result<promql::ExprPtr> expr = promql::parse(query, parts.engine.options().features);
  if (!expr) return fail(query_error(std::move(expr).error()));
  std::string data;
  codec::append_json_string(data, promql::format(**expr));
  return success(data);
}

Result<http::Response> parse_query(const QueryParts& parts, const ReadCall& call) {
  TRY(const std::string query, query_parameter(call.params));
  Result<promql::ExprPtr> expr = promql::parse(query, parts.engine.options().features);
  if (!expr) return fail(query_error(std::move(expr).error()));
  return success(syntax_json(**expr, query));
}

}  // namespace isobar::api
