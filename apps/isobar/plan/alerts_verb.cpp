#include <fmt/format.h>

#include "output_folder.h"
#include "plan/alerts/alert_book.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

Result<void> alerts_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  if (s.most_failures < 1 || s.most_failures > 3) return fail(Code::kInvalid, fmt::format("--failures must be 1 to 3: {}", s.most_failures));
  TRY(const plan::Ledger ledger, read_ledger(s));
  TRYV(need_failures(ledger));
  TRY(const plan::AlertBook book, plan::alert_book(ledger, arguments[0], s.most_failures));
  const std::string rules = plan::rules_file(book, arguments[0]);
  if (s.out.empty()) {
    print(rules);
    return {};
  }
  OutputFiles files{{"rules.yaml", rules}};
  for (const plan::AlertPage& page : book.pages) files.emplace_back(page.path, page.text);
  TRYV(write_folder(s.out, files, s.force));
  print(fmt::format("{} alerts in {}/rules.yaml, {} pages in {}/runbooks\n", book.rules.size(), s.out, book.pages.size(), s.out));
  return {};
}

void alerts_flags(Flags& flags, PlanSettings& s) {
  flags.number("failures", "sets of up to this many failures, 1 to 3", s.most_failures)
      .text("out", "a folder for rules.yaml and runbooks; without it the rules are printed", s.out)
      .toggle("force", "write into a folder that is not empty", s.force);
}

}  // namespace

const PlanVerb kAlertsVerb{"alerts", "isobar plan alerts PROFILE",
    "Prometheus rules and runbook pages: what ends writes or reads, announced before.", 1, 1, alerts_flags, alerts_verb};

}  // namespace isobar::app
