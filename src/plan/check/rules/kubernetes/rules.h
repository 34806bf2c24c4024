// Internal: the rules for Kubernetes manifests, one to a file of its name.
#pragma once

#include "plan/check/finding.h"
#include "plan/check/kubernetes/cluster.h"

namespace isobar::plan::rules::kubernetes {

using plan::kubernetes::Cluster;

#define ISOBAR_RULE(name) void name(const Cluster& cluster, const Ledger& ledger, Findings& findings)
ISOBAR_RULE(shared_volume);
ISOBAR_RULE(drain_blocked);
ISOBAR_RULE(memory_request);
ISOBAR_RULE(plain_secret);
ISOBAR_RULE(service_selector);
ISOBAR_RULE(service_port);
ISOBAR_RULE(probe_port);
ISOBAR_RULE(node_too_small);
ISOBAR_RULE(autoscaler_range);
ISOBAR_RULE(autoscaler_request);
ISOBAR_RULE(spread_called_ha);
ISOBAR_RULE(stop_sleep);
ISOBAR_RULE(disk_type);
#undef ISOBAR_RULE

}  // namespace isobar::plan::rules::kubernetes
