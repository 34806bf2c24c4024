// `plan explain`: where a figure comes from, down to price, formula and source.
//
// What can be explained: a decision (C5), a cost line (nodes), a quantity, a component, a control, a price, an assumption.
// Errors: kNotFound names the nearest known id.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/ledger/evaluation.h"

namespace isobar::plan {

// Lines of at most `width` columns. `profiles`: those to derive for, or all when empty.
Result<std::string> explain(const Ledger& ledger, std::string_view id, const std::vector<std::string>& profiles,
                            std::size_t width = 80);

}  // namespace isobar::plan
