#include "plan/compare/explain.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

Result<void> explain_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  TRY(const plan::Ledger ledger, read_ledger(s));
  TRY(const std::string text, plan::explain(ledger, arguments[0], s.profiles));
  print(text);
  return {};
}

void explain_flags(Flags& flags, PlanSettings& s) { flags.list("profile", "only this profile; may be repeated", s.profiles); }

}  // namespace

const PlanVerb kExplainVerb{"explain", "isobar plan explain ID", "Where a figure comes from, down to price, formula and source.",
    1, 1, explain_flags, explain_verb};

}  // namespace isobar::app
