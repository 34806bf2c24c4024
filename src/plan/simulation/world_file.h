// Reads a World from YAML. Strict: every problem comes with file and line, unknown keys name the nearest known one.
// docs in tests/plan/simulate/seed.yaml; the keys are the fields of world.h, except:
//   pods      replicas: 2 makes name-0 and name-1; volumes: [x, y] gives one to each; start_deps, hard_deps, soft_deps,
//             silent_deps are lists of services
//   services  needed_for: [write, read, degraded]
//   timers    any of timer_rows()
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/simulation/world.h"

namespace isobar::plan::simulation {

struct CheckedWorld {
  World world;                        // usable only without problems
  std::vector<std::string> problems;  // file:line: message
};

CheckedWorld parse_world(std::string_view text, std::string file);
// The same, with the first ten problems as one error.
Result<World> load_world(std::string_view text, std::string file);

}  // namespace isobar::plan::simulation
