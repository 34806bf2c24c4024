// Runs scripts and compares. Floats are equal within a relative 1e-6, histograms bucket by bucket.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace isobar::promqltest {

struct Failure {
  int line = 0;
  std::string query;
  std::string reason;
};

struct ScriptResult {
  int passed = 0;
  std::vector<Failure> failures;
};

// A script that does not parse is an error.
Result<ScriptResult> run_script(std::string_view text);

}  // namespace isobar::promqltest
