// Metrics go to hash(tenant, job, instance) mod partitions, which keeps a target's series together. Part of no format:
// readers never prune by partition, so it may change; but a series that moves loses detection of duplicates across
// partitions until its old samples are merged. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "ingest_log/ingest_log.h"

namespace isobar::ingest {

// `job` and `instance` may be empty; then the metric name spreads the series.
ingest_log::PartitionId partition_of(std::string_view tenant, std::string_view job, std::string_view instance,
                                     std::string_view metric, std::uint32_t partitions);

}  // namespace isobar::ingest
