#include "plan/simulation/compiled_world.h"

#include <algorithm>

namespace isobar::plan::simulation {
namespace {

CompiledPod compile_pod(const World& world, const Pod& pod) {
  CompiledPod out;
  out.cpu_m = pod.cpu_m;
  out.memory_mib = pod.memory_mib;
  out.toleration = pod.toleration.ms;
  out.readiness_delay = pod.readiness_delay.ms;
  out.start_time = pod.start_time.ms;
  out.crash_after = pod.crash_after.ms;
  out.service = find_index(world.services, pod.service);
  if (!pod.volume.empty()) out.volume = find_index(world.volumes, pod.volume);
  if (!pod.zone.empty()) out.zone = find_index(world.zones, pod.zone);
  out.owner = pod.owner;
  out.anti_affinity = pod.anti_affinity;
  out.anti_affinity_topology = pod.anti_affinity_topology;
  out.spread = pod.spread;
  out.spread_topology = pod.spread_topology;
  for (const Dependency& dependency : pod.dependencies) {
    const std::uint64_t service = bit(find_index(world.services, dependency.service));
    switch (dependency.kind) {
      case DependencyKind::kStart: out.start |= service; break;
      case DependencyKind::kHard: out.hard |= service; break;
      case DependencyKind::kSoft: out.soft |= service; break;
      case DependencyKind::kSilent: out.silent |= service; break;
    }
  }
  for (std::size_t i = 0; i < world.stores.size(); ++i) {
    if (world.stores[i].service != pod.service) continue;
    out.store = static_cast<Index>(i);
    out.volatile_copy = !world.stores[i].wal_on_volume || out.volume == kNoIndex;
    out.in_memory = out.volatile_copy && !world.stores[i].on_pod_disk;
  }
  return out;
}

CompiledGroup compile_group(const World& world, const NodeGroup& group) {
  CompiledGroup out;
  for (const std::string& zone : group.zones) out.zones.push_back(find_index(world.zones, zone));
  out.max = group.max;
  out.desired = group.desired;
  out.autoscaling = group.autoscaling;
  out.cpu_m = group.cpu_m;
  out.memory_mib = group.memory_mib;
  out.pods = group.pods;
  out.volumes = group.volumes;
  for (const Pod& pod : world.pods) {
    if (pod.owner != Owner::kDaemonSet) continue;
    out.cpu_m -= pod.cpu_m;
    out.memory_mib -= pod.memory_mib;
    --out.pods;
  }
  return out;
}

TimerMillis compile_timers(const Timers& t) {
  return {t.node_boot.ms,      t.image_pull.ms,        t.volume_attach.ms, t.node_detection.ms,  t.pod_replacement.ms,
          t.readiness_period.ms, t.backoff_first.ms,   t.backoff_max.ms,   t.backoff_reset.ms,   t.autoscaler_scan.ms,
          t.autoscaler_retry.ms, t.group_replacement.ms, t.node_removal.ms, t.force_detach.ms};
}

// check_world() has refused circles, so each round places at least one.
void order_services(CompiledWorld& world) {
  std::uint64_t placed = 0;
  while (world.service_order.size() < world.services.size()) {
    for (std::size_t i = 0; i < world.services.size(); ++i) {
      const auto index = static_cast<Index>(i);
      if ((placed & bit(index)) != 0) continue;
      std::uint64_t needs = 0;
      for (const Index pod : world.services[i].pods) needs |= world.pods[at(pod)].hard;
      if ((needs & ~placed) != 0) continue;
      placed |= bit(index);
      world.service_order.push_back(index);
    }
  }
}

}  // namespace

CompiledWorld compile(const World& world) {
  CompiledWorld out;
  out.zones = world.zones.size();
  for (const Service& service : world.services) {
    const std::uint64_t own = bit(static_cast<Index>(out.services.size()));
    out.services.push_back({.quorum = service.quorum, .external = service.external});
    if (service.needed_for.write) out.write |= own;
    if (service.needed_for.read) out.read |= own;
    if (service.needed_for.degraded) out.degraded |= own;
  }
  for (const Pod& pod : world.pods) {
    out.pods.push_back(compile_pod(world, pod));
    out.has_silent = out.has_silent || out.pods.back().silent != 0;
    out.services[at(out.pods.back().service)].pods.push_back(static_cast<Index>(out.pods.size() - 1));
  }
  for (const NodeGroup& group : world.groups) out.groups.push_back(compile_group(world, group));
  for (const Volume& volume : world.volumes) {
    out.volumes.push_back({volume.zone.empty() ? kNoIndex : find_index(world.zones, volume.zone), volume.access, volume.zone_label});
  }
  for (const Store& store : world.stores) {
    out.stores.push_back({find_index(world.services, store.service), store.replication, store.flush_interval.ms,
                          store.replay_from.empty() ? kNoIndex : find_index(world.stores, store.replay_from)});
  }
  out.timers = compile_timers(world.timers);
  order_services(out);
  return out;
}

}  // namespace isobar::plan::simulation
