#include <filesystem>

#include "check_files.h"
#include "ledger_files.h"
#include "plan/check/check.h"
#include "plan/review/review.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

Result<void> review_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  TRY(const plan::Ledger ledger, read_ledger(s));
  plan::ReviewInput input;
  input.a = !arguments.empty() ? arguments[0] : ledger.profiles[0].id;
  input.b = arguments.size() > 1 ? arguments[1] : ledger.profiles[std::min<std::size_t>(1, ledger.profiles.size() - 1)].id;
  input.baseline = s.baseline;
  if (!s.document.empty()) {
    TRY(const std::vector<plan::LedgerFile> shipped, ledger_files(s.ledger));
    TRY(const std::vector<GivenFile> given, check_files_of({s.document}));
    std::vector<plan::LedgerFile> files;
    for (const GivenFile& one : given) files.push_back(one.file);
    input.document = std::filesystem::path(s.document).filename().string();
    input.findings = plan::check_files(files, ledger, shipped).findings;
  }
  TRY(const std::string text, plan::review_markdown(ledger, input));
  print(text);
  return {};
}

void review_flags(Flags& flags, PlanSettings& s) {
  flags.text("document", "your own document of decisions: what does not hold in it", s.document)
      .text("baseline", "LOW, MODERATE or HIGH: the controls that count", s.baseline);
}

}  // namespace

const PlanVerb kReviewVerb{"review", "isobar plan review [A] [B]",
    "One Markdown document for people who decide: trades, failures, what does not hold.", 0, 2, review_flags, review_verb};

}  // namespace isobar::app
