// A control is served by what it asks for. The mappings here are those that teams get wrong; the ledger has the right ones.
#include <fmt/format.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/ledger/rules.h"
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

// "configured (disabled)": there, and off.
bool says_off(const std::string& value) {
  const std::string text = lower(value);
  for (const std::string_view mark : {"(disabled)", "but disabled", "not enabled", "(off)", "but off"}) {
    if (text.find(mark) != std::string::npos) return true;
  }
  return false;
}

// What is off may protect by being off (public access, SSH); only what is there to run and does not serves nothing.
bool is_there_and_off(const DocumentRow& row) {
  const bool there = has_any(row.prod, {"configured", "deployed", "installed", "set up", "defined", "in place", "prepared", "present", "planned", "written", "available"});
  return says_off(row.prod) && (there || has_any(row.prod, {"but disabled", "but off"}));
}

// The words of the row that make such a mapping fit after all.
bool fits_after_all(const Misfit& misfit, const DocumentRow& row) {
  if (misfit.control == "SC-28") return has_any(row.prod, {"kms", "sse", "sse-kms", "sse-s3", "cmk", "encrypted", "encryption"});
  if (misfit.control == "SC-7") return says_absent(row.dev) || has_any(row.dev, {"public"});
  return misfit.control == "AU-9" && has_word(row.all, "audit");
}

}  // namespace

void control_fit(const Document& document, const Ledger&, Findings& findings) {
  for (const DocumentRow* row : document.decisions()) {
    if (is_there_and_off(*row) && !row->control.empty() && row->control != "-") {
      add(findings, "control_fit", Severity::kError, document, row->line, fmt::format("{}: {} serves {}", row->item, row->prod, row->control), fmt::format("{} is not met", row->control),
          "what is disabled serves no control");
    }
    for (const Misfit& misfit : kMisfits) {
      if (row->control.find(misfit.control) == std::string::npos || !has_any(row->item, misfit.items) || fits_after_all(misfit, *row)) continue;
      add(findings, "control_fit", Severity::kWarning, document, row->line, fmt::format("{}: {}", row->item, row->control), fmt::format("{} asks for something else", misfit.control), std::string(misfit.reason));
    }
  }
}

namespace ledger {
namespace {

bool is_met(const Ledger& ledger, const Evaluation& profile, const ControlMapping& mapping) {
  const Result<Value> met = evaluate_in(ledger, profile.settings, mapping.met_when);
  return met && met->truth;
}

void misfits(const Decision& decision, const ControlMapping& mapping, Findings& findings) {
  for (const Misfit& misfit : kMisfits) {
    if (misfit.control != mapping.control || mapping.strength != Strength::kFull || !has_any(decision.title, misfit.items)) continue;
    report(findings, "control_fit", Severity::kWarning, mapping.origin, fmt::format("{} {}: {} in full", decision.id, decision.title, mapping.control), fmt::format("{} asks for something else: strength weak or none", mapping.control),
           std::string(misfit.reason));
  }
}

}  // namespace

// As above, of a ledger: mappings that are called full, and values that say off where met_when says met.
void control_fit(const LedgerProfiles& input, const Ledger& ledger, Findings& findings) {
  for (const Decision& decision : ledger.decisions) {
    for (const ControlMapping& mapping : decision.controls) {
      misfits(decision, mapping, findings);
      for (const Evaluation& profile : input.profiles) {
        const std::string& text = decision.values.find(profile.profile)->second.text;
        if (mapping.strength == Strength::kNone || !says_off(text) || !is_met(ledger, profile, mapping)) continue;
        report(findings, "control_fit", Severity::kError, mapping.origin, fmt::format("{}: {} {}: {} serves {}", profile.profile, decision.id, decision.title, text, mapping.control), fmt::format("{} is not met", mapping.control),
               "what is off serves no control, and met_when says that it does");
      }
    }
  }
}

}  // namespace ledger
}  // namespace isobar::plan::rules
