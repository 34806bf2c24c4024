// The baselines of NIST SP 800-53B: which controls and enhancements of SP 800-53 rev 5 each asks for.
//
// Source: the profiles LOW, MODERATE and HIGH of oscal-content, 5.1.1: 149, 287 and 370 controls. Each contains the one
// before it. The ledger names the few that its decisions serve; this list says how many there are besides.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"

namespace isobar::plan {

enum class Baseline { kLow, kModerate, kHigh };

// LOW, MODERATE, HIGH; kInvalid names them.
Result<Baseline> parse_baseline(std::string_view name);
std::string_view baseline_name(Baseline baseline);

// "AC-2", "AC-2(1)", in NIST's order.
std::vector<std::string_view> baseline_controls(Baseline baseline);

}  // namespace isobar::plan
