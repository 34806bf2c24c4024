// Internal: a World by indices instead of names, so that a run compares and copies integers only. Sets of services are
// bits of one word. DaemonSet pods become what each node has less.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/simulation/world.h"

namespace isobar::plan::simulation {

using Index = std::int16_t;
inline constexpr Index kNoIndex = -1;

struct CompiledPod {
  std::int64_t cpu_m = 0;
  std::int64_t memory_mib = 0;
  std::int64_t toleration = 0;
  std::int64_t readiness_delay = 0;
  std::int64_t start_time = 0;
  std::int64_t crash_after = 0;
  std::uint64_t start = 0;  // services, by kind of dependency
  std::uint64_t hard = 0;
  std::uint64_t soft = 0;
  std::uint64_t silent = 0;
  Index service = 0;
  Index volume = kNoIndex;
  Index zone = kNoIndex;
  Index store = kNoIndex;
  bool volatile_copy = false;  // the store's copy dies with the process
  bool in_memory = false;      // it goes with the process even when the pod stays
  Owner owner = Owner::kDeployment;
  Strictness anti_affinity = Strictness::kNone;
  Topology anti_affinity_topology = Topology::kHostname;
  Strictness spread = Strictness::kNone;
  Topology spread_topology = Topology::kZone;
};

struct CompiledService {
  std::int64_t quorum = 1;
  bool external = false;
  std::vector<Index> pods;
};

struct CompiledGroup {
  std::vector<Index> zones;
  std::int64_t max = 0;
  std::int64_t desired = 0;
  Autoscaling autoscaling = Autoscaling::kNone;
  std::int64_t cpu_m = 0;  // less the DaemonSets
  std::int64_t memory_mib = 0;
  std::int64_t pods = 0;
  std::int64_t volumes = 0;
};

struct CompiledVolume {
  Index zone = kNoIndex;
  VolumeAccess access = VolumeAccess::kReadWriteOnce;
  bool zone_label = false;
};

struct CompiledStore {
  Index service = 0;
  std::int64_t replication = 1;
  std::int64_t flush_interval = 0;
  Index replay_from = kNoIndex;
};

struct TimerMillis {
  std::int64_t node_boot, image_pull, volume_attach, node_detection, pod_replacement, readiness_period, backoff_first,
      backoff_max, backoff_reset, autoscaler_scan, autoscaler_retry, group_replacement, node_removal, force_detach;
};

struct CompiledWorld {
  std::vector<CompiledPod> pods;
  std::vector<CompiledService> services;
  std::vector<Index> service_order;  // a service after those that it depends on hard
  std::vector<CompiledGroup> groups;
  std::vector<CompiledVolume> volumes;
  std::vector<CompiledStore> stores;
  std::size_t zones = 0;
  std::uint64_t write = 0;  // services needed
  std::uint64_t read = 0;
  std::uint64_t degraded = 0;
  bool has_silent = false;
  TimerMillis timers{};
};

// The world must have passed check_world().
CompiledWorld compile(const World& world);

template <class T>
Index find_index(const std::vector<T>& items, std::string_view name) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].name == name) return static_cast<Index>(i);
  }
  return kNoIndex;
}

inline std::size_t at(Index index) { return static_cast<std::size_t>(index); }
inline std::uint64_t bit(Index index) { return std::uint64_t{1} << static_cast<unsigned>(index); }

}  // namespace isobar::plan::simulation
