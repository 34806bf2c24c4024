#include "plan/simulation/simulate.h"

#include <fmt/format.h>

#include "plan/simulation/engine.h"

namespace isobar::plan::simulation {

Simulator::Simulator(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
Simulator::Simulator(Simulator&&) noexcept = default;
Simulator& Simulator::operator=(Simulator&&) noexcept = default;
Simulator::~Simulator() = default;

Result<Simulator> Simulator::create(const World& world, Mutation mutation) {
  const std::vector<WorldProblem> problems = check_world(world);
  if (!problems.empty()) {
    const WorldProblem& first = problems.front();
    return fail(Code::kInvalid, fmt::format("{}[{}]: {}", first.kind, first.index, first.message));
  }
  return Simulator(std::make_unique<Engine>(world, mutation));
}

Result<const Outcome*> Simulator::outcome(const Scenario& scenario, Duration horizon) {
  return engine_->run(scenario, horizon, false);
}

Result<Run> Simulator::run(const Scenario& scenario, Duration horizon) {
  TRYV(engine_->run(scenario, horizon, true));
  return engine_->report(scenario, horizon);
}

const World& Simulator::world() const { return engine_->world(); }

std::vector<std::string> Simulator::first_zones() const { return engine_->first_zones(); }

Result<Run> simulate(const World& world, const Scenario& scenario, Duration horizon) {
  TRY(Simulator simulator, Simulator::create(world));
  return simulator.run(scenario, horizon);
}

}  // namespace isobar::plan::simulation
