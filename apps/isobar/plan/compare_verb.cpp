#include <algorithm>

#include "plan/compare/compare_report.h"
#include "plan/compare/comparison.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

Result<void> compare_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  TRY(const plan::Format format, plan::parse_format(s.format));
  TRY(const plan::Ledger ledger, read_ledger(s));
  const std::string a = !arguments.empty() ? arguments[0] : ledger.profiles[0].id;
  const std::string b = arguments.size() > 1 ? arguments[1] : ledger.profiles[std::min<std::size_t>(1, ledger.profiles.size() - 1)].id;
  TRY(const plan::Comparison comparison, plan::compare(ledger, a, b));
  TRY(const plan::Report report, plan::compare_report(ledger, comparison, {s.baseline, s.all}));
  print(plan::render(report, format));
  return {};
}

void compare_flags(Flags& flags, PlanSettings& s) {
  flags.text("format", "text, json, md, csv or html", s.format)
      .text("baseline", "LOW, MODERATE or HIGH: the controls that count", s.baseline)
      .toggle("all", "also the decisions that do not differ", s.all);
}

}  // namespace

const PlanVerb kCompareVerb{"compare", "isobar plan compare [A] [B]", "What profile B saves and gives up beside profile A.",
    0, 2, compare_flags, compare_verb};

}  // namespace isobar::app
