// What was given together: the pods of manifests, the values of charts, and the nodes of a configuration that hold them.
//
// Thread safety: values; they point into what was read.
#pragma once

#include <vector>

#include "plan/check/helm/values.h"
#include "plan/check/kubernetes/cluster.h"
#include "plan/check/machine.h"
#include "plan/check/terraform/network.h"

namespace isobar::plan {

struct Together {
  const kubernetes::Cluster& cluster;
  const std::vector<helm::Values>& values;
  const terraform::Configuration& configuration;
  terraform::Nodes nodes;
};

// The largest machine that a group may get; nothing when one of its types is not in the ledger.
std::optional<Machine> largest_of(const Ledger& ledger, const terraform::NodeGroup& group);

}  // namespace isobar::plan
