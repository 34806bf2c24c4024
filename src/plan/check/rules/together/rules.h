// Internal: the rules for what was given together, one to a file of its name.
#pragma once

#include "plan/check/finding.h"
#include "plan/check/together.h"

namespace isobar::plan::rules::together {

#define ISOBAR_RULE(name) void name(const Together& given, const Ledger& ledger, Findings& findings)
ISOBAR_RULE(capacity);
ISOBAR_RULE(zone_bound_volume);
ISOBAR_RULE(host_spread);
ISOBAR_RULE(cache_memory);
#undef ISOBAR_RULE

}  // namespace isobar::plan::rules::together
