// What a tenant's samples go through on their way in, before limits: from the sections `limits` and `overrides` of the
// configuration, whose keys have the same names (and are Mimir's, but for ha_max_targets).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/relabel.h"

namespace isobar::ingest {

struct TenantRules {
  bool accept_ha_samples = false;  // keep one replica's samples of each target (ha_tracker.h)
  std::string ha_cluster_label = "cluster";
  std::string ha_replica_label = "__replica__";  // removed from what is kept
  std::uint64_t ha_max_targets = 100'000;        // about 150 bytes each; series of further ones are refused
  std::vector<model::RelabelRule> metric_relabel_configs;  // after the above

  bool operator==(const TenantRules&) const = default;
};

struct TenantRulesTable {
  TenantRules defaults;
  std::map<std::string, TenantRules, std::less<>> overrides;  // by tenant; whole, with the defaults filled in
};

}  // namespace isobar::ingest
