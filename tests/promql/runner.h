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

// A script that does not parse is an error. With `reruns`, every instant evaluation that passes is evaluated
// again in ways that must not change its result: as the middle step of a range query, and with its time fixed
// by @ at other times. They count as evaluations of their own.
Result<ScriptResult> run_script(std::string_view text, bool reruns = false);

}  // namespace isobar::promqltest
