// The pods of the manifests fit on the node groups: at their maximum, and on those that run less one.
//
// Requests at the least (the minimum of an autoscaler, no sidecars), room at the most (the largest type of a group).
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/packing.h"
#include "plan/check/rules/together/rules.h"

namespace isobar::plan::rules::together {
namespace {

using plan::terraform::NodeGroup;

struct Demand {
  std::vector<PodDemand> pods;
  PodDemand each_node;
  std::int64_t pods_each_node = 0;
};

Demand demand_of(const kubernetes::Cluster& cluster) {
  constexpr std::int64_t kMost = 10'000;
  Demand out;
  for (const kubernetes::Workload& workload : cluster.workloads) {
    const PodDemand one{workload.title(), workload.pods.memory >> 20, workload.pods.cpu_m};
    if (const auto replicas = cluster.replicas_of(workload)) {
      out.pods.insert(out.pods.end(), static_cast<std::size_t>(std::clamp<std::int64_t>(replicas->first, 0, kMost)), one);
    } else if (workload.kind == "DaemonSet" && workload.pods.node_selector.empty()) {
      out.each_node.memory_mib += one.memory_mib;
      out.each_node.cpu_m += one.cpu_m;
      ++out.pods_each_node;
    }
  }
  return out;
}

struct Room {
  std::int64_t nodes = 0, memory_mib = 0, cpu_m = 0, pods = 0, largest_mib = 0;
  std::string derivation;
};

void add(const Machine& machine, std::int64_t max_pods, std::int64_t count, const Demand& demand, Room& room) {
  room.nodes += count;
  room.memory_mib += count * (machine.memory_mib - demand.each_node.memory_mib);
  room.cpu_m += count * (machine.cpu_m - demand.each_node.cpu_m);
  room.pods += count * (max_pods - demand.pods_each_node);
  room.largest_mib = std::max(room.largest_mib, machine.memory_mib - demand.each_node.memory_mib);
  if (room.derivation.find(machine.memory_derivation) == std::string::npos)
    room.derivation += (room.derivation.empty() ? "" : "; ") + machine.memory_derivation;
}

// Room of `count` nodes of each group; nothing when a number or a type is not known.
std::optional<Room> room_of(const Together& given, const Ledger& ledger, std::optional<std::int64_t> NodeGroup::*count,
                            const Demand& demand) {
  const bool custom = custom_networking(given.configuration).has_value();
  const bool prefixes = gives_prefixes(given.configuration);
  Room out;
  for (const NodeGroup& group : given.nodes.groups) {
    const std::optional<Machine> machine = largest_of(ledger, group);
    if (!machine || !(group.*count) || *(group.*count) > 10'000) return std::nullopt;
    add(*machine, prefixes ? 250 : custom ? machine->max_pods_custom : machine->max_pods, *(group.*count), demand, out);
  }
  return out;
}

// What there is too little of; empty when all fits by these sums. Nodes may differ, so a pod is held against them apart.
std::string short_of(const Demand& demand, const Room& room) {
  std::vector<Excess> found = excess(demand.pods, {room.memory_mib, room.cpu_m, room.pods}, 1);
  std::erase_if(found, [](const Excess& one) { return one.limit == Limit::kLargest || one.limit == Limit::kLarge; });
  return excess_text(found);
}

void at_maximum(const Together& given, const Demand& demand, const Room& room, Findings& findings) {
  const Origin& place = given.nodes.groups[0].origin;
  const std::string lacking = short_of(demand, room);
  const auto largest = std::max_element(demand.pods.begin(), demand.pods.end(),
                                        [](const PodDemand& a, const PodDemand& b) { return a.memory_mib < b.memory_mib; });
  if (!lacking.empty()) {
    report(findings, "capacity", Severity::kError, place,
           fmt::format("{} pods on at most {} nodes", demand.pods.size(), room.nodes), lacking, room.derivation);
  } else if (largest->memory_mib > room.largest_mib) {
    report(findings, "capacity", Severity::kError, place,
           fmt::format("{} requests {} MiB", largest->name, grouped(largest->memory_mib)),
           fmt::format("no node has more than {} MiB left for it", grouped(room.largest_mib)), room.derivation);
  }
}

// One node less of those that run: what a drain, a failure and an upgrade leave.
void less_one(const Together& given, const Ledger& ledger, const Demand& demand, Findings& findings) {
  std::optional<Room> room = room_of(given, ledger, &NodeGroup::desired, demand);
  if (!room || room->nodes < 2) return;
  const std::int64_t nodes = room->nodes;
  for (const NodeGroup& group : given.nodes.groups) {
    if (*group.desired < 1 || largest_of(ledger, group)->memory_mib - demand.each_node.memory_mib < room->largest_mib) continue;
    const bool custom = custom_networking(given.configuration).has_value();
    const Machine lost = *largest_of(ledger, group);
    add(lost, gives_prefixes(given.configuration) ? 250 : custom ? lost.max_pods_custom : lost.max_pods, -1, demand, *room);
    break;
  }
  const std::string lacking = short_of(demand, *room);
  if (lacking.empty() || nodes == room->nodes) return;
  report(findings, "capacity", Severity::kWarning, given.nodes.groups[0].origin,
         fmt::format("{} pods on {} nodes", demand.pods.size(), nodes), fmt::format("with one node less {}", lacking),
         room->derivation + "; pods wait until the node is back or an autoscaler adds one");
}

}  // namespace

void capacity(const Together& given, const Ledger& ledger, Findings& findings) {
  const Demand demand = demand_of(given.cluster);
  if (!given.nodes.complete || demand.pods.empty()) return;
  const std::size_t before = findings.size();
  if (const std::optional<Room> room = room_of(given, ledger, &NodeGroup::max, demand))
    at_maximum(given, demand, *room, findings);
  if (findings.size() == before) less_one(given, ledger, demand, findings);
}

}  // namespace isobar::plan::rules::together
