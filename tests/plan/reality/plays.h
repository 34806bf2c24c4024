// The failures that are played, each with its world.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "plan/simulation/scenario.h"
#include "plan/simulation/simulate.h"

namespace isobar::reality {

struct Play {
  std::string name;
  std::string world;  // file, from the repository's root
  plan::simulation::Scenario scenario;
  Duration brief;  // how long it is played by ./dev test
  Duration full;   // and by ./dev bench reality
  // Rules without which the prediction must not hold: what the play can notice.
  std::vector<plan::simulation::Mutation> notices;
};

std::vector<Play> plays();

}  // namespace isobar::reality
