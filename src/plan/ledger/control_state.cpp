#include "plan/ledger/control_state.h"

namespace isobar::plan {

Result<Strength> control_state(const Ledger& ledger, const Settings& settings, std::string_view control) {
  Strength best = Strength::kNone;
  for (const Decision& decision : ledger.decisions) {
    for (const ControlMapping& mapping : decision.controls) {
      if (mapping.control != control || mapping.strength >= best) continue;
      TRY(const Value met, evaluate_in(ledger, settings, mapping.met_when));
      if (met.truth) best = mapping.strength;
    }
  }
  return best;
}

}  // namespace isobar::plan
