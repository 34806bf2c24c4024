// Internal: derivations that are no formula: failures, measurements, machine types, capabilities.
#pragma once

#include <string_view>
#include <vector>

#include "plan/compare/wrapped_text.h"
#include "plan/ledger/evaluation.h"

namespace isobar::plan {

// False if no such row has this id.
bool explain_row(const Ledger& ledger, std::string_view id, const std::vector<Evaluation>& evaluations, WrappedText& out);

}  // namespace isobar::plan
