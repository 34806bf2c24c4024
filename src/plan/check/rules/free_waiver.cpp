// Giving up a control should at least save something. These alternatives cost as much as what they replace.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

struct Waiver {
  std::initializer_list<std::string_view> item;
  std::initializer_list<std::string_view> alternative;
  std::string_view reason;
};
const Waiver kWaivers[] = {
    {{"irsa", "iam roles", "service account", "workload identity", "pod identity", "credentials"}, {"static credentials", "static", "access keys", "long-lived"}, "roles for service accounts have no price, static credentials must be rotated"},
    {{"ssm", "session manager"}, {"ssh"}, "sessions of SSM have no price, SSH keys must be managed"},
    {{"tag", "tagging", "tags"}, {"optional", "none", "not required"}, "tags have no price"},
};

bool costs_something(const std::string& impact) {
  const std::vector<Amount> amounts = amounts_in(impact);
  return std::any_of(amounts.begin(), amounts.end(), [](const Amount& one) { return one.cents != 0; });
}

}  // namespace

void free_waiver(const Document& document, const Ledger&, Findings& findings) {
  for (const DocumentRow* row : document.decisions()) {
    if (row->control.empty() || row->control == "-" || costs_something(row->impact)) continue;
    for (const Waiver& waiver : kWaivers) {
      if (!has_any(row->item, waiver.item) || !has_any(row->dev, waiver.alternative)) continue;
      add(findings, "free_waiver", Severity::kWarning, document, row->line, fmt::format("{}: {}", row->item, row->dev), fmt::format("{} is given up and nothing is saved", row->control), std::string(waiver.reason));
    }
  }
}

}  // namespace isobar::plan::rules
