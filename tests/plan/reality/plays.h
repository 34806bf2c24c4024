// The failures that are played, each with its world.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "plan/simulation/scenario.h"

namespace isobar::reality {

struct Play {
  std::string name;
  std::string world;  // file, from the repository's root
  plan::simulation::Scenario scenario;
  Duration brief;  // how long it is played by ./dev test
  Duration full;   // and by ./dev bench reality
};

std::vector<Play> plays();

}  // namespace isobar::reality
