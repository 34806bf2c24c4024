// How a profile stands against a baseline of NIST SP 800-53: which decisions meet a control, and which waive it.
//
// Pure; errors are those of evaluate_in(), and kInvalid for an unknown profile. Values point into the ledger.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/compare/baselines.h"
#include "plan/ledger/evaluation.h"

namespace isobar::plan {

// One decision that serves a control, or would.
struct ServingDecision {
  const Decision* decision = nullptr;
  const ControlMapping* mapping = nullptr;
  const Profile* met_in = nullptr;  // of a waiver: the first profile that does meet it
};

enum class ControlVerdict { kMet, kPartial, kNotMet, kNotApplicable };

struct ControlStanding {
  const Control* control = nullptr;
  bool required = false;             // by the baseline
  Strength best = Strength::kNone;   // of the mappings that are met
  std::vector<ServingDecision> met;
  std::vector<ServingDecision> waived;  // served in another profile and not in this one

  // kNotApplicable: the baseline does not ask for it, and nothing serves it.
  ControlVerdict verdict() const;
};

struct BaselineStanding {
  const Profile* profile = nullptr;
  Baseline baseline = Baseline::kModerate;
  std::vector<ControlStanding> controls;         // all that the ledger names, in its order
  std::vector<std::string_view> not_addressed;   // controls of the baseline that the ledger does not name
  std::size_t in_baseline = 0;                   // controls and enhancements of the baseline
};

// "N7, S4 (partial)": how well each fits, unless it fits in full.
std::string decision_names(const std::vector<ServingDecision>& serving);

Result<BaselineStanding> baseline_standing(const Ledger& ledger, std::string_view profile, Baseline baseline);

}  // namespace isobar::plan
