#include "api/prometheus/targets.h"

#include <fmt/format.h>

#include "api/envelope.h"
#include "api/parameters.h"
#include "api/prometheus/label_json.h"
#include "api/time_text.h"
#include "base/duration_text.h"

namespace isobar::api {
namespace {

// Go's zero time, which clients take for "never".
constexpr std::string_view kNever = "0001-01-01T00:00:00Z";

std::string labels_json(const model::Labels& labels) {
  std::string out;
  append_labels(out, labels);
  return out;
}

void append_active(codec::JsonWriter& json, const TargetStatus& target) {
  json.begin_object().key("discoveredLabels").raw(labels_json(target.discovered_labels));
  json.key("labels").raw(labels_json(target.labels));
  json.field("scrapePool", target.scrape_pool)
      .field("scrapeUrl", target.scrape_url)
      .field("globalUrl", target.global_url)
      .field("lastError", target.last_error)
      .field("lastScrape", target.last_scrape ? format_rfc3339(*target.last_scrape) : std::string(kNever))
      .field("lastScrapeDuration", target.last_scrape_seconds)
      .field("health", target.health)
      .field("scrapeInterval", format_duration(target.scrape_interval))
      .field("scrapeTimeout", format_duration(target.scrape_timeout))
      .end_object();
}

void append_dropped(codec::JsonWriter& json, const DroppedTargetStatus& target) {
  json.begin_object().key("discoveredLabels").raw(labels_json(target.discovered_labels));
  json.field("scrapePool", target.scrape_pool).end_object();
}

}  // namespace

Result<http::Response> targets_response(const StatusSource& status, const ReadCall& call) {
  const std::string_view state = call.params.get("state");
  if (!state.empty() && state != "active" && state != "dropped" && state != "any") {
    return fail(invalid_parameter("state", fmt::format("must be active, dropped or any: \"{}\"", state)));
  }
  const std::string_view pool = call.params.get("scrapePool");
  const auto wanted = [pool](const auto& target) { return pool.empty() || target.scrape_pool == pool; };
  const Targets targets = status.targets();
  std::string data;
  codec::JsonWriter json(data);
  json.begin_object().key("activeTargets").begin_array();
  for (const TargetStatus& target : targets.active) {
    if (state != "dropped" && wanted(target)) append_active(json, target);
  }
  json.end_array().key("droppedTargets").begin_array();
  for (const DroppedTargetStatus& target : targets.dropped) {
    if (state != "active" && wanted(target)) append_dropped(json, target);
  }
  json.end_array().key("droppedTargetCounts").begin_object();
  if (state != "active") {
    for (const auto& [name, count] : targets.dropped_counts) json.field(name, count);
  }
  json.end_object().end_object();
  return success(data);
}

}  // namespace isobar::api
