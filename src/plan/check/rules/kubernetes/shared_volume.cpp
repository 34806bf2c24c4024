// A ReadWriteOnce volume attaches to one node: replicas that share a claim do not start on another.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
namespace {

using namespace plan::kubernetes;

// ReadWriteOnce and nothing beside it; storage that any node mounts does not enforce the mode.
bool attaches_once(const Cluster& cluster, const Claim& claim) {
  if (claim.modes.empty() || !std::all_of(claim.modes.begin(), claim.modes.end(),
                                          [](const std::string& mode) { return mode.starts_with("ReadWriteOnce"); }))
    return false;
  const StorageClass* storage = cluster.storage_class(claim.storage_class);
  const std::string kind = claim.storage_class + " " + (storage == nullptr ? "" : storage->provisioner);
  return kind.find("nfs") == std::string::npos && kind.find("efs") == std::string::npos &&
         kind.find("hostpath") == std::string::npos && kind.find("local-path") == std::string::npos;
}

void check_claim(const Cluster& cluster, const Workload& workload, const Stated& use, std::int64_t replicas, Findings& findings) {
  const Claim* claim = cluster.claim(use.text, workload.space);
  if (claim == nullptr || !attaches_once(cluster, *claim)) return;
  if (workload.pods.same_host && claim->modes[0] != "ReadWriteOncePod") return;
  report(findings, "shared_volume", Severity::kError, use.origin,
         fmt::format("{}: {} replicas mount the claim {}", workload.title(), replicas, claim->name),
         "one replica; a StatefulSet with a claim for each; or storage that several nodes mount",
         fmt::format("{} is {} ({}): a second pod on another node ends in a Multi-Attach error", claim->name, claim->modes[0],
                     claim->origin.to_string()));
}

}  // namespace

void shared_volume(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const Workload& workload : cluster.workloads) {
    const auto replicas = cluster.replicas_of(workload);
    if (!replicas || replicas->second < 2) continue;
    for (const Stated& use : workload.pods.claims) check_claim(cluster, workload, use, replicas->second, findings);
  }
}

}  // namespace isobar::plan::rules::kubernetes
