// What sleeps before it stops has to wake before it is killed.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
void stop_sleep(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const plan::kubernetes::Workload& workload : cluster.workloads) {
    for (const plan::kubernetes::Container& one : workload.pods.containers) {
      if (!one.stop_sleep || *one.stop_sleep < workload.pods.grace_seconds) continue;
      report(findings, "stop_sleep", Severity::kError, one.origin,
             fmt::format("{}, {}: preStop sleeps {} s", workload.title(), one.name, *one.stop_sleep),
             fmt::format("terminationGracePeriodSeconds above {}", *one.stop_sleep),
             fmt::format("the grace period of {} s runs from the start of preStop: the process is killed without time to stop",
                         workload.pods.grace_seconds));
    }
  }
}

}  // namespace isobar::plan::rules::kubernetes
