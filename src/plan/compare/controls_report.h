// `plan controls`: what a baseline of NIST SP 800-53 asks for, and which decisions of a profile meet or waive it.
#pragma once

#include "plan/compare/comparison.h"
#include "plan/report/report.h"

namespace isobar::plan {

// One row for each control that the ledger names. "waived by": decisions that serve it in another profile and not in this one.
// kInvalid for an unknown baseline or profile.
Result<Report> controls_report(const Ledger& ledger, std::string_view profile, std::string_view baseline);

}  // namespace isobar::plan
