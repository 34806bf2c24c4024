// EKS and application load balancers need subnets in at least two zones. Nodes may stand in one.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/ledger/rules.h"

namespace isobar::plan::rules::ledger {
void zones(const LedgerProfiles& input, const Ledger& ledger, Findings& findings) {
  for (const Evaluation& profile : input.profiles) {
    const auto check = [&](std::string_view setting, std::string_view because, std::string_view why) {
      if (whole_in(profile, setting) != 1 || whole_in(profile, because).value_or(0) < 1) return;
      report(findings, "zones", Severity::kError, place_of(ledger, setting),
             fmt::format("{}: {}", profile.profile, decision_text(ledger, setting, profile.profile)),
             "at least 2; nodes alone may stand in one zone", std::string(why));
    };
    check("zones", "eks.clusters", "EKS refuses a cluster whose subnets lie in fewer than two zones (EKS network requirements)");
    check("subnets.public", "load_balancers", "an application load balancer needs subnets of two zones (ELBv2 API)");
  }
}

}  // namespace isobar::plan::rules::ledger
