// A NAT gateway stands in a public subnet; in a private one it gives no egress.
#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

// "3 (NAT egress)" and "routes through NAT" use a gateway; "3 (bastion, NAT, RDS)" holds one.
bool only_uses_it(const std::string& cell) {
  return has_any(cell, {"route", "routed", "routes", "default route", "via", "through", "behind", "not", "no", "without", "egress", "outbound", "internet", "by", "to", "use", "using", "over", "private nat", "public"});
}

bool holds_gateway(const DocumentRow& row, const std::string& cell) {
  if (has_any(row.item, {"private subnet"})) return has_word(cell, "nat") && !has_any(row.item, {"egress", "outbound", "internet", "route"}) && !only_uses_it(cell);
  return has_any(row.item, {"nat gateway"}) && has_any(cell, {"in private subnet", "in the private subnet", "in each private subnet", "per private subnet"}) && !has_any(cell, {"for", "public", "no", "not"});
}

}  // namespace

void nat_subnet(const Document& document, const Ledger&, Findings& findings) {
  for (const DocumentRow* row : document.decisions()) {
    for (const std::string* cell : {&row->prod, &row->dev}) {
      if (!holds_gateway(*row, *cell)) continue;
      add(findings, "nat_subnet", Severity::kError, document, row->line, fmt::format("{}: {}", row->item, *cell), "NAT gateways stand in the public subnets",
          "a gateway needs a route to the internet gateway, which a private subnet does not have (EKS best practices, cost_opt_networking)");
    }
  }
}

}  // namespace isobar::plan::rules
