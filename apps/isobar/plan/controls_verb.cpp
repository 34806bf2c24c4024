#include "plan/compare/controls_report.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

Result<void> controls_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  TRY(const plan::Format format, plan::parse_format(s.format));
  TRY(const plan::Ledger ledger, read_ledger(s));
  TRY(const plan::Report report, plan::controls_report(ledger, arguments[0], s.baseline));
  print(plan::render(report, format));
  return {};
}

void controls_flags(Flags& flags, PlanSettings& s) {
  flags.text("format", "text, json, md, csv or html", s.format).text("baseline", "LOW, MODERATE or HIGH", s.baseline);
}

}  // namespace

const PlanVerb kControlsVerb{"controls", "isobar plan controls PROFILE", "Controls of a NIST SP 800-53 baseline: met by, waived by which decision.",
    1, 1, controls_flags, controls_verb};

}  // namespace isobar::app
