// Any text gives a world or problems; a world without problems runs, twice with the same result.
#include "base/check.h"
#include "plan/simulation/simulate.h"
#include "plan/simulation/world_file.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar::plan::simulation;
  if (size > 1 << 14) return 0;
  const CheckedWorld checked = parse_world({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!checked.problems.empty() || checked.world.pods.size() > 100) return 0;
  const auto scenarios = return_scenarios(checked.world, 1);
  if (scenarios.empty()) return 0;
  auto first = simulate(checked.world, scenarios.front(), isobar::Duration::minutes(10));
  auto second = simulate(checked.world, scenarios.front(), isobar::Duration::minutes(10));
  CHECK(first.has_value() == second.has_value());
  CHECK(!first || first->outcome.hash == second->outcome.hash);
  return 0;
}
