#include <bit>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "plan/simulation/engine.h"

namespace isobar::plan::simulation {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Refusal::kCount)> kRefusalTexts{
    "node(s) were unschedulable",
    "node(s) had untolerated taint {node.kubernetes.io/unreachable: }",
    "node(s) didn't match Pod's node affinity/selector",
    "Insufficient cpu",
    "Insufficient memory",
    "Too many pods",
    "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
    "node(s) exceed max volume count",
    "node(s) had volume node affinity conflict",
    "node(s) had no available volume zone",
    "node(s) didn't match pod topology spread constraints",
    "node(s) didn't match pod anti-affinity rules"};

constexpr std::string_view kWhatNames[] = {
    "Fault", "FaultEnds", "Launched", "NodeReady", "NodeLost", "NodeNotReady", "RemovingNode", "TriggeredScaleUp",
    "NotTriggerScaleUp", "FailedScaleUp", "Scheduled", "FailedScheduling", "FailedAttachVolume", "Started", "Ready",
    "Crashed", "CrashLoopBackOff", "TaintManagerEviction", "Terminating", "Deleted", "NodeDown", "Up", "Down", "Up",
    "Down", "DataLost", "SilentlyBroken", "Upgraded"};

constexpr std::string_view kAbilityNames[] = {"write", "read", "whole", "honest"};

// Counts and texts sorted as kube-scheduler sorts them: as strings, the count first.
std::string histogram(std::vector<std::pair<std::int64_t, std::string_view>> reasons) {
  std::vector<std::string> parts;
  for (const auto& [count, text] : reasons) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, text));
  }
  std::ranges::sort(parts);
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

// The message of kube-scheduler 1.33 (framework.FitError, and the default preemption's answer behind it).
std::string refusal_text(const Refusals& refusals) {
  if (refusals.nodes == 0) return "no nodes available to schedule pods";
  std::vector<std::pair<std::int64_t, std::string_view>> reasons;
  for (std::size_t i = 0; i < kRefusalTexts.size(); ++i) reasons.emplace_back(refusals.counts[i], kRefusalTexts[i]);
  const std::string preemption = histogram({{refusals.hopeless, "Preemption is not helpful for scheduling"},
                                            {refusals.nodes - refusals.hopeless, "No preemption victims found for incoming pod"}});
  return fmt::format("0/{0} nodes are available: {1}. preemption: 0/{0} nodes are available: {2}.", refusals.nodes,
                     histogram(std::move(reasons)), preemption);
}

// Cluster Autoscaler's event on a pod that no group helps.
std::string scale_refusal_text(const ScaleRefusals& refusals) {
  std::vector<std::pair<std::int64_t, std::string_view>> reasons{{refusals.at_max, "max node group size reached"}};
  for (std::size_t i = 0; i < kRefusalTexts.size(); ++i) reasons.emplace_back(refusals.filters.counts[i], kRefusalTexts[i]);
  return "pod didn't trigger scale-up: " + histogram(std::move(reasons));
}

// The hash takes every entry, so it is the same whether the text is kept or not.
void Engine::note(ObjectKind kind, Index object, What what, std::int64_t detail) {
  if (settling_) return;
  const auto mix = [this](std::uint64_t value) {
    outcome_.hash = std::rotl((outcome_.hash ^ value) * 0x9fb21c651e98df25ULL, 29);
  };
  mix(static_cast<std::uint64_t>(now_));
  mix(static_cast<std::uint64_t>(kind) << 40 | static_cast<std::uint64_t>(what) << 32 | static_cast<std::uint16_t>(object));
  mix(static_cast<std::uint64_t>(detail));
  if (!traced_) return;
  trace_.push_back({Duration::millis(now_), object_name(kind, object),
                    std::string(kWhatNames[static_cast<std::size_t>(what)]), reason(kind, object, what, detail)});
}

std::string Engine::node_name(Index node) const {
  const NodeState& state = state_.nodes[at(node)];
  return fmt::format("{}-{}", world_.zones[at(state.zone)].name, state.number);
}

std::string Engine::object_name(ObjectKind kind, Index object) const {
  switch (kind) {
    case ObjectKind::kPod: return "pod/" + world_.pods[at(object)].name;
    case ObjectKind::kNode: return "node/" + node_name(object);
    case ObjectKind::kService: return "service/" + world_.services[at(object)].name;
    case ObjectKind::kStore: return "store/" + world_.stores[at(object)].name;
    case ObjectKind::kGroup: return "nodegroup/" + world_.groups[at(object)].name;
    case ObjectKind::kAbility: return fmt::format("platform/{}", kAbilityNames[at(object)]);
    case ObjectKind::kFault: break;
  }
  const Event& event = scenario_->events[at(object)];
  return fmt::format("fault/{}", event_kind_name(event.kind));
}

