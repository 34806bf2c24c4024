// Two profiles of one ledger beside each other: what each decision alone changes, and what all of them together do.
//
// The change of a decision is the change of A's figures when that decision alone takes B's value. Decisions interact (fewer
// nodes of a smaller type), so their changes do not add up to the difference of the totals: the rest is `interactions`, and
// with it the columns do add up.
//
// Errors: kInvalid for an unknown profile, else those of evaluate(). Thread safety: values; they point into the ledger.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/ledger/control_state.h"
#include "plan/survival/survival.h"

namespace isobar::plan {

struct FigureChange {
  Money month;
  Value pods, cpu_m, memory_mib, volume_gib;
};

struct DecisionChange {
  const Decision* decision = nullptr;
  bool differs = false;  // another text or another setting
  FigureChange change;
  std::vector<const ControlMapping*> waived;  // met in A and not in B; mappings of strength "none" are left out
  std::vector<const ControlMapping*> gained;
  std::vector<const FailureRow*> no_longer_survived;
};

// How well a profile serves a control: by its strongest mapping that is met.
struct ControlState {
  const Control* control = nullptr;
  Strength in_a = Strength::kNone;
  Strength in_b = Strength::kNone;
};

struct Comparison {
  Evaluation a, b;
  std::vector<DecisionChange> decisions;  // all, in the ledger's order
  FigureChange total;
  FigureChange interactions;
  std::vector<ControlState> controls;
  // Empty when the ledger has no failures.
  Survival survival_a, survival_b;
  std::vector<const FailureRow*> no_longer_survived;
};

Result<Comparison> compare(const Ledger& ledger, std::string_view a, std::string_view b);

}  // namespace isobar::plan
