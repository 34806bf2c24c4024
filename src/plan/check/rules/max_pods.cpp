// Custom networking takes the first interface of each node from the pods: small machines then hold few.
#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {

void max_pods(const Document& document, const Ledger& ledger, Findings& findings) {
  const DocumentRow* subnets = document.decision({"pod subnet", "pod subnets", "vpc cidr", "pod cidr", "custom networking"});
  const DocumentRow* machine = document.decision({"instance type", "machine type", "node type"});
  // Prefixes of addresses make up for the interface.
  if (subnets == nullptr || machine == nullptr || document.mentions("prefix delegation") || document.mentions("prefixes")) return;
  const auto custom = [](const std::string& cell) { return cell.find("100.64.") != std::string::npos || (has_any(cell, {"custom networking", "secondary cidr", "100.64"}) && !has_any(cell, {"no", "without"})); };
  const bool in_prod = custom(subnets->prod);
  const bool in_dev = custom(subnets->dev);
  if (!in_prod && !in_dev) return;
  const std::vector<Machines> small = machines_in(machine->dev);
  if (small.size() != 1) return;
  for (const Instance& one : ledger.instances) {
    if (one.id != small[0].type) continue;
    const std::int64_t plain = one.enis.numerator() * (one.ips_per_eni.numerator() - 1) + 2;
    const std::int64_t left = (one.enis.numerator() - 1) * (one.ips_per_eni.numerator() - 1) + 2;
    if (left >= 17) return;
    add(findings, "max_pods", in_dev ? Severity::kError : Severity::kWarning, document, machine->line, fmt::format("{}: {} with {}: {}", machine->item, machine->dev, subnets->item, in_dev ? subnets->dev : subnets->prod),
        fmt::format("{} pods on a node instead of {}: the two exclude each other", left, plain),
        fmt::format("({} - 1) interfaces x ({} - 1) addresses + 2 = {}", one.enis.to_string(), one.ips_per_eni.to_string(), left));
  }
}

}  // namespace isobar::plan::rules
