// A cost that a decision states belongs into the bill: who reads only the total believes it.
#include <cctype>

#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

// Words that name a resource with a price of its own, and those that a line of a bill may call it by.
struct Resource {
  std::string_view word;
  std::initializer_list<std::string_view> in_bill;
};
const Resource kResources[] = {
    {"bastion", {"bastion", "jump host", "ec2"}},
    {"kms", {"kms", "keys", "encryption keys"}},
    {"load balancer", {"load balancer", "alb", "nlb", "elb"}},
    {"rds", {"rds", "database"}},
};

}  // namespace

void missing_line(const Document& document, const Ledger&, Findings& findings) {
  const DocumentTable* bill = nullptr;
  for (const DocumentTable& table : document.tables) {
    if (table.kind == TableKind::kCosts && table.total) bill = &table;
  }
  if (bill == nullptr) return;
  for (const DocumentRow* row : document.decisions()) {
    const std::vector<Amount> amounts = amounts_in(row->impact);
    if (amounts.empty() || amounts[0].cents == 0 || says_absent(row->prod)) continue;
    for (const Resource& resource : kResources) {
      if (!has_word(row->item, resource.word)) continue;
      bool listed = false;
      for (const DocumentRow& line : bill->rows) listed = listed || has_any(line.all, resource.in_bill) || has_any(line.item, {"other", "misc", "miscellaneous"});
      if (listed) continue;
      add(findings, "missing_line", Severity::kWarning, document, row->line, fmt::format("{}: {}", row->item, row->impact),
          fmt::format("the bill at line {} has no line for it", bill->line), fmt::format("its total {} is that much too low", bill->total->prod));
    }
  }
}

}  // namespace isobar::plan::rules
