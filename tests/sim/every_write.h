// Crash at every write: one short fixed history (writes, flush, merge, delete, cleaning, retention), run again and again, each
// time with one fault at the next place, until it runs through. Then the process comes back, everything is checked, it
// goes on, and is checked again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/fault_counts.h"

namespace isobar::sim {

enum class FaultAt {
  kCrashLose,  // power is lost at the n-th change of the disk, all that was not synced with it
  kCrashKeep,  // some of it is kept, torn and out of order
  kKill,       // only the process dies there; it comes back, and then power is lost
  kFail,       // the n-th call of any kind fails once, and the process goes on
  kFailLose,   // as kFail, but power is lost soon after: what was concluded from the failure must be durable
  // On a bucket, at the n-th change of it:
  kBucketKill,        // the process dies, and the change is done or not
  kBucketRefuse,      // it fails, once, and the process goes on
  kBucketLoseAnswer,  // as that, but it is done
};
bool is_of_bucket(FaultAt fault);

struct Place {
  std::uint64_t script = 1;  // its seed
  FaultAt fault = FaultAt::kCrashLose;
  std::uint64_t at = 0;
};

// "--script 1 --fault crash-lose --at 17": the arguments that replay it.
std::string arguments_of(const Place& place);
std::optional<FaultAt> fault_of(const std::string& name);

// The first thing that must not be, "" for none. `reached`: the history was long enough for the fault to happen.
std::string run_at(const Place& place, bool tell, bool& reached, FaultCounts& counts);

}  // namespace isobar::sim
