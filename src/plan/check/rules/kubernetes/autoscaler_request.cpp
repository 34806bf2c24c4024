// Utilization is use divided by request: without a request there is nothing to divide by, and nothing is scaled.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
namespace {

using namespace plan::kubernetes;

// The first container that does not request it; null when all do.
const Container* without(const PodTemplate& pods, const std::string& resource) {
  for (const Container& one : pods.containers) {
    if (!(resource == "memory" ? one.memory : one.cpu_m)) return &one;
  }
  return nullptr;
}

}  // namespace

void autoscaler_request(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const Workload& workload : cluster.workloads) {
    const Autoscaler* scaler = cluster.autoscaler_of(workload);
    if (scaler == nullptr || cluster.default_memory.contains(workload.space) ||
        cluster.vertically_scaled.contains(workload.name) || workload.pods.pod_level_memory)
      continue;
    for (const auto& [resource, origin] : scaler->utilization) {
      const Container* missing = resource == "cpu" || resource == "memory" ? without(workload.pods, resource) : nullptr;
      if (missing == nullptr) continue;
      report(findings, "autoscaler_request", Severity::kError, origin,
             fmt::format("{} scales {} by utilization of {}", scaler->name, workload.title(), resource),
             fmt::format("container {} requests {}", missing->name, resource),
             fmt::format("{}: utilization is use divided by request; without one the autoscaler reports FailedGetResourceMetric "
                         "and keeps the number",
                         missing->origin.to_string()));
    }
  }
}

}  // namespace isobar::plan::rules::kubernetes
