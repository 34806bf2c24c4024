#include "base/check.h"
#include "plan/simulation/engine.h"

namespace isobar::plan::simulation {
namespace {

// kube-scheduler counts a pod that requests nothing as this much when it compares nodes.
constexpr std::int64_t kScoredCpu = 100;
constexpr std::int64_t kScoredMemory = 200;

bool has_process(PodPhase phase) {
  return phase == PodPhase::kWaiting || phase == PodPhase::kStarting || phase == PodPhase::kReady;
}

bool holds_volume(PodPhase phase) {
  return has_process(phase) || phase == PodPhase::kCreating || phase == PodPhase::kBackOff ||
         phase == PodPhase::kNodeLost || phase == PodPhase::kTerminating;
}

}  // namespace

void Engine::set_phase(Index index, PodPhase phase) {
  PodState& pod = state_.pods[at(index)];
  if ((pod.phase == PodPhase::kReady) != (phase == PodPhase::kReady)) services_dirty_ = true;
  state_.pending += (phase == PodPhase::kPending) - (pod.phase == PodPhase::kPending);
  pod.phase = phase;
}

void Engine::bind(Index index, Index node_index) {
  const CompiledPod& pod = compiled_.pods[at(index)];
  PodState& state = state_.pods[at(index)];
  NodeState& node = state_.nodes[at(node_index)];
  node.cpu_free -= pod.cpu_m;
  node.memory_free -= pod.memory_mib;
  --node.pods_free;
  node.volumes_free -= pod.volume != kNoIndex;
  node.score_cpu += pod.cpu_m > 0 ? pod.cpu_m : kScoredCpu;
  node.score_memory += pod.memory_mib > 0 ? pod.memory_mib : kScoredMemory;
  state.node = node_index;
  state.refusals = {};
  note(ObjectKind::kPod, index, What::kScheduled, node_index);
  if (node.phase == NodePhase::kLost) {  // not detected yet
    if (pod.volume != kNoIndex) ++state_.volumes[at(pod.volume)].users;
    set_phase(index, PodPhase::kNodeLost);
    push(compiled_.timers.node_detection + pod.toleration, Action::kEvict, index, state.epoch);
    return;
  }
  attach_or_fail(index);
}

void Engine::attach_or_fail(Index index) {
  const CompiledPod& pod = compiled_.pods[at(index)];
  PodState& state = state_.pods[at(index)];
  std::int64_t delay = compiled_.timers.image_pull;
  if (pod.volume != kNoIndex) {
    VolumeState& volume = state_.volumes[at(pod.volume)];
    const bool shared = compiled_.volumes[at(pod.volume)].access == VolumeAccess::kReadWriteMany;
    if (volume.lost || (!shared && volume.node != kNoIndex && volume.node != state.node)) {
      set_phase(index, PodPhase::kAttachFailed);
      note(ObjectKind::kPod, index, What::kFailedAttach, volume.lost ? 1 : 0);
      return;
    }
    if (!shared && volume.node == kNoIndex) {
      volume.node = state.node;
      ++volume.epoch;
      delay += compiled_.timers.volume_attach;
    }
    ++volume.users;
  }
  set_phase(index, settling_ ? PodPhase::kReady : PodPhase::kCreating);
  if (!settling_) push(delay, Action::kContainerStart, index, state.epoch);
}

// Gives back what bind() took. A volume on a node that nobody can ask stays attached until it is forced off.
void Engine::release(Index index) {
  const CompiledPod& pod = compiled_.pods[at(index)];
  PodState& state = state_.pods[at(index)];
  if (state.node == kNoIndex) return;
  NodeState& node = state_.nodes[at(state.node)];
  node.cpu_free += pod.cpu_m;
  node.memory_free += pod.memory_mib;
  ++node.pods_free;
  node.volumes_free += pod.volume != kNoIndex;
  node.score_cpu -= pod.cpu_m > 0 ? pod.cpu_m : kScoredCpu;
  node.score_memory -= pod.memory_mib > 0 ? pod.memory_mib : kScoredMemory;
  state.node = kNoIndex;
  schedule_dirty_ = true;
  if (pod.volume == kNoIndex || !holds_volume(state.phase)) return;
  VolumeState& volume = state_.volumes[at(pod.volume)];
  if (--volume.users > 0) return;
  if (node.phase == NodePhase::kLost) {
    push(compiled_.timers.force_detach, Action::kDetach, pod.volume, volume.epoch);
  } else {
    volume.node = kNoIndex;
    ++volume.epoch;
  }
}

void Engine::detach(Index index) {
  VolumeState& volume = state_.volumes[at(index)];
  if (volume.users > 0) return;
  volume.node = kNoIndex;
  ++volume.epoch;
  retry_attachments(index);
}

void Engine::retry_attachments(Index volume) {
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    if (state_.pods[p].phase == PodPhase::kAttachFailed && compiled_.pods[p].volume == volume &&
        state_.volumes[at(volume)].node == kNoIndex && !state_.volumes[at(volume)].lost) {
      attach_or_fail(static_cast<Index>(p));
    }
  }
}

