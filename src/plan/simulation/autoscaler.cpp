#include "plan/simulation/engine.h"

namespace isobar::plan::simulation {

void Engine::arm_autoscaler() {
  if (scan_armed_ || paused_ || settling_ || state_.pending == 0) return;
  const bool any = std::ranges::any_of(compiled_.groups, [](const CompiledGroup& group) {
    return group.autoscaling != Autoscaling::kNone;
  });
  if (!any) return;
  scan_armed_ = true;
  push(compiled_.timers.autoscaler_scan, Action::kScan, 0, 0);
}

// For each pending pod: a node that is on its way, or one more.
void Engine::scan() {
  scan_armed_ = false;
  // Cluster Autoscaler is a pod itself; Karpenter runs on Fargate or another group.
  const bool outside = std::ranges::any_of(compiled_.groups, [](const CompiledGroup& group) {
    return group.autoscaling == Autoscaling::kKarpenter;
  });
  if (paused_ || (state_.ready_nodes == 0 && !outside)) return;
  booting_.clear();
  for (const NodeState& node : state_.nodes) {
    if (node.phase == NodePhase::kBooting) booting_.push_back(node);
  }
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    const auto index = static_cast<Index>(p);
    if (state_.pods[p].phase != PodPhase::kPending || place_on_booting(index)) continue;
    if (scale_up_for(index)) place_on_booting(index);
  }
}

bool Engine::place_on_booting(Index index) {
  const CompiledPod& pod = compiled_.pods[at(index)];
  for (NodeState& node : booting_) {
    if (!admits(pod, index, node, nullptr)) continue;
    node.cpu_free -= pod.cpu_m;
    node.memory_free -= pod.memory_mib;
    --node.pods_free;
    node.volumes_free -= pod.volume != kNoIndex;
    return true;
  }
  return false;
}

// True if a node was started for the pod.
bool Engine::scale_up_for(Index pod) {
  bool refused = false;
  ScaleRefusals why;
  for (std::size_t g = 0; g < compiled_.groups.size(); ++g) {
    if (try_group(pod, static_cast<Index>(g), refused, why)) return true;
  }
  if (refused) {  // no capacity: the scaler leaves the group alone for a while
    if (!scan_armed_) push(compiled_.timers.autoscaler_retry, Action::kScan, 0, 0);
    scan_armed_ = true;
  } else {
    scale_refusals_ = why;
    note(ObjectKind::kPod, pod, What::kNoScaleUp, why.at_max);
  }
  return false;
}

bool Engine::try_group(Index index, Index group_index, bool& refused, ScaleRefusals& why) {
  const CompiledPod& pod = compiled_.pods[at(index)];
  const CompiledGroup& group = compiled_.groups[at(group_index)];
  if (group.autoscaling == Autoscaling::kNone) return false;
  if (group.autoscaling != Autoscaling::kKarpenter && state_.ready_nodes == 0) return false;
  const Index wanted = wanted_zone(pod, group);
  if (wanted == kNoIndex) {
    why.filters.add(Refusal::kVolumeBinding);
    return false;
  }
  const NodeState fresh{.group = group_index, .zone = wanted, .number = kNoIndex, .cpu_free = group.cpu_m,
                        .memory_free = group.memory_mib, .pods_free = group.pods, .volumes_free = group.volumes};
  if (!admits(pod, index, fresh, &why.filters)) return false;
  if (group_size(group_index) >= group.max) {
    ++why.at_max;
    return false;
  }
  // The template's zone decides whether a group over several zones helps; where the node starts, the group decides.
  const Index zone = group.autoscaling == Autoscaling::kMultiAz ? emptiest_zone(group) : wanted;
  const Index node = zone == kNoIndex ? kNoIndex : launch(group_index, zone);
  if (node == kNoIndex) {
    refused = true;
    note(ObjectKind::kGroup, group_index, What::kFailedScaleUp, wanted);
    return false;
  }
  note(ObjectKind::kPod, index, What::kScaleUp, node);
  booting_.push_back(state_.nodes[at(node)]);
  return true;
}

// The zone in which the scaler imagines the new node.
Index Engine::wanted_zone(const CompiledPod& pod, const CompiledGroup& group) const {
  if (group.autoscaling == Autoscaling::kMultiAz) {
    for (const NodeState& node : state_.nodes) {  // an existing node is the template
      if (node.phase == NodePhase::kReady && std::ranges::find(group.zones, node.zone) != group.zones.end()) return node.zone;
    }
    return group.zones.front();
  }
  const Index bound = pod.volume == kNoIndex ? kNoIndex : compiled_.volumes[at(pod.volume)].zone;
  const Index fixed = bound != kNoIndex ? bound : pod.zone;
  const bool blind = mutation_ == Mutation::kBlindKarpenter;
  if (fixed != kNoIndex && !blind) {
    return std::ranges::find(group.zones, fixed) != group.zones.end() ? fixed : kNoIndex;
  }
  return emptiest_zone(group);
}

}  // namespace isobar::plan::simulation
