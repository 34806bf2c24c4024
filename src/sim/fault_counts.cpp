#include "sim/fault_counts.h"

#include <fmt/format.h>

namespace isobar::sim {
namespace {

struct Named {
  const char* name;
  std::uint64_t FaultCounts::* count;
};

constexpr Named kAll[] = {
    {"crashes", &FaultCounts::crashes},
    {"lost sectors", &FaultCounts::lost_sectors},
    {"torn files", &FaultCounts::torn_files},
    {"reordered files", &FaultCounts::reordered_files},
    {"lost names", &FaultCounts::lost_names},
    {"full disks", &FaultCounts::full_disk},
    {"failed writes", &FaultCounts::failed_writes},
    {"failed syncs", &FaultCounts::failed_syncs},
    {"failed reads", &FaultCounts::failed_reads},
    {"failed maps", &FaultCounts::failed_maps},
    {"failed lists", &FaultCounts::failed_lists},
    {"failed renames", &FaultCounts::failed_renames},
    {"failed removes", &FaultCounts::failed_removes},
    {"failed creates", &FaultCounts::failed_creates},
    {"failed directory syncs", &FaultCounts::failed_directory_syncs},
    {"slow calls", &FaultCounts::slow_calls},
    {"clock jumps", &FaultCounts::clock_jumps},
};

}  // namespace

FaultCounts& FaultCounts::operator+=(const FaultCounts& other) {
  for (const Named& one : kAll) this->*one.count += other.*one.count;
  slept = slept + other.slept;
  return *this;
}

std::string FaultCounts::to_string() const {
  std::string out;
  for (const Named& one : kAll) out += fmt::format("{} {}, ", this->*one.count, one.name);
  return out + fmt::format("{} hours in slow calls", slept.ms / Duration::hours(1).ms);
}

}  // namespace isobar::sim
