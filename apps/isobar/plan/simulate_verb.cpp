#include "plan/survival/simulate_report.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

Result<void> simulate_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  TRY(const plan::Format format, plan::parse_format(s.format));
  TRY(const plan::Ledger ledger, read_ledger(s));
  TRYV(need_failures(ledger));
  if (!s.failure.empty()) {
    TRY(const std::string text, plan::cascade_of(ledger, arguments.empty() ? ledger.profiles[0].id : arguments[0], s.failure));
    print(text);
    return {};
  }
  if (arguments.size() == 1) {
    TRY(const plan::Report report, plan::simulate_report(ledger, arguments[0], {}));
    print(plan::render(report, format));
    return {};
  }
  std::vector<std::string> profiles = arguments;
  if (profiles.empty()) {
    for (const plan::Profile& one : ledger.profiles) profiles.push_back(one.id);
  }
  TRY(const plan::Report report, plan::failure_matrix(ledger, profiles));
  print(plan::render(report, format));
  return {};
}

void simulate_flags(Flags& flags, PlanSettings& s) {
  flags.text("format", "text, json, md, csv or html", s.format)
      .text("failure", "what happens, line by line, in this failure's worst place", s.failure);
}

}  // namespace

const PlanVerb kSimulateVerb{"simulate", "isobar plan simulate [PROFILE...]",
    "What happens when something fails. Without a profile: all beside each other.", 0, 100, simulate_flags, simulate_verb};

}  // namespace isobar::app