std::string Engine::missing_services(std::uint64_t missing) const {
  std::vector<std::string_view> names;
  for (std::size_t s = 0; s < world_.services.size(); ++s) {
    if ((missing & bit(static_cast<Index>(s))) != 0) names.emplace_back(world_.services[s].name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// The pods on the node that has the pod's volume.
std::string Engine::users_of(Index index) const {
  const Index volume = compiled_.pods[at(index)].volume;
  std::vector<std::string_view> names;
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    const bool there = state_.pods[p].node != kNoIndex && state_.pods[p].node == state_.volumes[at(volume)].node;
    if (there && compiled_.pods[p].volume == volume) names.emplace_back(world_.pods[p].name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string Engine::reason(ObjectKind kind, Index object, What what, std::int64_t detail) const {
  if (kind == ObjectKind::kPod) return pod_reason(object, what, detail);
  switch (what) {
    case What::kFault:
    case What::kFaultEnds: {
      const Event& event = scenario_->events[at(object)];
      if (event.kind == EventKind::kReturn) return fmt::format("{} node(s) in {}", event.nodes, fmt::join(event.zones, ", "));
      return event.name;
    }
    case What::kNodeLost: return "its instance does not answer";
    case What::kNodeNotReady: return "NodeStatusUnknown: Kubelet stopped posting node status.";
    case What::kFailedScaleUp:
      return fmt::format("InsufficientInstanceCapacity: no capacity for {} in zone {}", world_.groups[at(object)].instance,
                         world_.zones[at(static_cast<Index>(detail))].name);
    case What::kDataLost:
      return fmt::format("accepted data of up to {} had no other copy", format_duration(Duration::millis(detail)));
    case What::kAbilityDown:
      if (object == static_cast<Index>(Ability::kWrite)) return "without " + missing_services(compiled_.write & ~state_.up);
      if (object == static_cast<Index>(Ability::kRead)) return "without " + missing_services(compiled_.read & ~state_.up);
      if (object == static_cast<Index>(Ability::kHonest)) {
        return "Ready, but does not work: " + missing_services(state_.visible & ~state_.up);
      }
      return {};
    default: return {};
  }
}

std::string Engine::pod_reason(Index index, What what, std::int64_t detail) const {
  const Pod& pod = world_.pods[at(index)];
  const PodState& state = state_.pods[at(index)];
  switch (what) {
    case What::kScheduled: return fmt::format("Successfully assigned {} to {}", pod.name, node_name(static_cast<Index>(detail)));
    case What::kFailedScheduling: return refusal_text(state.refusals);
    case What::kNoScaleUp: return scale_refusal_text(scale_refusals_);
    case What::kScaleUp: return fmt::format("pod triggered scale-up: {}", node_name(static_cast<Index>(detail)));
    case What::kFailedAttach:
      return detail == 1 ? fmt::format("AttachVolume.Attach failed for volume \"{}\": volume not found", pod.volume)
                         : fmt::format("Multi-Attach error for volume \"{}\" Volume is already used by pod(s) {}", pod.volume, users_of(index));
    case What::kCrashed: {
      const std::uint64_t missing = compiled_.pods[at(index)].start & ~state_.up;
      return fmt::format("exit 1: no {} within {}", missing_services(missing), format_duration(pod.crash_after));
    }
    case What::kBackOff:
      return fmt::format("back-off {} restarting failed container", format_duration(Duration::millis(detail)));
    case What::kEvicted: return fmt::format("Marking for deletion Pod {}", pod.name);
    case What::kStuck: return "the node does not answer, and a StatefulSet waits until it is removed or back";
    case What::kSilentlyBroken:
      return fmt::format("says Ready; {} lost what it was reading", world_.services[at(static_cast<Index>(detail))].name);
    default: return {};
  }
}

PodOutcome Engine::pod_outcome(Index index) const {
  const PodState& state = state_.pods[at(index)];
  const CompiledPod& compiled = compiled_.pods[at(index)];
  PodOutcome out{.name = world_.pods[at(index)].name, .restarts = outcome_.restarts[at(index)]};
  const std::string missing = missing_services(compiled.start & ~state_.up);
  switch (state.phase) {
    case PodPhase::kReady:
    case PodPhase::kDaemon:
      out.state = "Running";
      out.ready = true;
      if (state.silent_broken) out.reason = "Ready, but does not work";
      break;
    case PodPhase::kPending:
      out.state = "Pending";
      out.reason = refusal_text(state.refusals);
      break;
    case PodPhase::kAbsent: out.state = "Pending"; break;
    case PodPhase::kCreating: out.state = "ContainerCreating"; break;
    case PodPhase::kAttachFailed:
      out.state = "ContainerCreating";
      out.reason = pod_reason(index, What::kFailedAttach, state_.volumes[at(compiled.volume)].lost ? 1 : 0);
      break;
    case PodPhase::kWaiting:
      // Between two back-offs kubectl says Running for a moment; what people read is the loop.
      out.state = state.backoff > 0 ? "CrashLoopBackOff" : "Running";
      out.reason = "waits for " + missing;
      break;
    case PodPhase::kStarting: out.state = "Running"; break;
    case PodPhase::kBackOff:
      out.state = "CrashLoopBackOff";
      out.reason = "start dependency " + missing;
      break;
    case PodPhase::kNodeLost:
      out.state = "Unknown";
      out.reason = fmt::format("node {} does not answer", node_name(state.node));
      break;
    case PodPhase::kTerminating:
      out.state = "Terminating";
      out.reason = fmt::format("node {} does not answer", node_name(state.node));
      break;
  }
  return out;
}

std::string Engine::human_action(Index index) const {
  const PodState& state = state_.pods[at(index)];
  const Pod& pod = world_.pods[at(index)];
  const auto refused = [&](Refusal refusal) { return state.refusals.counts[static_cast<std::size_t>(refusal)] > 0; };
  const CompiledPod& compiled = compiled_.pods[at(index)];
  if (compiled.volume != kNoIndex && state_.volumes[at(compiled.volume)].lost) {
    return fmt::format("{}: delete the claim of volume {} and restore it from a backup", pod.name, pod.volume);
  }
  const std::string zone = compiled.volume == kNoIndex ? "" : world_.volumes[at(compiled.volume)].zone;
  const bool zone_down = !zone.empty() && (state_.zones_down & bit(compiled_.volumes[at(compiled.volume)].zone)) != 0;
  if (zone_down) {
    return fmt::format("{}: wait for zone {}, or restore volume {} from a snapshot in another zone", pod.name, zone, pod.volume);
  }
  if (state.phase == PodPhase::kPending) {
    if (refused(Refusal::kVolumeBinding) || refused(Refusal::kVolumeZone)) {
      return fmt::format("{}: start a node in zone {}, where volume {} is, or restore it in another zone", pod.name, zone, pod.volume);
    }
    if (refused(Refusal::kMemory) || refused(Refusal::kCpu) || refused(Refusal::kPods)) {
      return fmt::format("{}: add a node, or lower requests ({} MiB and {}m do not fit)", pod.name, pod.memory_mib, pod.cpu_m);
    }
    if (state.refusals.nodes == 0) return fmt::format("{}: start a node", pod.name);
    return fmt::format("{}: {}", pod.name, refusal_text(state.refusals));
  }
  if (state.phase == PodPhase::kAttachFailed) {
    return fmt::format("{}: one volume serves one node; run one replica, or use a ReadWriteMany volume instead of {}", pod.name, pod.volume);
  }
  if (state.phase == PodPhase::kTerminating) {
    return fmt::format("{}: force-delete the pod, or remove the node from the cluster", pod.name);
  }
  if (state.silent_broken) return fmt::format("{}: restart it; it says Ready and does not work", pod.name);
  return {};
}

// Only for roots: what crashes for want of another service comes back with it.
std::vector<std::string> Engine::human_actions() const {
  std::vector<std::string> actions;
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    std::string action = human_action(static_cast<Index>(p));
    if (!action.empty()) actions.push_back(std::move(action));
  }
  if (state_.cut != 0) actions.push_back("bring back: " + missing_services(state_.cut));
  return actions;
}

Run Engine::report(const Scenario& scenario, Duration horizon) const {
  Run run{.world = world_.name, .scenario = scenario.name, .horizon = horizon, .outcome = outcome_, .trace = trace_};
  for (std::size_t p = 0; p < state_.pods.size(); ++p) run.pods.push_back(pod_outcome(static_cast<Index>(p)));
  for (const Service& service : world_.services) run.service_names.push_back(service.name);
  for (const Store& store : world_.stores) run.store_names.push_back(store.name);
  run.needs_human = human_actions();
  return run;
}

}  // namespace isobar::plan::simulation
