#include "api/ui/ui_state.h"

#include "codec/json_writer.h"

namespace isobar::api {
namespace {

void append_degraded(codec::JsonWriter& json, const std::vector<DegradedPart>& parts) {
  json.key("degraded").begin_array();
  for (const DegradedPart& part : parts) {
    json.begin_object()
        .field("component", part.component)
        .field("reason", part.reason)
        .field("since", part.since.to_seconds())
        .field("action", part.action)
        .end_object();
  }
  json.end_array();
}

void append_budgets(codec::JsonWriter& json, const std::vector<BudgetStatus>& budgets) {
  json.key("budgets").begin_array();
  for (const BudgetStatus& budget : budgets) {
    json.begin_object()
        .field("name", budget.name)
        .field("used_bytes", budget.used_bytes)
        .field("limit_bytes", budget.limit_bytes)
        .end_object();
  }
  json.end_array();
}

}  // namespace

std::string state_json(const StatusSource& status, std::string_view tenant) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object()
      .field("version", status.build().version)
      .field("profile", status.profile())
      .field("tenant", tenant)
      .field("ready", status.ready());
  append_degraded(json, status.degraded());
  append_budgets(json, status.budgets());
  const HostIdentity host = status.host();
  json.key("host").begin_object().field("instance", host.instance).field("job", host.job).end_object();
  json.end_object();
  return out;
}

}  // namespace isobar::api
