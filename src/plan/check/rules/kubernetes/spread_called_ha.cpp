// Replicas spread over hosts where possible are called highly available, and may all stand in one zone.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
namespace {

using namespace plan::kubernetes;

bool called_available(const Workload& workload) {
  const auto says = [](std::string_view text) {
    return has_any(text, {"ha", "high availability", "high-availability", "highly available", "highly-available", "multi az",
                          "multi-az"});
  };
  const auto any = [&](const Labels& labels) {
    return std::any_of(labels.begin(), labels.end(), [&](const auto& one) { return says(one.first) || says(one.second); });
  };
  return says(workload.name) || any(workload.labels) || any(workload.annotations);
}

}  // namespace

void spread_called_ha(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const Workload& workload : cluster.workloads) {
    const auto replicas = cluster.replicas_of(workload);
    const std::vector<Spread>& spread = workload.pods.spread;
    if (!replicas || replicas->second < 2 || spread.empty() || workload.pods.own_host || !called_available(workload)) continue;
    const bool soft = std::all_of(spread.begin(), spread.end(), [](const Spread& one) {
      return one.topology == "kubernetes.io/hostname" && one.when_unsatisfiable == "ScheduleAnyway";
    });
    if (!soft) continue;
    report(findings, "spread_called_ha", Severity::kNote, spread[0].origin,
           fmt::format("{} is called highly available; spread over hostname, ScheduleAnyway", workload.title()),
           "topologyKey topology.kubernetes.io/zone with DoNotSchedule, to survive a zone",
           "a wish about hosts promises nothing about zones: all replicas may stand in one");
  }
}

}  // namespace isobar::plan::rules::kubernetes
