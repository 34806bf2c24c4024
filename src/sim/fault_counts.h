// What a simulated disk has done to those who trusted it. A value.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace isobar::sim {

struct FaultCounts {
  std::uint64_t crashes = 0;
  std::uint64_t lost_sectors = 0;  // written, not synced, gone after a crash or a failed sync
  std::uint64_t torn_files = 0;    // of whose unsynced sectors some were kept and some lost
  std::uint64_t reordered_files = 0;  // that kept a sector behind one that was lost
  std::uint64_t lost_names = 0;    // creations, renames and removals that a crash undid
  std::uint64_t full_disk = 0;     // growth refused for want of room
  std::uint64_t failed_writes = 0;
  std::uint64_t failed_syncs = 0;
  std::uint64_t failed_reads = 0;  // read, size, open
  std::uint64_t failed_maps = 0;
  std::uint64_t failed_lists = 0;  // list, exists
  std::uint64_t failed_renames = 0;
  std::uint64_t failed_removes = 0;
  std::uint64_t failed_creates = 0;
  std::uint64_t failed_directory_syncs = 0;
  std::uint64_t slow_calls = 0;
  Duration slept;  // in slow calls
  std::uint64_t clock_jumps = 0;

  FaultCounts& operator+=(const FaultCounts& other);
  // "12 crashes, 3 torn files, …": all of them, also what is 0.
  std::string to_string() const;
};

}  // namespace isobar::sim
