#include "api/plan/plan_api.h"

#include "api/envelope.h"
#include "api/parameters.h"
#include "api/read_route.h"
#include "codec/json_writer.h"
#include "plan/compare/compare_report.h"
#include "plan/compare/explain.h"
#include "plan/survival/simulate_report.h"

namespace isobar::api {
namespace {

using codec::JsonWriter;
using Answer = Result<std::string>;

void write_profiles(JsonWriter& json, const plan::Ledger& ledger) {
  json.key("profiles").begin_array();
  for (const plan::Profile& one : ledger.profiles) {
    json.begin_object().field("id", one.id).field("title", one.title).field("about", one.about).end_object();
  }
  json.end_array();
}

// The first two profiles, unless a and b name others.
Answer comparison_json(const plan::Ledger& ledger, const http::Params& params) {
  const auto profile = [&](std::string_view name, std::size_t otherwise) {
    const std::string_view asked = params.get(name);
    return asked.empty() ? ledger.profiles[std::min(otherwise, ledger.profiles.size() - 1)].id : std::string(asked);
  };
  const std::string a = profile("a", 0);
  const std::string b = profile("b", 1);
  TRY(const plan::Comparison comparison, plan::compare(ledger, a, b));
  plan::CompareOptions options;
  if (!params.get("baseline").empty()) options.baseline = params.get("baseline");
  TRY(const plan::Report report, plan::compare_report(ledger, comparison, options));
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("ledger", ledger.name).field("as_of", ledger.as_of).field("a", a).field("b", b).field("baseline", options.baseline);
  write_profiles(json, ledger);
  json.key("comparison").raw(plan::render(report, plan::Format::kJson));
  json.end_object();
  return out;
}

Answer derivation_json(const plan::Ledger& ledger, const http::Params& params) {
  const std::string id(params.get("id"));
  if (id.empty()) return fail(invalid_parameter("id", "name a decision, a cost line or a control, for example id=C5"));
  std::vector<std::string> profiles;
  for (const std::string_view name : {params.get("a"), params.get("b")}) {
    if (!name.empty()) profiles.emplace_back(name);
  }
  TRY(const std::string text, plan::explain(ledger, id, profiles));
  std::string out;
  JsonWriter(out).begin_object().field("id", id).field("text", text).end_object();
  return out;
}

void write_outage(JsonWriter& json, std::string_view name, const plan::simulation::Outage& outage) {
  json.key(name).begin_array();
  for (const plan::simulation::Interval& one : outage.intervals) {
    json.begin_object().field("begin_ms", one.begin.ms).field("end_ms", one.end.ms).end_object();
  }
  json.end_array();
}

Answer cascade_json(const plan::Ledger& ledger, const http::Params& params) {
  TRY(const plan::simulation::Run run, plan::worst_run(ledger, std::string(params.get("profile")), std::string(params.get("failure"))));
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("profile", run.world).field("scenario", run.scenario).field("horizon_ms", run.horizon.ms);
  write_outage(json, "write", run.outcome.write);
  write_outage(json, "read", run.outcome.read);
  json.key("events").begin_array();
  for (const plan::simulation::TraceEntry& one : run.trace) {
    json.begin_object().field("at_ms", one.at.ms).field("object", one.object).field("what", one.what).field("reason", one.reason).end_object();
  }
  json.end_array();
  json.key("needs_human").begin_array();
  for (const std::string& action : run.needs_human) json.string(action);
  json.end_array();
  json.end_object();
  return out;
}

void add(http::Router& router, const char* path, const LedgerSource& source, Answer (*answer)(const plan::Ledger&, const http::Params&)) {
  const http::RouteOptions options{.pool = std::string(kApiPool)};
  router.add({http::Method::kGet}, path, options, [source, answer](const http::Request& request, Cancellation&) {
    const Result<const plan::Ledger*> ledger = source();
    if (!ledger) return failure(ledger.error());
    const Answer data = answer(**ledger, request.query);
    return data ? success(*data) : failure(data.error());
  });
}

}  // namespace

void add_plan_routes(http::Router& router, LedgerSource ledger) {
  add(router, "/ui/v1/plan", ledger, comparison_json);
  add(router, "/ui/v1/plan/explain", ledger, derivation_json);
  add(router, "/ui/v1/plan/cascade", ledger, cascade_json);
}

}  // namespace isobar::api
