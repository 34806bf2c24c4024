#include "plan/simulation/engine.h"

namespace isobar::plan::simulation {
namespace {

// kube-scheduler's plugin weights: PodTopologySpread 2, NodeResourcesFit 1.
constexpr std::int64_t kSpreadWeight = 2;

}  // namespace

// One pass over all pending pods in the order of the world. A refusal is reported when it differs from the last one.
void Engine::schedule_pending() {
  if (state_.pending == 0) return;
  for (std::size_t p = 0; p < state_.pods.size() && state_.pending > 0; ++p) {
    PodState& pod = state_.pods[p];
    if (pod.phase != PodPhase::kPending) continue;
    Refusals refusals;
    const Index node = choose_node(static_cast<Index>(p), refusals);
    if (node != kNoIndex) {
      bind(static_cast<Index>(p), node);
    } else if (!(refusals == pod.refusals) || refusals.nodes == 0) {
      pod.refusals = refusals;
      note(ObjectKind::kPod, static_cast<Index>(p), What::kFailedScheduling,
           static_cast<std::int64_t>(refusals.nodes) << 16 | refusals.hopeless);
    }
  }
  if (state_.pending > 0) arm_autoscaler();
}

// Fills near_zone_ and near_node_ with the pods of the same service, and returns the most that any node has of both.
std::int64_t Engine::count_neighbours(Index index) {
  near_zone_.assign(compiled_.zones, 0);
  near_node_.assign(state_.nodes.size(), 0);
  for (const Index other : compiled_.services[at(compiled_.pods[at(index)].service)].pods) {
    const Index where = state_.pods[at(other)].node;
    if (other == index || where == kNoIndex) continue;
    ++near_node_[at(where)];
    ++near_zone_[at(state_.nodes[at(where)].zone)];
  }
  std::int64_t most = 0;
  for (std::size_t n = 0; n < state_.nodes.size(); ++n) {
    if (state_.nodes[n].phase == NodePhase::kReady) {
      most = std::max<std::int64_t>(most, near_node_[n] + near_zone_[at(state_.nodes[n].zone)]);
    }
  }
  return most;
}

// Highest score wins; of equals the first, where kube-scheduler draws lots.
Index Engine::choose_node(Index index, Refusals& refusals) {
  const CompiledPod& pod = compiled_.pods[at(index)];
  const bool spreads = compiled_.services[at(pod.service)].pods.size() > 1;
  std::int64_t most = -1;  // counted for the first node that would do
  Index best = kNoIndex;
  std::int64_t best_score = 0;
  for (std::size_t n = 0; n < state_.nodes.size(); ++n) {
    const NodeState& node = state_.nodes[n];
    if (node.phase != NodePhase::kReady && node.phase != NodePhase::kLost) continue;
    ++refusals.nodes;
    if (!admits(pod, index, node, &refusals)) continue;
    if (spreads && most < 0) most = count_neighbours(index);
    const std::int64_t near = spreads ? near_node_[n] + near_zone_[at(node.zone)] : 0;
    const std::int64_t value = score(pod, node, near, most);
    if (best == kNoIndex || value > best_score) {
      best = static_cast<Index>(n);
      best_score = value;
    }
  }
  return best;
}

// The filters in their order; the first that refuses speaks, NodeResourcesFit for every resource that lacks.
bool Engine::admits(const CompiledPod& pod, Index self, const NodeState& node, Refusals* refusals) const {
  const auto refuse = [&](Refusal refusal, bool hopeless) {
    if (refusals != nullptr) {
      refusals->add(refusal);
      refusals->hopeless = static_cast<std::uint16_t>(refusals->hopeless + hopeless);
    }
    return false;
  };
  if (node.tainted) return refuse(Refusal::kUnreachable, true);
  if (pod.zone != kNoIndex && pod.zone != node.zone) return refuse(Refusal::kNodeAffinity, true);
  if (!fits(pod, node, refusals)) return false;
  if (pod.volume != kNoIndex) {
    const CompiledVolume& volume = compiled_.volumes[at(pod.volume)];
    if (volume.access == VolumeAccess::kReadWriteOncePod && state_.volumes[at(pod.volume)].users > 0) {
      return refuse(Refusal::kReadWriteOncePod, false);
    }
    if (node.volumes_free < 1) return refuse(Refusal::kVolumeLimit, false);
    if (!volume_allows(pod, node.zone, refusals)) return false;
  }
  if (pod.spread == Strictness::kHard && !spread_allows(pod, self, node, refusals)) return false;
  if (pod.anti_affinity == Strictness::kHard && neighbours(pod, self, node, pod.anti_affinity_topology) > 0) {
    return refuse(Refusal::kAntiAffinity, false);
  }
  return true;
}

bool Engine::fits(const CompiledPod& pod, const NodeState& node, Refusals* refusals) const {
  if (mutation_ == Mutation::kNoResources) return true;
  const bool pods = node.pods_free < 1;
  const bool cpu = pod.cpu_m > 0 && pod.cpu_m > node.cpu_free;
  const bool memory = pod.memory_mib > 0 && pod.memory_mib > node.memory_free;
  if (!pods && !cpu && !memory) return true;
  if (refusals != nullptr) {
    const CompiledGroup& group = compiled_.groups[at(node.group)];
    if (pods) refusals->add(Refusal::kPods);
    if (cpu) refusals->add(Refusal::kCpu);
    if (memory) refusals->add(Refusal::kMemory);
    const bool never = pod.cpu_m > group.cpu_m || pod.memory_mib > group.memory_mib;
    refusals->hopeless = static_cast<std::uint16_t>(refusals->hopeless + never);
  }
  return false;
}

// A CSI volume carries node affinity (VolumeBinding); one of the in-tree driver a label (VolumeZone).
bool Engine::volume_allows(const CompiledPod& pod, Index zone, Refusals* refusals) const {
  const CompiledVolume& volume = compiled_.volumes[at(pod.volume)];
  if (volume.zone == kNoIndex || volume.zone == zone || mutation_ == Mutation::kNoVolumeZone) return true;
  if (refusals != nullptr) {
    refusals->add(volume.zone_label ? Refusal::kVolumeZone : Refusal::kVolumeBinding);
    ++refusals->hopeless;
  }
  return false;
}

// maxSkew 1 over the zones or nodes that exist.
bool Engine::spread_allows(const CompiledPod& pod, Index self, const NodeState& node, Refusals* refusals) const {
  std::int64_t least = -1;
  for (const NodeState& other : state_.nodes) {
    if (other.phase != NodePhase::kReady) continue;
    const std::int64_t here = neighbours(pod, self, other, pod.spread_topology);
    if (least < 0 || here < least) least = here;
  }
  if (neighbours(pod, self, node, pod.spread_topology) + 1 - std::max<std::int64_t>(least, 0) <= 1) return true;
  if (refusals != nullptr) refusals->add(Refusal::kSpread);
  return false;
}

// Pods of the same service, other than the pod itself, on the node or in its zone.
std::int64_t Engine::neighbours(const CompiledPod& pod, Index self, const NodeState& node, Topology topology) const {
  std::int64_t count = 0;
  for (const Index other : compiled_.services[at(pod.service)].pods) {
    const Index where = state_.pods[at(other)].node;
    if (other == self || where == kNoIndex) continue;
    const NodeState& theirs = state_.nodes[at(where)];
    count += topology == Topology::kZone ? theirs.zone == node.zone
                                         : theirs.zone == node.zone && theirs.number == node.number;
  }
  return count;
}

std::int64_t Engine::score(const CompiledPod& pod, const NodeState& node, std::int64_t near, std::int64_t most) const {
  const CompiledGroup& group = compiled_.groups[at(node.group)];
  const auto free_share = [](std::int64_t total, std::int64_t used) {
    return total <= 0 ? 0 : std::max<std::int64_t>(0, (total - used) * 100 / total);
  };
  const std::int64_t least_allocated =
      (free_share(group.cpu_m, node.score_cpu + pod.cpu_m) + free_share(group.memory_mib, node.score_memory + pod.memory_mib)) / 2;
  const std::int64_t apart = most > 0 ? (most - near) * 100 / most : 0;
  return least_allocated + kSpreadWeight * apart;
}

}  // namespace isobar::plan::simulation
