// Prints a run as the tickets would read it: what broke, when, why, in 80 columns; then what is left for a human.
#pragma once

#include <string>

#include "plan/simulation/simulate.h"

namespace isobar::plan::simulation {

struct CascadeOptions {
  std::size_t lines = 60;  // of the trace; a last line says how many were left out
};

std::string print_cascade(const Run& run, const CascadeOptions& options = {});

}  // namespace isobar::plan::simulation
