// `plan compare` as a report: the decisions that differ, the bill by line, footprints, controls, assumptions.
#pragma once

#include "plan/compare/comparison.h"
#include "plan/report/report.h"

namespace isobar::plan {

struct CompareOptions {
  std::string baseline = "MODERATE";  // LOW, MODERATE, HIGH: the controls that count
  bool all = false;                   // also the decisions that do not differ
};

Result<Report> compare_report(const Ledger& ledger, const Comparison& comparison, const CompareOptions& options);

// "$656.73 -> $205.67, -68.7%". Percent of A's total, one digit.
std::string percent_change(const Money& a, const Money& b);

}  // namespace isobar::plan
