// gp2 costs more than gp3: what the same profile costs with gp3 is computed.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/ledger/rules.h"

namespace isobar::plan::rules::ledger {
namespace {

// Micro-dollars a month that gp3 saves; zero when the ledger cannot say.
std::int64_t saved(const Ledger& ledger, const Evaluation& profile, const std::string& setting) {
  Settings settings = profile.settings;
  settings.insert_or_assign(setting, Value::of(std::string("gp3")));
  const Result<Evaluation> other = evaluate(ledger, profile.profile, settings);
  return other ? profile.total.micro_usd - other->total.micro_usd : 0;
}

}  // namespace

void disk_type(const LedgerProfiles& input, const Ledger& ledger, Findings& findings) {
  for (const Evaluation& profile : input.profiles) {
    for (const auto& [setting, value] : profile.settings) {
      if (value.kind != Value::Kind::kText || value.text != "gp2") continue;
      const std::int64_t micro = saved(ledger, profile, setting);
      if (micro <= 0) continue;
      report(findings, "disk_type", Severity::kWarning, place_of(ledger, setting),
             fmt::format("{}: {}", profile.profile, decision_text(ledger, setting, profile.profile)),
             "gp3 is the cheaper one at every size",
             fmt::format("the same profile with {}: gp3 costs ${:.2f} a month less", setting, static_cast<double>(micro) / 1e6));
    }
  }
}

}  // namespace isobar::plan::rules::ledger
