// One seed is one history: a process that writes, flushes, merges, deletes, forgets, dies and comes back, several times.
#pragma once

#include <cstdint>
#include <string>

#include "sim/fault_counts.h"
#include "world.h"

namespace isobar::sim {

// The first fault, "" for none. `tell`: the story on stderr. What the disk, or the bucket, did is added to the counts.
std::string run_random_history(std::uint64_t seed, bool tell, World::Ground ground, FaultCounts& counts,
                               BucketCounts& bucket_counts);

}  // namespace isobar::sim
