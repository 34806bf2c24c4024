// One seed is one history: a process that writes, flushes, merges, deletes, forgets, dies and comes back, several times.
#pragma once

#include <cstdint>
#include <string>

#include "sim/fault_counts.h"

namespace isobar::sim {

// The first fault, "" for none. `tell`: the story on stderr. What the disk did is added to `counts`.
std::string run_random_history(std::uint64_t seed, bool tell, FaultCounts& counts);

}  // namespace isobar::sim
