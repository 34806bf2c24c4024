// One document for people who decide: what a profile saves and gives up beside another, what fails, what does not hold in
// their own document, and how to check it all. Markdown.
//
// Errors: those of compare() and simulate_report(). Thread safety: a pure function.
#pragma once

#include <string>
#include <string_view>

#include "plan/check/finding.h"
#include "plan/ledger/ledger.h"

namespace isobar::plan {

struct ReviewInput {
  std::string a, b;
  std::string baseline = "MODERATE";
  std::string document;  // name of the file that was checked; empty: none
  Findings findings;
};

Result<std::string> review_markdown(const Ledger& ledger, const ReviewInput& input);

}  // namespace isobar::plan
