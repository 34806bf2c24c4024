// A NAT gateway stands in a public subnet; in a private one it gives no egress.
#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {

void nat_subnet(const Document& document, const Ledger&, Findings& findings) {
  for (const DocumentRow* row : document.decisions()) {
    if (!has_any(row->item, {"private subnet"})) continue;
    for (const std::string* cell : {&row->prod, &row->dev}) {
      if (!has_word(*cell, "nat") || has_any(*cell, {"route", "routes", "via", "through", "behind", "not", "no"})) continue;
      add(findings, "nat_subnet", Severity::kError, document, row->line, fmt::format("{}: {}", row->item, *cell), "NAT gateways stand in the public subnets",
          "a gateway needs a route to the internet gateway, which a private subnet does not have (EKS best practices, cost_opt_networking)");
    }
  }
}

}  // namespace isobar::plan::rules
