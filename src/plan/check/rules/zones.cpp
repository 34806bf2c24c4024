// EKS and application load balancers need subnets in at least two zones. Nodes may stand in one.
#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {

void zones(const Document& document, const Ledger&, Findings& findings) {
  if (!document.mentions("eks") && !document.mentions("alb") && !document.mentions("load balancer")) return;
  for (const DocumentRow* row : document.decisions()) {
    const bool vpc_zones = has_any(row->item, {"availability zone", "availability zones", "azs", "zones of the vpc"}) && !has_any(row->item, {"node", "worker", "ingester"});
    const bool public_subnets = has_any(row->item, {"public subnet"});
    if (!vpc_zones && !public_subnets) continue;
    for (const std::string* cell : {&row->prod, &row->dev}) {
      const std::optional<Range> count = count_in(*cell);
      if (!count || count->high != 1 || has_any(*cell, {"node", "nodes"})) continue;
      add(findings, "zones", Severity::kError, document, row->line, fmt::format("{}: {}", row->item, *cell), "at least 2; nodes alone may stand in one zone",
          "EKS asks for subnets in two zones at creation (docs.aws.amazon.com/eks network_reqs), a load balancer too");
    }
  }
}

}  // namespace isobar::plan::rules
