// The cheapest change of decisions after which a profile survives a failure.
//
// A change gives one or two decisions the value of another profile, or an option of the ledger. It counts only when every
// component stays, every control is met as well as before, and no other failure that was survived is no longer survived.
//
// Errors: those of evaluate() and world_of(). Thread safety: a pure function.
#pragma once

#include <string>
#include <vector>

#include "plan/survival/survival.h"

namespace isobar::plan {

struct Edit {
  const Decision* decision = nullptr;
  const DecisionValue* value = nullptr;
};

struct SurvivingChange {
  const FailureRow* failure = nullptr;
  std::vector<Edit> edits;  // empty: no change of one or two decisions does it
  Money month;              // what it adds to the bill
};

// One for each failure that is not survived.
Result<std::vector<SurvivingChange>> cheapest_changes(const Ledger& ledger, const std::string& profile, const Survival& survival);

// "A3: Karpenter".
std::string edits_text(const std::vector<Edit>& edits);

}  // namespace isobar::plan
