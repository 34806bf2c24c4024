// Replicas of Grafana share one claim, and a ReadWriteOnce volume attaches to one node.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/helm/rules.h"
#include "plan/check/tree.h"

namespace isobar::plan::rules::values {
namespace {

bool attaches_once(const helm::Values& values) {
  const std::vector<YamlNode>& modes = items_at(*values.root, "persistence.accessModes");  // default: ReadWriteOnce
  const bool once =
      std::all_of(modes.begin(), modes.end(), [](const YamlNode& mode) { return mode.scalar.starts_with("ReadWriteOnce"); });
  // With modes unstated a claim that exists already may have any.
  return once && (!modes.empty() || values.text("persistence.existingClaim").empty());
}

}  // namespace

void shared_volume(const helm::Values& values, const Ledger&, Findings& findings) {
  if (values.chart != "grafana" || !values.says("persistence.enabled", "true") || values.says("enabled", "false")) return;
  const std::string type = values.text("persistence.type");
  if (values.says("useStatefulSet", "true") || (!type.empty() && type != "pvc")) return;
  const bool scaled = values.says("autoscaling.enabled", "true");
  const std::string path = scaled ? "autoscaling.minReplicas" : "replicas";
  const std::int64_t replicas = values.number(path).value_or(1);
  if (replicas < 2 || !attaches_once(values)) return;
  report(findings, "shared_volume", Severity::kError, values.place(path),
         fmt::format("{}: {} with persistence.enabled: true", path, replicas),
         "one replica, a shared database without persistence, or accessModes: [ReadWriteMany]",
         "the chart is one Deployment with one ReadWriteOnce claim; the second pod ends in a Multi-Attach error on another node "
         "(bitnami/charts#4257)");
}

}  // namespace isobar::plan::rules::values
