#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "check_files.h"
#include "ledger_files.h"
#include "plan/check/check.h"
#include "plan_verbs.h"

namespace isobar::app {
namespace {

std::string counted(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

bool was_named(const std::vector<GivenFile>& given, const std::string& name) {
  return std::any_of(given.begin(), given.end(), [&](const GivenFile& one) { return one.named && one.file.name == name; });
}

// What was named and cannot be checked is an error; below a folder it is only said.
std::size_t complain(const std::vector<plan::Unread>& unread, const std::vector<GivenFile>& given) {
  std::size_t named = 0;
  for (const plan::Unread& one : unread) {
    std::fprintf(stderr, "%s: not checked: %s\n", one.file.c_str(), one.reason.c_str());
    named += static_cast<std::size_t>(was_named(given, one.file));
  }
  return named;
}

// Exit status 1 when something was found, or a file that was named is of no kind that is known.
Result<void> check_verb(const PlanSettings& s, const std::vector<std::string>& arguments) {
  if (s.format != "text" && s.format != "json")
    return fail(Code::kInvalid, fmt::format("--format must be text or json: {}", s.format));
  TRY(const plan::Ledger ledger, read_ledger(s));
  TRY(const std::vector<plan::LedgerFile> shipped, ledger_files(s.ledger));
  TRY(const std::vector<GivenFile> given, check_files_of(arguments));
  std::vector<plan::LedgerFile> files;
  for (const GivenFile& one : given) files.push_back(one.file);
  const plan::Checked checked = plan::check_files(files, ledger, shipped);
  print(s.format == "json" ? plan::findings_as_json(checked.findings) : plan::findings_as_text(checked.findings));
  const std::size_t unread = complain(checked.unread, given);
  if (!checked.findings.empty()) return fail(Code::kInvalid, plan::findings_summary(checked.findings));
  if (unread > 0) return fail(Code::kInvalid, counted(unread, "file") + " not checked");
  return {};
}

void check_flags(Flags& flags, PlanSettings& s) { flags.text("format", "text or json", s.format); }

}  // namespace

const PlanVerb kCheckVerb{"check",
                          "isobar plan check PATH...",
                          "What does not hold in documents, ledgers, Kubernetes manifests, values of\n"
                          "charts, .tf files and plans of Terraform. Files are read together; folders are\n"
                          "walked. docs/howto/check_rules.md lists the rules.\n"
                          "Exit status 1: something was found, or a file that was named is of no kind that\n"
                          "is known. Files of other kinds below a folder are passed over, and said.",
                          1,
                          1000,
                          check_flags,
                          check_verb};

}  // namespace isobar::app
