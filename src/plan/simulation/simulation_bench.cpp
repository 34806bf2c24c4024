// Four-hour runs a second in one thread, each a scale to zero and a return in a subset of two zones:
// build/release/src/plan/plan_bench [seconds] [world.yaml …], from the root of the repository.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "plan/simulation/simulate.h"
#include "plan/simulation/world_file.h"


namespace {

using namespace isobar::plan::simulation;

isobar::Result<void> measure(const std::string& path, double seconds) {
  std::ifstream in(path);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  TRY(const World world, load_world(text, path));
  TRY(Simulator simulator, Simulator::create(world));
  const std::vector<Scenario> scenarios = return_scenarios(world, 2);
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  std::uint64_t runs = 0;
  std::uint64_t events = 0;
  double elapsed = 0;
  while (elapsed < seconds) {
    for (int i = 0; i < 100; ++i, ++runs) {
      TRY(const Outcome* outcome, simulator.outcome(scenarios[runs % scenarios.size()]));
      events += outcome->events;
    }
    elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  }
  fmt::print("{}: {} pods, {:.0f} runs/s, {:.0f} events/run, {:.1f} ns/event\n", path, world.pods.size(),
             static_cast<double>(runs) / elapsed, static_cast<double>(events) / static_cast<double>(runs),
             elapsed * 1e9 / static_cast<double>(events));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3;
  std::vector<std::string> paths{"tests/plan/simulate/seed_full.yaml", "tests/plan/simulate/a_seed.yaml"};
  if (argc > 2) paths.assign(argv + 2, argv + argc);
  for (const std::string& path : paths) {
    if (auto ok = measure(path, seconds); !ok) {
      std::fputs((ok.error().message + "\n").c_str(), stderr);
      return 1;
    }
  }
  return 0;
}
