// Subnets, their zones, and the node groups that stand in them, as far as a configuration says so for certain.
//
// Thread safety: functions of their arguments; results point into the configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/check/terraform/configuration.h"

namespace isobar::plan::terraform {

// In how many zones these subnets lie; nothing when that is not certain.
struct Zones {
  std::size_t count = 0;
  std::string derivation;
};
std::optional<Zones> zones_of(const Configuration& configuration, const Value* subnets);

enum class Route { kUnknown, kInternet, kPrivate };
// Where the default route of a subnet goes: to an internet gateway, or certainly not to one.
struct SubnetRoute {
  Route route = Route::kUnknown;
  std::string derivation;
};
SubnetRoute route_of(const Configuration& configuration, const Resource& subnet);

struct NodeGroup {
  std::string name;
  Origin origin;
  std::optional<std::int64_t> min, max, desired;
  Origin min_origin;
  std::vector<std::string> types;  // empty: not known
  std::optional<Zones> zones;
  std::string ami_type;
};

struct Nodes {
  std::vector<NodeGroup> groups;
  // Nothing else brings nodes: no Fargate, Karpenter, auto mode, or groups that are not managed.
  bool complete = true;
  bool karpenter = false;
};
Nodes nodes_of(const Configuration& configuration);

// Whether the CNI is told to give pods subnets of their own, and no prefixes to its interfaces.
std::optional<Origin> custom_networking(const Configuration& configuration);
// Whether anything in it speaks of prefixes for interfaces: nodes then take more pods than addresses.
bool gives_prefixes(const Configuration& configuration);

}  // namespace isobar::plan::terraform
