// plan check: what does not hold in a document. One rule per file under rules/; each adds what it finds.
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

struct Rule {
  std::string_view name;
  std::string_view reason;  // why it is a rule at all, one sentence
  void (*check)(const Document&, const Ledger&, Findings&);
};
const std::vector<Rule>& document_rules();

// Findings in the order of the lines.
Result<Findings> check_markdown(const std::string& file, std::string_view text, const Ledger& ledger);

std::string findings_as_text(const Findings& findings);
// An array of {rule, severity, place: "file:line", file, line, stated, holds, derivation}.
std::string findings_as_json(const Findings& findings);

}  // namespace isobar::plan
