// plan check: what does not hold in what a team has: documents, ledgers, manifests, values of charts, Terraform. One rule per
// file under rules/; each adds what it finds.
//
// A rule speaks only when it is sure: a false finding costs as much as a missed one. The ledger gives prices, machine types
// and footprints of charts.
// Thread safety: functions of their arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/check/document.h"
#include "plan/check/finding.h"
#include "plan/ledger/ledger.h"

namespace isobar::plan {

struct RuleEntry {
  std::string_view input;  // document, manifests, values, terraform, ledger, together
  std::string_view name;
  std::string_view reason;
};
// Every rule, in the order in which they are documented.
std::vector<RuleEntry> all_rules();

// A file that was not checked, or not to its end, and why.
struct Unread {
  std::string file;
  std::string reason;
};

struct Checked {
  Findings findings;  // by file in the order given, and by line
  std::vector<Unread> unread;
};

// Files are read together: manifests of one cluster may lie in several, and a node group of Terraform holds the pods of
// manifests given with it.
// `ledger` was loaded from `ledger_files`: rows without profiles, given as a file, are checked as overrides of it.
Checked check_files(const std::vector<LedgerFile>& files, const Ledger& ledger, const std::vector<LedgerFile>& ledger_files);

// One document; kTooLarge beyond the limits of markdown.h.
Result<Findings> check_markdown(const std::string& file, std::string_view text, const Ledger& ledger);

// "4 errors, 10 warnings"; empty when there is nothing.
std::string findings_summary(const Findings& findings);
// At 80 columns: file:line: severity: rule, and below it what is stated, what holds and because of what.
std::string findings_as_text(const Findings& findings);
// An array of {rule, severity, place: "file:line", file, line, stated, holds, derivation}.
std::string findings_as_json(const Findings& findings);

}  // namespace isobar::plan
