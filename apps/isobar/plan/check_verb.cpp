#include <fmt/format.h>

#include "ledger_files.h"
#include "plan/check/check.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

// Exit status 1 when something was found.
Result<void> check_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  if (s.format != "text" && s.format != "json") return fail(Code::kInvalid, fmt::format("--format must be text or json: {}", s.format));
  TRY(const plan::Ledger ledger, read_ledger(s));
  plan::Findings all;
  for (const std::string& path : arguments) {
    TRY(const std::vector<plan::LedgerFile> files, ledger_files(path));
    for (const plan::LedgerFile& file : files) {
      TRY(plan::Findings found, plan::check_markdown(file.name, file.text, ledger));
      all.insert(all.end(), found.begin(), found.end());
    }
  }
  print(s.format == "json" ? plan::findings_as_json(all) : plan::findings_as_text(all));
  if (all.empty()) return {};
  return fail(Code::kInvalid, fmt::format("{} finding{}", all.size(), all.size() == 1 ? "" : "s"));
}

void check_flags(Flags& flags, PlanSettings& s) { flags.text("format", "text or json", s.format); }

}  // namespace

const PlanVerb kCheckVerb{"check", "isobar plan check PATH...", "What does not hold in a document of decisions.",
    1, 1000, check_flags, check_verb};

}  // namespace isobar::app
