#include "plan/simulation/engine.h"

namespace isobar::plan::simulation {
namespace {

constexpr std::size_t kMaxNodesEver = 20'000;  // of one run, gone ones too: an Index

}  // namespace

std::int64_t Engine::group_size(Index group) const {
  std::int64_t size = 0;
  for (const NodeState& node : state_.nodes) {
    size += node.group == group && (node.phase == NodePhase::kReady || node.phase == NodePhase::kBooting);
  }
  return size;
}

// Where a group over several zones starts its next node: the zone with the fewest, the first of equals.
Index Engine::emptiest_zone(const CompiledGroup& group) const {
  Index best = kNoIndex;
  std::int64_t fewest = 0;
  for (const Index zone : group.zones) {
    if (((state_.zones_down | state_.zones_short) & bit(zone)) != 0) continue;
    std::int64_t nodes = 0;
    for (const NodeState& node : state_.nodes) {
      nodes += node.zone == zone && (node.phase == NodePhase::kReady || node.phase == NodePhase::kBooting);
    }
    if (best == kNoIndex || nodes < fewest) {
      best = zone;
      fewest = nodes;
    }
  }
  return best;
}

// kNoIndex if the zone launches none or the group has its maximum.
Index Engine::launch(Index group_index, Index zone) {
  const CompiledGroup& group = compiled_.groups[at(group_index)];
  if (((state_.zones_down | state_.zones_short) & bit(zone)) != 0) return kNoIndex;
  if (group_size(group_index) >= group.max) return kNoIndex;
  if (state_.nodes.size() >= kMaxNodesEver) return kNoIndex;
  const auto index = static_cast<Index>(state_.nodes.size());
  Index number = 1;
  for (const NodeState& node : state_.nodes) number = static_cast<Index>(number + (node.zone == zone));
  state_.nodes.push_back({.group = group_index, .zone = zone, .number = number, .cpu_free = group.cpu_m,
                          .memory_free = group.memory_mib, .pods_free = group.pods, .volumes_free = group.volumes});
  if (!settling_) {
    note(ObjectKind::kNode, index, What::kNodeLaunched);
    push(compiled_.timers.node_boot, Action::kNodeReady, index, 0);
  }
  return index;
}

void Engine::node_ready(Index index) {
  NodeState& node = state_.nodes[at(index)];
  const bool was_lost = node.phase == NodePhase::kLost;
  node.phase = NodePhase::kReady;
  node.tainted = false;
  ++state_.ready_nodes;
  schedule_dirty_ = services_dirty_ = true;
  note(ObjectKind::kNode, index, What::kNodeReady);
  if (!was_lost) return;
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    PodState& pod = state_.pods[p];
    if (pod.node != index) continue;
    if (pod.phase == PodPhase::kTerminating) {
      remove_pod(static_cast<Index>(p), compiled_.timers.pod_replacement);
    } else if (pod.phase == PodPhase::kNodeLost) {
      ++pod.epoch;
      ++outcome_.restarts[p];
      set_phase(static_cast<Index>(p), PodPhase::kCreating);
      push(0, Action::kContainerStart, static_cast<Index>(p), pod.epoch);
    }
  }
}

// Its pods stop at once; the control plane learns it after node_detection and evicts after their toleration.
void Engine::lose_node(Index index, bool terminated) {
  NodeState& node = state_.nodes[at(index)];
  if (node.phase == NodePhase::kGone || node.phase == NodePhase::kLost) return;
  const bool ran = node.phase == NodePhase::kReady;
  ++node.epoch;
  node.phase = ran ? NodePhase::kLost : NodePhase::kGone;
  if (!ran) return;
  node.terminated = terminated;
  --state_.ready_nodes;
  services_dirty_ = true;
  note(ObjectKind::kNode, index, What::kNodeLost);
  push(compiled_.timers.node_detection, Action::kNodeDetected, index, node.epoch);
  push(compiled_.timers.group_replacement, Action::kReplaceNode, index, node.epoch);
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    PodState& pod = state_.pods[p];
    if (pod.node != index) continue;
    process_died(static_cast<Index>(p));
    if (pod.phase == PodPhase::kAttachFailed) ++state_.volumes[at(compiled_.pods[p].volume)].users;
    ++pod.epoch;
    set_phase(static_cast<Index>(p), PodPhase::kNodeLost);
    const std::int64_t toleration = mutation_ == Mutation::kNoToleration ? 0 : compiled_.pods[p].toleration;
    push(compiled_.timers.node_detection + toleration, Action::kEvict, static_cast<Index>(p), pod.epoch);
  }
}

void Engine::lose_zone(Index zone) {
  state_.zones_down |= bit(zone);
  for (std::size_t n = 0; n < state_.nodes.size(); ++n) {
    if (state_.nodes[n].zone == zone) lose_node(static_cast<Index>(n), false);
  }
}

void Engine::restore_zone(Index zone) {
  state_.zones_down &= ~bit(zone);
  for (std::size_t n = 0; n < state_.nodes.size(); ++n) {
    NodeState& node = state_.nodes[n];
    if (node.zone != zone || node.phase != NodePhase::kLost) continue;
    ++node.epoch;
    push(compiled_.timers.node_boot, Action::kNodeReady, static_cast<Index>(n), node.epoch);
  }
  arm_autoscaler();
}

void Engine::node_detected(Index index) {
  state_.nodes[at(index)].tainted = true;
  note(ObjectKind::kNode, index, What::kNodeNotReady);
  schedule_dirty_ = true;
}

void Engine::node_removed(Index index) {
  NodeState& node = state_.nodes[at(index)];
  node.phase = NodePhase::kGone;
  note(ObjectKind::kNode, index, What::kNodeRemoved);
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    if (state_.pods[p].node == index) remove_pod(static_cast<Index>(p), compiled_.timers.pod_replacement);
  }
  schedule_dirty_ = true;
}

// The group keeps its number. A group a zone can only try in its zone; Karpenter waits for pods that need a node.
void Engine::replace_node(Index index) {
  const NodeState node = state_.nodes[at(index)];
  if (node.phase != NodePhase::kLost) return;
  if (node.terminated) push(compiled_.timers.node_removal, Action::kNodeRemoved, index, node.epoch);
  const CompiledGroup& group = compiled_.groups[at(node.group)];
  if (group.autoscaling == Autoscaling::kKarpenter || paused_) return;
  const Index zone = group.autoscaling == Autoscaling::kPerAz ? node.zone : emptiest_zone(group);
  if (zone == kNoIndex || launch(node.group, zone) == kNoIndex) {
    note(ObjectKind::kGroup, node.group, What::kFailedScaleUp, zone == kNoIndex ? node.zone : zone);
  }
}

}  // namespace isobar::plan::simulation
