#include "plan/compare/controls_report.h"
#include "plan/oscal/oscal.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

Result<void> print_oscal(const PlanSettings& s, const std::string& profile, plan::OscalModel model) {
  TRY(const plan::Baseline baseline, plan::parse_baseline(s.baseline));
  TRY(const plan::Ledger ledger, read_ledger(s));
  TRY(const std::string document, plan::oscal_document(ledger, model, {profile, baseline, s.date}));
  print(document);
  return {};
}

// The formats of every report, and those that only this verb has.
Result<plan::Format> parse_format(const std::string& name) {
  const Result<plan::Format> format = plan::parse_format(name);
  if (format) return format;
  return fail(Code::kInvalid, "--format must be text, json, md, csv, html, oscal-component, oscal-ssp or oscal-poam: " + name);
}

Result<void> controls_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  if (const auto model = plan::parse_oscal_model(s.format)) return print_oscal(s, arguments[0], *model);
  if (!s.date.empty()) return fail(Code::kInvalid, "--date is the date of an OSCAL document: use it with --format oscal-component, oscal-ssp or oscal-poam");
  TRY(const plan::Format format, parse_format(s.format));
  TRY(const plan::Ledger ledger, read_ledger(s));
  TRY(const plan::Report report, plan::controls_report(ledger, arguments[0], s.baseline));
  print(plan::render(report, format));
  return {};
}

void controls_flags(Flags& flags, PlanSettings& s) {
  flags.text("format", "text, json, md, csv, html, oscal-component, oscal-ssp or oscal-poam", s.format)
      .text("baseline", "LOW, MODERATE or HIGH", s.baseline)
      .text("date", "last-modified of an OSCAL document, YYYY-MM-DD; by default the newest date of the ledger's prices", s.date);
}

}  // namespace

const PlanVerb kControlsVerb{"controls", "isobar plan controls PROFILE", "Controls of a NIST SP 800-53 baseline: met by, waived by which decision.",
    1, 1, controls_flags, controls_verb};

}  // namespace isobar::app
