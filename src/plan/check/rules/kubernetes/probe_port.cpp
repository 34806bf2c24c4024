// A probe that asks a port by a name which its container does not declare fails for ever.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/kubernetes/quantity.h"
#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
void probe_port(const Cluster& cluster, const Ledger&, Findings& findings) {
  using namespace plan::kubernetes;
  for (const Workload& workload : cluster.workloads) {
    for (const Container& container : workload.pods.containers) {
      for (const Probe& probe : container.probes) {
        const auto is_it = [&](const Port& port) { return port.name == probe.port; };
        if (probe.port.empty() || whole_number(probe.port) || std::any_of(container.ports.begin(), container.ports.end(), is_it))
          continue;
        report(findings, "probe_port", Severity::kError, probe.origin,
               fmt::format("{}, {}: {} asks port {}", workload.title(), container.name, probe.kind, probe.port),
               "a name among the container's ports, or a number",
               probe.kind == "readinessProbe" ? "the name is resolved in the container itself: the pod never gets ready"
                                              : "the name is resolved in the container itself: it is restarted again and again");
      }
    }
  }
}

}  // namespace isobar::plan::rules::kubernetes
