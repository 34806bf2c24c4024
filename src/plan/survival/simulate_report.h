// plan simulate as tables: the verdicts of profiles beside each other, and everything about one profile.
//
// Errors: those of survival_of(). Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "plan/report/report.h"
#include "plan/survival/survival.h"

namespace isobar::plan {

struct SimulateOptions {
  std::size_t most_failures = 3;  // combinations of up to this many failures
  std::int64_t repairs = 200;     // repairs drawn for each failure
  std::uint64_t seed = 1;
  bool changes = true;            // look for the cheapest change of decisions that survives
};

// Each failure beside each profile.
Result<Report> failure_matrix(const Ledger& ledger, const std::vector<std::string>& profiles);
Result<Report> simulate_report(const Ledger& ledger, const std::string& profile, const SimulateOptions& options);
// The worst place of one failure, with its trace. kInvalid for an unknown failure names the nearest.
Result<simulation::Run> worst_run(const Ledger& ledger, const std::string& profile, const std::string& failure);
// What happens, line by line, in the worst place of one failure: the text of simulation/cascade.h.
Result<std::string> cascade_of(const Ledger& ledger, const std::string& profile, const std::string& failure);

}  // namespace isobar::plan
