// Custom networking takes the first interface of each node from the pods: small machines then hold few.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/machine.h"
#include "plan/check/rules/terraform/rules.h"
#include "plan/check/terraform/network.h"

namespace isobar::plan::rules::terraform {
void max_pods(const Configuration& configuration, const Ledger& ledger, Findings& findings) {
  using namespace plan::terraform;
  constexpr std::int64_t kFew = 17;  // what t3a.medium takes without it; about 7 of them are the system's
  const std::optional<Origin> custom = custom_networking(configuration);
  if (!custom) return;
  for (const NodeGroup& group : nodes_of(configuration).groups) {
    for (const std::string& type : group.types) {
      const std::optional<Machine> machine = machine_of(ledger, type);
      if (!machine || machine->max_pods_custom >= kFew) continue;
      report(findings, "max_pods", Severity::kWarning, group.origin,
             fmt::format("{}: {} with custom networking", group.name, type),
             fmt::format("{} pods on a node instead of {}: the two exclude each other; larger machines, or prefix delegation",
                         machine->max_pods_custom, machine->max_pods),
             fmt::format("{}: the first interface carries no pods: {} - {} addresses", custom->to_string(), machine->max_pods,
                         machine->max_pods - machine->max_pods_custom));
    }
  }
}

}  // namespace isobar::plan::rules::terraform