void Engine::container_start(Index pod) { begin_process(pod); }

void Engine::begin_process(Index index) {
  const CompiledPod& pod = compiled_.pods[at(index)];
  PodState& state = state_.pods[at(index)];
  state.container_start = now_;
  state.silent_broken = false;
  ++state.epoch;
  set_phase(index, PodPhase::kWaiting);
  note(ObjectKind::kPod, index, What::kStarted);
  if ((pod.start & ~state_.up) == 0 || mutation_ == Mutation::kNoStartDependencies) {
    dependencies_met(index);
  } else if (pod.crash_after > 0) {
    push(pod.crash_after, Action::kCrash, index, state.epoch);
  }
}

// Ready at the first probe that finds the process serving.
void Engine::dependencies_met(Index index) {
  const CompiledPod& pod = compiled_.pods[at(index)];
  PodState& state = state_.pods[at(index)];
  ++state.epoch;  // overtakes the deadline
  set_phase(index, PodPhase::kStarting);
  const std::int64_t first = state.container_start + pod.readiness_delay;
  const std::int64_t serving = now_ + pod.start_time;
  const std::int64_t period = compiled_.timers.readiness_period;
  std::int64_t ready = first;
  if (serving > first) ready = period > 0 ? first + (serving - first + period - 1) / period * period : serving;
  push(ready - now_, Action::kReady, index, state.epoch);
}

void Engine::become_ready(Index index) {
  set_phase(index, PodPhase::kReady);
  outcome_.last_ready = now_;
  note(ObjectKind::kPod, index, What::kReady);
  if (!upgrades_.empty() && upgrades_.front() == index) {
    surging_ = kNoIndex;
    upgrades_.erase(upgrades_.begin());
    if (!upgrades_.empty()) upgrade_next();
  }
}

void Engine::crash(Index index) {
  note(ObjectKind::kPod, index, What::kCrashed);
  container_died(index);
  restart_or_back_off(index);
}

// kubelet restarts at once, then after 10, 20, 40 … 300 s; a long run forgets that. It does not ask why a container ended:
// one that was killed by hand or for its memory counts like one that crashed.
void Engine::restart_or_back_off(Index index) {
  PodState& state = state_.pods[at(index)];
  if (now_ - state.container_start > compiled_.timers.backoff_reset) state.backoff = -1;
  if (state.backoff < 0 || mutation_ == Mutation::kNoBackoff) {
    state.backoff = 0;
    return restart_container(index);
  }
  const std::int64_t doubled = compiled_.timers.backoff_first << state.backoff;
  const std::int64_t delay = std::min(doubled, compiled_.timers.backoff_max);
  if (doubled < compiled_.timers.backoff_max && state.backoff < 30) ++state.backoff;
  ++state.epoch;  // a killed one has a deadline or a probe ahead
  set_phase(index, PodPhase::kBackOff);
  note(ObjectKind::kPod, index, What::kBackOff, delay);
  push(delay, Action::kRestart, index, state.epoch);
}

