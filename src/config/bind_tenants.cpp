#include "config/bind.h"
#include "model/tenant.h"

namespace isobar::config {
namespace {

// `out` holds what is not given here.
void bind_rules(const YamlNode& node, const std::string& what, ingest::TenantRules& out, YamlProblems& problems) {
  YamlMap map(node, what, problems);
  map.field("accept_ha_samples", out.accept_ha_samples);
  for (const auto& [key, label] : {std::pair{"ha_cluster_label", &out.ha_cluster_label}, {"ha_replica_label", &out.ha_replica_label}}) {
    if (map.field(key, *label) && label->empty()) problems.add(*node.find(key), fmt::format("{} must name a label", key));
  }
  map.field("ha_max_targets", out.ha_max_targets);
  map.field("metric_relabel_configs", out.metric_relabel_configs);
  map.finish();
  const bool given = node.find("ha_cluster_label") != nullptr || node.find("ha_replica_label") != nullptr;
  if (given && out.ha_cluster_label == out.ha_replica_label) {
    problems.add(node, "ha_cluster_label and ha_replica_label must be two labels, both are " + out.ha_cluster_label);
  }
}

}  // namespace

void bind_tenant_rules(const YamlNode* limits, const YamlNode* overrides, ingest::TenantRulesTable& out, YamlProblems& problems) {
  if (limits != nullptr) bind_rules(*limits, "limits", out.defaults, problems);
  if (overrides == nullptr || !expect_map(*overrides, problems)) return;
  for (const auto& [tenant, node] : overrides->pairs) {
    if (const auto valid = model::parse_tenant(tenant); !valid) problems.add(node, valid.error().message);
    ingest::TenantRules rules = out.defaults;
    bind_rules(node, "the overrides of a tenant", rules, problems);
    out.overrides.insert_or_assign(tenant, std::move(rules));
  }
}

}  // namespace isobar::config
