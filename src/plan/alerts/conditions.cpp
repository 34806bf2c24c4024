#include "plan/alerts/conditions.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace isobar::plan {
namespace {

using simulation::Event;
using simulation::EventKind;
using simulation::World;

// "mimir-kafka-0" is a pod of a StatefulSet by that very name; pods of a Deployment end in two hashes.
std::string pod_pattern(const simulation::Pod& pod) {
  const std::string workload = pod.name.substr(0, pod.name.rfind('-'));
  if (pod.owner == simulation::Owner::kStatefulSet) return pod.name;
  return workload + "-[a-z0-9]+-[a-z0-9]+";
}

template <class Filter>
std::string pods_where(const World& world, Filter&& filter) {
  std::set<std::string> patterns;
  for (const simulation::Pod& pod : world.pods) {
    if (filter(pod)) patterns.insert(pod_pattern(pod));
  }
  return fmt::format("{}", fmt::join(patterns, "|"));
}

std::string pods_of_service(const World& world, const std::string& service) {
  return pods_where(world, [&](const simulation::Pod& pod) { return pod.service == service; });
}

std::string pods_of_volume(const World& world, const std::string& volume) {
  return pods_where(world, [&](const simulation::Pod& pod) { return pod.volume == volume; });
}

std::string ready(const std::string& pods) {
  return fmt::format("(sum(kube_pod_status_ready{{condition=\"true\",pod=~\"{}\"}}) or vector(0))", pods);
}

std::string nodes(const char* record, const std::string& zone) {
  return fmt::format("(sum({}{{zone=~\".*{}\"}}) or vector(0))", record, zone);
}

const simulation::Service& service_named(const World& world, const std::string& name) {
  return *std::find_if(world.services.begin(), world.services.end(), [&](const auto& one) { return one.name == name; });
}

}  // namespace

std::int64_t nodes_in_zone(const World& world, const std::string& zone) {
  std::int64_t sum = 0;
  for (const simulation::NodeGroup& group : world.groups) {
    const auto zones = static_cast<std::int64_t>(group.zones.size());
    for (std::int64_t z = 0; z < zones; ++z) {
      if (group.zones[static_cast<std::size_t>(z)] == zone) sum += group.desired / zones + (z < group.desired % zones);
    }
  }
  return sum;
}

std::string happened(const World& world, const Event& failure) {
  switch (failure.kind) {
    case EventKind::kLoseZone: return nodes("plan:nodes_schedulable:zone", failure.name) + " == bool 0";
    case EventKind::kLoseNode:
      return fmt::format("{} < bool {}", nodes("plan:nodes_schedulable:zone", failure.name), std::max<std::int64_t>(nodes_in_zone(world, failure.name), 1));
    case EventKind::kLoseVolume: return ready(pods_of_volume(world, failure.name)) + " == bool 0";
    default: break;
  }
  const simulation::Service& service = service_named(world, failure.name);
  if (service.external) return "vector(0)";  // nothing in the cluster says that an object store is about to fail
  return fmt::format("{} < bool {}", ready(pods_of_service(world, failure.name)), service.quorum);
}

EarlySign early_sign(const World& world, const Event& failure) {
  switch (failure.kind) {
    case EventKind::kLoseZone:
    case EventKind::kLoseNode: {
      const std::int64_t left = nodes_in_zone(world, failure.name) > 1 ? 1 : 0;
      return {fmt::format("{} <= {}", nodes("plan:nodes_healthy:zone", failure.name), left),
              left == 0 ? fmt::format("the node in zone {} is cordoned, under pressure or not Ready", failure.name)
                        : fmt::format("one healthy node is left in zone {}", failure.name)};
    }
    case EventKind::kLoseVolume: {
      const std::string pods = pods_of_volume(world, failure.name);
      return {fmt::format("min by (namespace, persistentvolumeclaim) (kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes) < 0.1\n"
                          "and on (namespace, persistentvolumeclaim) last_over_time(plan:claim_zone{{pod=~\"{0}\"}}[7d])\n"
                          "or\n"
                          "max by (namespace, persistentvolumeclaim, zone) (last_over_time(plan:claim_zone{{pod=~\"{0}\"}}[7d]))\n"
                          "unless on (zone) (plan:nodes_schedulable:zone > 0)", pods),
              fmt::format("the volume of {} is nearly full, or no schedulable node is in its zone", pods)};
    }
    default: break;
  }
  const simulation::Service& service = service_named(world, failure.name);
  const std::string pods = pods_of_service(world, failure.name);
  const auto count = std::count_if(world.pods.begin(), world.pods.end(), [&](const auto& pod) { return pod.service == failure.name; });
  if (count > service.quorum) {
    return {fmt::format("{} <= {}", ready(pods), service.quorum), fmt::format("{} has no pod to spare", failure.name)};
  }
  return {fmt::format("{} < {}", ready(pods), service.quorum), fmt::format("{} is not Ready; it has no pod to spare, so nothing announces that", failure.name), true};
}

const char* recording_rules() {
  return R"yaml(      # The zone of each node, of those that take pods, and of those with nothing wrong.
      - record: plan:node_zone
        expr: >-
          max by (node, zone) (label_replace(kube_node_labels, "zone", "$1", "label_topology_kubernetes_io_zone", "(.+)"))
      - record: plan:nodes_schedulable:zone
        expr: >-
          count by (zone) (plan:node_zone
          and on (node) (kube_node_status_condition{condition="Ready",status="true"} == 1)
          unless on (node) (kube_node_spec_unschedulable == 1))
      - record: plan:nodes_healthy:zone
        expr: >-
          count by (zone) (plan:node_zone
          and on (node) (kube_node_status_condition{condition="Ready",status="true"} == 1)
          unless on (node) (kube_node_spec_unschedulable == 1)
          unless on (node) (kube_node_status_condition{condition=~"MemoryPressure|DiskPressure|PIDPressure",status="true"} == 1))
      # Where each claim was mounted last; it is remembered when the pod has no node any more.
      - record: plan:claim_zone
        expr: >-
          max by (namespace, persistentvolumeclaim, pod, zone) (
          kube_pod_spec_volumes_persistentvolumeclaims_info
          * on (namespace, pod) group_left (node) max by (namespace, pod, node) (kube_pod_info{node!=""})
          * on (node) group_left (zone) plan:node_zone)
)yaml";
}

}  // namespace isobar::plan
