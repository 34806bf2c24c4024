// The cluster of a profile as the simulation sees it: nodes from the compute decisions, pods and volumes from the components,
// their behaviour from the services of the ledger.
//
// The ledger must have these names: nodes.count, nodes.min, nodes.max, node.type, node.zones, scaler (schedule, none, multi_az,
// per_az, karpenter), nodes.allocatable_mib, nodes.allocatable_cpu_m, nodes.max_pods, nodes.max_volumes,
// assume.kube_system_mib, assume.kube_system_cpu_m.
//
// Volumes are bound to the zone where the scheduler first puts their pod (WaitForFirstConsumer). Containers without a pod of their own (sidecars) are added to the first pods that are not their own component's.
//
// Errors: kUnprocessable with file and line of the row. Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "plan/ledger/evaluation.h"
#include "plan/simulation/world.h"

namespace isobar::plan {

struct ProfileWorld {
  simulation::World world;
  // Pods whose requests nobody measured: the scheduler counts them as zero.
  std::vector<std::string> not_measured;

  bool operator==(const ProfileWorld&) const = default;
};

Result<ProfileWorld> world_of(const Ledger& ledger, const std::string& name, const Settings& settings);

}  // namespace isobar::plan
