// A volume stays in its zone. A group over several zones with fewer nodes than zones leaves one empty.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/together/rules.h"

namespace isobar::plan::rules::together {
namespace {

using plan::terraform::NodeGroup;

bool one_zone_only(const kubernetes::Cluster& cluster, const std::string& storage_class, const std::vector<std::string>& modes) {
  const bool once = !modes.empty() && std::all_of(modes.begin(), modes.end(),
                                                  [](const std::string& mode) { return mode.starts_with("ReadWriteOnce"); });
  const kubernetes::StorageClass* storage = cluster.storage_class(storage_class);
  if (storage != nullptr) return once && storage->provisioner.find("ebs") != std::string::npos;
  // A class that is not given: the default of EKS is EBS, and so are gp2 and gp3 by all custom.
  return once && (storage_class.empty() || storage_class.starts_with("gp2") || storage_class.starts_with("gp3") ||
                  storage_class.starts_with("ebs"));
}

// What has a volume that is bound to a zone, the first with its place.
std::vector<std::string> bound(const Together& given) {
  std::vector<std::string> out;
  for (const kubernetes::Volume& one : given.cluster.volumes) {
    if (one.zones.size() == 1) out.push_back(fmt::format("volume {} in {} ({})", one.name, one.zones[0], one.origin.to_string()));
  }
  for (const kubernetes::Workload& one : given.cluster.workloads) {
    const bool any = std::any_of(one.claim_templates.begin(), one.claim_templates.end(), [&](const auto& claim) {
      return one_zone_only(given.cluster, claim.storage_class, claim.modes);
    });
    if (any) out.push_back(fmt::format("{} ({})", one.title(), one.origin.to_string()));
  }
  for (const kubernetes::Claim& one : given.cluster.claims) {
    if (one_zone_only(given.cluster, one.storage_class, one.modes))
      out.push_back(fmt::format("claim {} ({})", one.name, one.origin.to_string()));
  }
  for (const helm::Values& one : given.values) {
    const bool persists =
        one.chart == "mimir-distributed" || (one.chart == "loki" && !one.says("singleBinary.persistence.enabled", "false") &&
                                             !one.says("write.persistence.volumeClaimsEnabled", "false"));
    if (persists) out.push_back(fmt::format("{} ({})", one.chart, one.file));
  }
  return out;
}

bool may_leave_one_empty(const NodeGroup& group) {
  return group.zones && group.min && group.zones->count >= 2 && *group.min < static_cast<std::int64_t>(group.zones->count);
}

}  // namespace

void zone_bound_volume(const Together& given, const Ledger&, Findings& findings) {
  const std::vector<NodeGroup>& groups = given.nodes.groups;
  // A group that is full, or of one zone, or not known may be the one that the volumes are for.
  if (!given.nodes.complete || given.cluster.karpenter || !std::all_of(groups.begin(), groups.end(), may_leave_one_empty)) return;
  const std::vector<std::string> volumes = bound(given);
  if (volumes.empty()) return;
  for (const NodeGroup& group : groups) {
    report(findings, "zone_bound_volume", Severity::kError, group.min_origin,
           fmt::format("{}: min_size {} over {} zones", group.name, *group.min, group.zones->count),
           fmt::format("min_size {}, a group for each zone, or one zone for what has volumes", group.zones->count),
           fmt::format("{}{} bound to a zone; the group picks zones, no autoscaler can: without a node there the pod stays "
                       "Pending; {}",
                       volumes[0],
                       volumes.size() > 1 ? fmt::format(" and {} more have volumes", volumes.size() - 1) : " has a volume",
                       group.zones->derivation));
  }
}

}  // namespace isobar::plan::rules::together
