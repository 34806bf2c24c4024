// VPC, EKS and nodes of a profile. Decisions that AWS refuses, or that strand a volume, are corrected, each with a note.
//
// Errors: kUnprocessable where decisions contradict each other and no correction is the obvious one.
// Thread safety: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/render/isobar_deployment.h"
#include "plan/render/profile_facts.h"

namespace isobar::plan::rendering {

struct NodeGroup {
  std::string name;
  std::vector<std::string> zones;
  std::int64_t least = 0, desired = 0, most = 0;
};

struct Infrastructure {
  Sourced<std::vector<std::string>> zones;
  Sourced<bool> own_pod_subnets;
  Sourced<std::int64_t> public_subnets;
  Sourced<std::int64_t> private_subnets;
  Sourced<std::int64_t> nat_gateways;
  Sourced<bool> public_endpoint;
  Sourced<bool> own_keys;
  Sourced<std::string> instance_type;
  std::string ami_type;
  Sourced<std::int64_t> max_pods;
  Sourced<std::int64_t> disk_gib;
  Sourced<std::string> disk_type;
  Sourced<std::vector<NodeGroup>> node_groups;
  Sourced<bool> schedule;
  Sourced<std::int64_t> bastions;
  Sourced<std::vector<std::pair<std::string, std::string>>> tags;
  std::vector<std::string> notes;
};

Result<Infrastructure> infrastructure_of(const ProfileFacts& facts);

}  // namespace isobar::plan::rendering
