// A pod that requests more than its only machine type has for pods never starts.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/machine.h"
#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
namespace {

using namespace plan::kubernetes;

std::vector<std::string> types_of(const PodTemplate& pods) {
  const auto selected = pods.node_selector.find("node.kubernetes.io/instance-type");
  if (selected != pods.node_selector.end()) return {selected->second};
  return pods.instance_types;
}

}  // namespace

void node_too_small(const Cluster& cluster, const Ledger& ledger, Findings& findings) {
  for (const Workload& workload : cluster.workloads) {
    std::optional<Machine> largest;
    bool known = true;
    for (const std::string& type : types_of(workload.pods)) {
      const std::optional<Machine> machine = machine_of(ledger, type);
      known = known && machine.has_value();
      if (machine && (!largest || machine->memory_mib > largest->memory_mib)) largest = machine;
    }
    if (!known || !largest) continue;
    const bool memory = workload.pods.memory > largest->memory_mib << 20;
    const bool cpu = workload.pods.cpu_m > largest->cpu_m;
    if (!memory && !cpu) continue;
    report(findings, "node_too_small", Severity::kError, workload.origin,
           memory ? fmt::format("{} requests {} on {}", workload.title(), mebibytes(workload.pods.memory), largest->type)
                  : fmt::format("{} requests {}m of CPU on {}", workload.title(), grouped(workload.pods.cpu_m), largest->type),
           memory ? fmt::format("at most {} MiB", grouped(largest->memory_mib))
                  : fmt::format("at most {}m", grouped(largest->cpu_m)),
           memory ? largest->memory_derivation : fmt::format("the kubelet of {} keeps the rest", largest->type));
  }
}

}  // namespace isobar::plan::rules::kubernetes
