// How well a profile serves a control.
//
// Thread safety: pure functions.
#pragma once

#include <string_view>

#include "plan/ledger/evaluation.h"

namespace isobar::plan {

// The strongest mapping that is met under these settings.
Result<Strength> control_state(const Ledger& ledger, const Settings& settings, std::string_view control);

}  // namespace isobar::plan
