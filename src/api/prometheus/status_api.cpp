#include "api/prometheus/status_api.h"

#include <fmt/format.h>

#include "api/envelope.h"
#include "api/parameters.h"
#include "api/prometheus/cardinality.h"
#include "api/prometheus/cardinality_analysis.h"
#include "api/prometheus/query_usage_report.h"
#include "api/prometheus/targets.h"
#include "api/read_route.h"
#include "api/time_text.h"
#include "codec/json_writer.h"

namespace isobar::api {
namespace {

// The API promises integers of 64 bits with a sign.
std::int64_t as_signed(std::uint64_t n) { return static_cast<std::int64_t>(n & INT64_MAX); }

// No field "features": Grafana takes a server that has it for Mimir with a rule editor.
std::string build_json(const BuildInfo& build) {
  std::string out;
  codec::JsonWriter(out)
      .begin_object()
      .field("version", build.version)
      .field("revision", build.revision)
      .field("branch", build.branch)
      .field("buildUser", build.build_user)
      .field("buildDate", build.build_date)
      .field("goVersion", build.compiler)
      .end_object();
  return out;
}

// The fields that only a Go program has are required by the API: they carry what is nearest, or nothing.
std::string runtime_json(const RuntimeInfo& runtime, Timestamp now) {
  std::string out;
  codec::JsonWriter(out)
      .begin_object()
      .field("startTime", format_rfc3339(runtime.start_time))
      .field("CWD", runtime.working_directory)
      .field("hostname", runtime.hostname)
      .field("serverTime", format_rfc3339(now))
      .field("reloadConfigSuccess", runtime.reload_succeeded)
      .field("lastConfigTime", format_rfc3339(runtime.last_config_time))
      .field("corruptionCount", as_signed(runtime.corruptions))
      .field("goroutineCount", as_signed(runtime.threads))
      .field("GOMAXPROCS", as_signed(runtime.cpus))
      .field("GOMEMLIMIT", as_signed(runtime.memory_limit_bytes))
      .field("GOGC", "")
      .field("GODEBUG", "")
      .field("storageRetention", runtime.retention)
      .end_object();
  return out;
}

std::string flags_json(const std::vector<std::pair<std::string, std::string>>& flags) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object();
  for (const auto& [name, value] : flags) json.field(name, std::string_view(value));
  json.end_object();
  return out;
}

std::string config_json(std::string_view text) {
  std::string out;
  codec::JsonWriter(out).begin_object().field("yaml", text).end_object();
  return out;
}

Result<http::Response> cardinality_response(const StatusParts& parts, const ReadCall& call) {
  TRY(const std::optional<std::int64_t> limit, integer_parameter(call.params, "limit"));
  constexpr std::int64_t kMaxLimit = 10'000;
  if (limit && (*limit < 1 || *limit > kMaxLimit)) {
    return fail(invalid_parameter("limit", "must be between 1 and 10000"));
  }
  QueryScope scope(parts.queries, call.cancellation, parts.queries.timeout);
  const CardinalityRequest request{call.tenants, parts.status.head(), static_cast<std::size_t>(limit.value_or(10))};
  TRY(const std::string data, cardinality_json(parts.queries.reader, scope.context(), request));
  return success(data, {scope.warnings().take(), {}});
}

// Rules are not evaluated here yet: what a Prometheus without any answers.
Result<http::Response> no_rules(const ReadCall& call) {
  const std::string_view type = call.params.get("type");
  if (!type.empty() && type != "alert" && type != "record") {
    return fail(invalid_parameter("type", fmt::format("not supported value \"{}\", write alert or record", type)));
  }
  return success(R"({"groups":[]})");
}

}  // namespace

void add_status_routes(http::Router& router, StatusParts parts) {
  const auto add = [&](std::string_view path, ReadEndpoint endpoint) {
    add_read_route(router, Accept::kGet, path, kApiPool, std::move(endpoint));
  };
  add("/api/v1/status/buildinfo", [parts](const ReadCall&) { return success(build_json(parts.status.build())); });
  add("/api/v1/status/runtimeinfo",
      [parts](const ReadCall&) { return success(runtime_json(parts.status.runtime(), parts.queries.clock.now())); });
  add("/api/v1/status/flags", [parts](const ReadCall&) { return success(flags_json(parts.status.flags())); });
  add("/api/v1/status/config", [parts](const ReadCall&) { return success(config_json(parts.status.config_text())); });
  add("/api/v1/rules", no_rules);
  add("/api/v1/alerts", [](const ReadCall&) { return success(R"({"alerts":[]})"); });
  add("/api/v1/alertmanagers", [](const ReadCall&) { return success(R"({"activeAlertmanagers":[],"droppedAlertmanagers":[]})"); });
  add("/api/v1/targets", [parts](const ReadCall& call) { return targets_response(parts.status, call); });
  add_read_route(router, Accept::kGet, "/api/v1/status/tsdb", kQueryPool,
                 [parts](const ReadCall& call) { return cardinality_response(parts, call); });
  add_read_route(router, Accept::kGet, "/api/v1/status/query_usage", kQueryPool,
                 [parts](const ReadCall& call) { return query_usage(parts, call); });
  const auto analyse = [&](std::string_view path, Result<http::Response> (*answer)(const AnalysisParts&, const ReadCall&)) {
    const AnalysisParts analysis{parts.status, parts.queries};
    add_read_route(router, Accept::kGetAndPost, path, kQueryPool, [analysis, answer](const ReadCall& call) { return answer(analysis, call); });
  };
  analyse("/api/v1/cardinality/label_names", label_names_cardinality);
  analyse("/api/v1/cardinality/label_values", label_values_cardinality);
  analyse("/api/v1/cardinality/active_series", active_series);
}

}  // namespace isobar::api
