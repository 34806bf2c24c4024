// Replicas that refuse to share a host need as many hosts.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/together/rules.h"

namespace isobar::plan::rules::together {
void host_spread(const Together& given, const Ledger&, Findings& findings) {
  std::int64_t hosts = 0;
  for (const plan::terraform::NodeGroup& group : given.nodes.groups) {
    if (!group.max || *group.max > 1'000'000) return;
    hosts += *group.max;
  }
  if (!given.nodes.complete) return;
  for (const kubernetes::Workload& one : given.cluster.workloads) {
    const auto replicas = given.cluster.replicas_of(one);
    if (!replicas || !one.pods.own_host || replicas->first <= hosts) continue;
    report(findings, "host_spread", Severity::kError, *one.pods.own_host,
           fmt::format("{}: {} replicas, each on a host of its own", one.title(), replicas->first),
           fmt::format("at most {}", hosts),
           fmt::format("the node groups grow to {} nodes ({}); anti-affinity that is required leaves the rest Pending", hosts,
                       given.nodes.groups[0].origin.to_string()));
  }
}

}  // namespace isobar::plan::rules::together
