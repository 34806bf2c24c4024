// A ledger as input: its profiles computed, and their pods as the scheduler sees them.
//
// Rules ask for the names of the ledger that ships: nodes.count, nodes.min, nodes.max, node.type, node.zones,
// nodes.allocatable_mib, nodes.max_pods, zones, subnets.public, load_balancers, eks.clusters, scaler. A ledger without a name
// is not asked about it.
// Thread safety: values; they point into the ledger.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/check/packing.h"
#include "plan/ledger/evaluation.h"

namespace isobar::plan {

struct LedgerProfiles {
  const Ledger* ledger = nullptr;
  std::vector<Evaluation> profiles;
};
// Profiles that cannot be computed are left out: validate() has said so.
LedgerProfiles profiles_of(const Ledger& ledger);

// A setting or a quantity of the profile.
const Value* value_in(const Evaluation& profile, std::string_view name);
std::optional<std::int64_t> whole_in(const Evaluation& profile, std::string_view name);
std::string text_in(const Evaluation& profile, std::string_view name);
// Where the decision stands that sets it, or else the quantity, or else the first profile.
Origin place_of(const Ledger& ledger, std::string_view name);
// "C2 Node count: 3" in this profile.
std::string decision_text(const Ledger& ledger, std::string_view setting, const std::string& profile);

struct ProfilePods {
  std::vector<PodDemand> pods;
  PodDemand on_each_node;  // DaemonSets in sum
  std::int64_t pods_on_each_node = 0;
};
// At the least: what was not measured counts nothing, and a sidecar belongs to one pod, the smallest first.
ProfilePods pods_of(const Ledger& ledger, const Evaluation& profile);

}  // namespace isobar::plan
