// Internal: what must hold across the rows of a ledger. Adds a problem with file and line for each that does not.
#pragma once

#include "plan/ledger/ledger.h"

namespace isobar::plan {

void validate(const Ledger& ledger, std::vector<YamlProblem>& problems);

}  // namespace isobar::plan
