// An autoscaler between a minimum and a maximum needs the first to be the smaller.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
void autoscaler_range(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const plan::kubernetes::Autoscaler& one : cluster.autoscalers) {
    if (!one.min || !one.max || *one.min <= *one.max) continue;
    report(findings, "autoscaler_range", Severity::kError, one.origin,
           fmt::format("{}: minReplicas {}, maxReplicas {}", one.name, *one.min, *one.max),
           fmt::format("maxReplicas is at least {}", *one.min),
           "the API server refuses an autoscaler whose minimum is above its maximum");
  }
}

}  // namespace isobar::plan::rules::kubernetes