void Engine::restart_container(Index index) {
  ++outcome_.restarts[at(index)];
  begin_process(index);
}

void Engine::container_died(Index index) {
  if (has_process(state_.pods[at(index)].phase) && compiled_.pods[at(index)].in_memory) copy_gone(index);
}

void Engine::process_died(Index index) {
  if (!has_process(state_.pods[at(index)].phase)) return;
  if (compiled_.pods[at(index)].volatile_copy) copy_gone(index);
}

void Engine::remove_pod(Index index, std::int64_t replacement_after) {
  PodState& state = state_.pods[at(index)];
  const Index volume = compiled_.pods[at(index)].volume;
  process_died(index);
  release(index);
  ++state.epoch;
  state.backoff = -1;
  state.silent_broken = false;
  set_phase(index, PodPhase::kAbsent);
  if (volume != kNoIndex && state_.volumes[at(volume)].users == 0) retry_attachments(volume);
  if (replacement_after == 0) return create_pod(index);
  note(ObjectKind::kPod, index, What::kDeleted);
  push(replacement_after, Action::kCreatePod, index, state.epoch);
}

void Engine::create_pod(Index index) {
  state_.pods[at(index)].refusals = {};
  set_phase(index, PodPhase::kPending);
  schedule_dirty_ = true;
}

// A StatefulSet may not run a pod twice, so its controller waits until the node says that the old one is gone.
void Engine::evict(Index index) {
  if (state_.pods[at(index)].phase != PodPhase::kNodeLost) return;
  note(ObjectKind::kPod, index, What::kEvicted);
  if (compiled_.pods[at(index)].owner != Owner::kStatefulSet) return remove_pod(index, compiled_.timers.pod_replacement);
  set_phase(index, PodPhase::kTerminating);
  note(ObjectKind::kPod, index, What::kStuck);
}

void Engine::lose_volume(Index index) {
  VolumeState& volume = state_.volumes[at(index)];
  volume.lost = true;
  ++volume.epoch;
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    if (compiled_.pods[p].volume != index) continue;
    PodState& pod = state_.pods[p];
    copy_gone(static_cast<Index>(p));
    if (pod.node == kNoIndex || !holds_volume(pod.phase) || pod.phase == PodPhase::kNodeLost ||
        pod.phase == PodPhase::kTerminating) {
      continue;
    }
    --volume.users;
    ++pod.epoch;
    set_phase(static_cast<Index>(p), PodPhase::kAttachFailed);
    note(ObjectKind::kPod, static_cast<Index>(p), What::kFailedAttach, 1);
  }
  volume.node = kNoIndex;
}

// A StatefulSet, and whatever holds a volume, goes before it comes; another Deployment starts the new pod first, and the
// old one serves until that is Ready.
void Engine::upgrade_next() {
  const Index index = upgrades_.front();
  const CompiledPod& pod = compiled_.pods[at(index)];
  PodState& state = state_.pods[at(index)];
  if (pod.owner == Owner::kStatefulSet || pod.volume != kNoIndex || state.phase != PodPhase::kReady) {
    return remove_pod(index, 0);
  }
  if (surging_ != index) {
    surging_ = index;
    push(compiled_.timers.image_pull + std::max(pod.readiness_delay, pod.start_time), Action::kSurgeReady, index, state.epoch);
    return;
  }
  if ((pod.start & ~state_.up) != 0) {  // the new pod crashes in a loop, the old one stays
    push(compiled_.timers.backoff_max, Action::kSurgeReady, index, state.epoch);
    return;
  }
  process_died(index);
  note(ObjectKind::kPod, index, What::kUpgraded);
  outcome_.last_ready = now_;
  surging_ = kNoIndex;
  upgrades_.erase(upgrades_.begin());
  if (!upgrades_.empty()) upgrade_next();
}

}  // namespace isobar::plan::simulation
