// What runs all the time and requests no memory is placed as if it used none, and is evicted first.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
namespace {

using namespace plan::kubernetes;

bool set_elsewhere(const Cluster& cluster, const Workload& workload) {
  return workload.pods.pod_level_memory || cluster.default_memory.contains(workload.space) ||
         cluster.vertically_scaled.contains(workload.name);
}

}  // namespace

void memory_request(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const Workload& workload : cluster.workloads) {
    if ((!is_replicated(workload) && workload.kind != "DaemonSet") || set_elsewhere(cluster, workload)) continue;
    std::string names;
    Origin first;
    for (const Container& one : workload.pods.containers) {
      if (one.memory) continue;
      if (names.empty()) first = one.origin;
      names += (names.empty() ? "" : ", ") + one.name;
    }
    if (names.empty()) continue;
    report(findings, "memory_request", Severity::kWarning, first,
           fmt::format("{}: no memory request: {}", workload.title(), names), "resources.requests.memory on every container",
           "the scheduler counts requests only: without one the pod is placed on a full node, and is among the first that are "
           "evicted");
  }
}

}  // namespace isobar::plan::rules::kubernetes
