// gp2 costs more than gp3 and does less: choosing it to save money does the opposite.
#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {

void disk_type(const Document& document, const Ledger&, Findings& findings) {
  for (const DocumentRow* row : document.decisions()) {
    if (!has_word(row->dev, "gp2") || !has_word(row->prod, "gp3") || has_word(row->dev, "gp3")) continue;
    add(findings, "disk_type", Severity::kWarning, document, row->line, fmt::format("{}: {} instead of {}", row->item, row->dev, row->prod),
        "gp3 is the cheaper one at every size", "gp2 $0.10 and gp3 $0.08 for a GB-month; gp3 has 3,000 IOPS without regard to size");
  }
}

}  // namespace isobar::plan::rules
