// A group wants its number of nodes between its minimum and its maximum.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/terraform/rules.h"
#include "plan/check/terraform/network.h"

namespace isobar::plan::rules::terraform {
void group_size(const Configuration& configuration, const Ledger&, Findings& findings) {
  for (const plan::terraform::NodeGroup& group : nodes_of(configuration).groups) {
    const auto add = [&](std::string stated, std::string holds) {
      report(findings, "group_size", Severity::kError, group.min_origin, fmt::format("{}: {}", group.name, stated),
             std::move(holds), "EKS refuses a scaling configuration that is out of order");
    };
    if (group.min && group.max && *group.min > *group.max)
      add(fmt::format("min_size {}, max_size {}", *group.min, *group.max), fmt::format("max_size is at least {}", *group.min));
    else if (group.min && group.desired && *group.desired < *group.min)
      add(fmt::format("desired_size {}, min_size {}", *group.desired, *group.min),
          fmt::format("desired_size is at least {}", *group.min));
    else if (group.max && group.desired && *group.desired > *group.max)
      add(fmt::format("desired_size {}, max_size {}", *group.desired, *group.max),
          fmt::format("desired_size is at most {}", *group.max));
  }
}

}  // namespace isobar::plan::rules::terraform
