// gp2 costs more than gp3 and does less.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
void disk_type(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const plan::kubernetes::StorageClass& one : cluster.classes) {
    if (one.type != "gp2" || one.provisioner.find("ebs") == std::string::npos) continue;
    report(findings, "disk_type", Severity::kWarning, one.type_origin, fmt::format("StorageClass {}: type gp2", one.name),
           "type: gp3", "gp2 $0.10 and gp3 $0.08 for a GB-month; gp3 has 3,000 IOPS without regard to size");
  }
}

}  // namespace isobar::plan::rules::kubernetes
