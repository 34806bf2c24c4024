// The verbs of isobar plan, one file each: its flags, what it reads, and what it prints.
//
// A verb returns an error for exit status 1; wrong usage is found before it runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flags.h"
#include "plan/ledger/ledger.h"

namespace isobar::app {

// What the flags of all verbs set; a verb reads those that it declares.
struct PlanSettings {
  std::string ledger;
  std::vector<std::string> overrides;
  std::vector<std::string> assumptions;
  std::vector<std::string> edits;  // PROFILE:DECISION=VALUE
  std::vector<std::string> built;  // capabilities
  std::string format = "text";
  std::string baseline = "MODERATE";
  std::string date;
  std::string uptime;
  std::string failure;
  std::string document;
  std::uint64_t most_failures = 2;
  std::string out;
  bool force = false;
  std::vector<std::string> profiles;
  std::vector<std::string> fail_on;
  bool all = false;
};

struct PlanVerb {
  std::string_view name;
  const char* usage;
  const char* about;
  std::size_t least, most;  // arguments
  void (*flags)(Flags&, PlanSettings&);
  Result<void> (*run)(const PlanSettings&, const std::vector<std::string>&);
};

extern const PlanVerb kCompareVerb;
extern const PlanVerb kExplainVerb;
extern const PlanVerb kCheckVerb;
extern const PlanVerb kControlsVerb;
extern const PlanVerb kDiffVerb;
extern const PlanVerb kProfilesVerb;
extern const PlanVerb kRenderVerb;
extern const PlanVerb kSimulateVerb;
extern const PlanVerb kAlertsVerb;
extern const PlanVerb kReviewVerb;

// --ledger, --override, --assume, --uptime: every verb has them.
void ledger_flags(Flags& flags, PlanSettings& settings);
// The ledger with overrides and assumptions, or its problems on standard error.
Result<plan::Ledger> read_ledger(const PlanSettings& settings);
// kInvalid for a ledger that says nothing of failures.
Result<void> need_failures(const plan::Ledger& ledger);
// To standard output, as it is.
void print(const std::string& text);

}  // namespace isobar::app
