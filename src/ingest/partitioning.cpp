#include "ingest/partitioning.h"

#include "base/hash.h"

namespace isobar::ingest {

ingest_log::PartitionId partition_of(std::string_view tenant, std::string_view job, std::string_view instance,
                                     std::string_view metric, std::uint32_t partitions) {
  std::uint64_t h = hash64(tenant);
  const auto mix = [&h](std::string_view part) { h = (h ^ hash64(part)) * 0x9e3779b97f4a7c15ULL; };
  mix(job);
  mix(instance);
  if (job.empty() && instance.empty()) mix(metric);
  return {static_cast<std::uint32_t>((h >> 32) % partitions)};
}

}  // namespace isobar::ingest
