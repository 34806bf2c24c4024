// A control is served by what it asks for. The mappings here are those that teams get wrong; the ledger has the right ones.
#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

struct Misfit {
  std::string_view control;
  std::initializer_list<std::string_view> items;
  std::string_view reason;
};
const Misfit kMisfits[] = {
    {"SC-7", {"nat gateway", "nat gateways"}, "SC-7 watches traffic at interfaces; a second gateway is availability (CP-10)"},
    {"SC-28", {"loki storage", "log storage", "storage backend"}, "SC-28 protects data at rest by encryption; where the bytes lie is durability (CP-9)"},
    {"CM-8", {"scan scope", "scanning scope"}, "CM-8 is the inventory of components; scanning is RA-5"},
    {"AU-9", {"mimir mode", "kafka"}, "AU-9 protects audit records from change; a write-ahead log of metrics holds none"},
};

}  // namespace

void control_fit(const Document& document, const Ledger&, Findings& findings) {
  for (const DocumentRow* row : document.decisions()) {
    const std::string text = lower(row->prod);
    const bool off = text.find("(disabled)") != std::string::npos || text.find("but disabled") != std::string::npos || text.find("not enabled") != std::string::npos || text.find("(off)") != std::string::npos;
    if (off && !row->control.empty() && row->control != "-") {
      add(findings, "control_fit", Severity::kError, document, row->line, fmt::format("{}: {} serves {}", row->item, row->prod, row->control), fmt::format("{} is not met", row->control),
          "what is disabled serves no control");
    }
    for (const Misfit& misfit : kMisfits) {
      if (row->control.find(misfit.control) == std::string::npos || !has_any(row->item, misfit.items)) continue;
      add(findings, "control_fit", Severity::kWarning, document, row->line, fmt::format("{}: {}", row->item, row->control), fmt::format("{} asks for something else", misfit.control), std::string(misfit.reason));
    }
  }
}

}  // namespace isobar::plan::rules
