// Internal: the rules for ledgers, one to a file of its name.
#pragma once

#include "plan/check/finding.h"
#include "plan/check/ledger_profiles.h"

namespace isobar::plan::rules::ledger {

#define ISOBAR_RULE(name) void name(const LedgerProfiles& input, const Ledger& ledger, Findings& findings)
ISOBAR_RULE(capacity);
ISOBAR_RULE(zone_bound_volume);
ISOBAR_RULE(shared_volume);
ISOBAR_RULE(zones);
ISOBAR_RULE(disk_type);
ISOBAR_RULE(free_waiver);
ISOBAR_RULE(control_fit);
#undef ISOBAR_RULE

}  // namespace isobar::plan::rules::ledger
