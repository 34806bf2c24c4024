// `plan diff OLD NEW`: what a change of the ledger makes dearer, less compliant or less safe, profile by profile.
#pragma once

#include "plan/compare/comparison.h"
#include "plan/report/report.h"

namespace isobar::plan {

struct LedgerDiff {
  Report report;
  bool dearer = false;          // the total of some profile rose
  bool less_compliant = false;  // some profile meets a control less well
  bool less_safe = false;       // some profile no longer survives a failure
};

// Profiles that only one of the two has are named, not compared.
Result<LedgerDiff> diff_ledgers(const Ledger& before, const Ledger& after);

}  // namespace isobar::plan
