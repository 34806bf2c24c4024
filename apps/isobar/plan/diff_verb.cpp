#include <fmt/format.h>

#include "plan/compare/diff.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

Result<void> diff_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  for (const std::string& what : s.fail_on) {
    if (what != "cost" && what != "control" && what != "failure") {
      return fail(Code::kInvalid, fmt::format("--fail-on must be cost, control or failure: {}", what));
    }
  }
  TRY(const plan::Format format, plan::parse_format(s.format));
  PlanSettings one = s;
  one.ledger = arguments[0];
  TRY(const plan::Ledger before, read_ledger(one));
  one.ledger = arguments[1];
  TRY(const plan::Ledger after, read_ledger(one));
  TRY(const plan::LedgerDiff diff, plan::diff_ledgers(before, after));
  print(plan::render(diff.report, format));
  for (const std::string& what : s.fail_on) {
    if (what == "cost" && diff.dearer) return fail(Code::kInvalid, "a profile became dearer (--fail-on cost)");
    if (what == "control" && diff.less_compliant) return fail(Code::kInvalid, "a profile meets a control less well (--fail-on control)");
    if (what == "failure" && diff.less_safe) return fail(Code::kInvalid, "a profile no longer survives a failure (--fail-on failure)");
  }
  return {};
}

void diff_flags(Flags& flags, PlanSettings& s) {
  flags.text("format", "text, json, md, csv or html", s.format).list("fail-on", "cost, control or failure: exit status 1 when it got worse; may be repeated", s.fail_on);
}

}  // namespace

const PlanVerb kDiffVerb{"diff", "isobar plan diff OLD NEW", "What a change of the ledger makes dearer, less compliant or less safe.",
    2, 2, diff_flags, diff_verb};

}  // namespace isobar::app
