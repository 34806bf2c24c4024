#include "plan/simulation/engine.h"

#include "base/check.h"

namespace isobar::plan::simulation {
namespace {

// A hostile world (timers of zero, thousands of crash loops) ends here instead of running for hours.
constexpr std::uint64_t kMaxEvents = 5'000'000;

}  // namespace

Engine::Engine(const World& world, Mutation mutation) : world_(world), compiled_(compile(world)), mutation_(mutation) {
  outcome_.services.resize(compiled_.services.size());
  outcome_.stores.resize(compiled_.stores.size());
  outcome_.restarts.resize(compiled_.pods.size());
  settle_before_start();
}

void Engine::push(std::int64_t after, Action action, Index object, std::uint32_t epoch) {
  if (now_ + after <= horizon_) queue_.push(now_ + after, action, object, epoch);
}

// Desired nodes run, every pod that finds a place is Ready; what then misses a start dependency waits for it.
void Engine::settle_before_start() {
  settling_ = true;
  state_.pods.resize(compiled_.pods.size());
  state_.volumes.resize(compiled_.volumes.size());
  for (std::size_t g = 0; g < compiled_.groups.size(); ++g) {
    const CompiledGroup& group = compiled_.groups[g];
    for (std::int64_t i = 0; i < group.desired; ++i) {
      const Index node = launch(static_cast<Index>(g), group.zones[static_cast<std::size_t>(i) % group.zones.size()]);
      state_.nodes[at(node)].phase = NodePhase::kReady;
      ++state_.ready_nodes;
    }
  }
  for (std::size_t p = 0; p < compiled_.pods.size(); ++p) {
    const bool daemon = compiled_.pods[p].owner == Owner::kDaemonSet;
    state_.pods[p].phase = daemon ? PodPhase::kDaemon : PodPhase::kPending;
    if (!daemon) ++state_.pending;
  }
  schedule_pending();
  settle_nodes();
  for (bool changed = true; changed;) {
    changed = false;
    update_services();
    for (std::size_t p = 0; p < compiled_.pods.size(); ++p) {
      if (state_.pods[p].phase != PodPhase::kReady || (compiled_.pods[p].start & ~state_.up) == 0) continue;
      set_phase(static_cast<Index>(p), PodPhase::kWaiting);
      changed = true;
    }
  }
  for (PodState& pod : state_.pods) pod.refusals = {};
  initial_ = state_;
  settling_ = false;
}

std::vector<std::string> Engine::first_zones() const {
  std::vector<std::string> zones(compiled_.volumes.size());
  for (std::size_t p = 0; p < initial_.pods.size(); ++p) {
    const Index volume = compiled_.pods[p].volume;
    const Index node = initial_.pods[p].node;
    if (volume == kNoIndex || node == kNoIndex || !zones[at(volume)].empty()) continue;
    zones[at(volume)] = world_.zones[at(initial_.nodes[at(node)].zone)].name;
  }
  return zones;
}

// What the autoscaler has added long ago.
void Engine::settle_nodes() {
  while (state_.pending > 0) {
    const std::size_t before = state_.nodes.size();
    scan();
    if (state_.nodes.size() == before) return;
    for (std::size_t n = before; n < state_.nodes.size(); ++n) {
      state_.nodes[n].phase = NodePhase::kReady;
      ++state_.ready_nodes;
    }
    schedule_pending();
  }
}

void Engine::reset(std::int64_t horizon) {
  state_ = initial_;
  queue_.clear();
  waiting_for_api_.clear();
  upgrades_.clear();
  surging_ = kNoIndex;
  trace_.clear();
  now_ = 0;
  horizon_ = horizon;
  api_down_ = paused_ = scan_armed_ = false;
  services_dirty_ = schedule_dirty_ = true;
  for (Outage* outage : {&outcome_.write, &outcome_.read, &outcome_.degraded, &outcome_.silent}) {
    outage->intervals.clear();
    *outage = {.intervals = std::move(outage->intervals)};
  }
  for (Outage& outage : outcome_.services) {
    outage.intervals.clear();
    outage = {.intervals = std::move(outage.intervals)};
  }
  for (StoreOutcome& store : outcome_.stores) store = {};
  std::ranges::fill(outcome_.restarts, 0);
  outcome_.last_ready = -1;
  outcome_.events = 0;
  outcome_.hash = 0x9e3779b97f4a7c15ULL;
}

Result<const Outcome*> Engine::run(const Scenario& scenario, Duration horizon, bool traced) {
  TRYV(check_scenario(world_, scenario));
  if (horizon <= Duration{0}) return fail(Code::kInvalid, "the horizon must be longer than 0s");
  scenario_ = &scenario;
  traced_ = traced;
  reset(horizon.ms);
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    if (state_.pods[p].phase == PodPhase::kWaiting && compiled_.pods[p].crash_after > 0) {
      push(compiled_.pods[p].crash_after, Action::kCrash, static_cast<Index>(p), state_.pods[p].epoch);
    }
  }
  for (std::size_t i = 0; i < scenario.events.size(); ++i) {
    const Event& event = scenario.events[i];
    push(event.at.ms, Action::kFault, static_cast<Index>(i), 0);
    if (event.lasts > Duration{0}) push((event.at + event.lasts).ms, Action::kFaultEnds, static_cast<Index>(i), 0);
  }
  settle();
  while (!queue_.empty()) {
    now_ = queue_.top().time;
    const std::uint64_t rank = queue_.top().order >> 56;
    while (!queue_.empty() && queue_.top().time == now_ && queue_.top().order >> 56 == rank) {
      ++outcome_.events;
      handle(queue_.pop());
    }
    settle();
    if (outcome_.events > kMaxEvents) {
      return fail(Code::kUnprocessable, "the run has more than 5 million events (lengthen the timers, or shorten the horizon)");
    }
  }
  finish();
  return &outcome_;
}

bool Engine::needs_api_server(Action action) const {
  switch (action) {
    case Action::kNodeReady:
    case Action::kNodeDetected:
    case Action::kNodeRemoved:
    case Action::kCreatePod:
    case Action::kScan:
    case Action::kEvict:
    case Action::kSurgeReady:
      return true;
    default:
      return false;
  }
}

void Engine::handle(const Timed& event) {
  if (api_down_ && needs_api_server(event.action)) {
    waiting_for_api_.push_back(event);
    return;
  }
  switch (event.action) {
    case Action::kFault: return begin_fault(event.object);
    case Action::kFaultEnds: return end_fault(event.object);
    case Action::kScan: return scan();
    case Action::kDetach:
      if (state_.volumes[at(event.object)].epoch == event.epoch) detach(event.object);
      return;
    case Action::kNodeReady:
    case Action::kNodeDetected:
    case Action::kNodeRemoved:
    case Action::kReplaceNode:
      if (state_.nodes[at(event.object)].epoch != event.epoch) return;
      if (event.action == Action::kNodeReady) return node_ready(event.object);
      if (event.action == Action::kNodeDetected) return node_detected(event.object);
      if (event.action == Action::kNodeRemoved) return node_removed(event.object);
      return replace_node(event.object);
    default:
      if (state_.pods[at(event.object)].epoch == event.epoch) handle_pod(event);
  }
}

void Engine::handle_pod(const Timed& event) {
  switch (event.action) {
    case Action::kContainerStart: return container_start(event.object);
    case Action::kReady: return become_ready(event.object);
    case Action::kRestart: return restart_container(event.object);
    case Action::kCreatePod: return create_pod(event.object);
    case Action::kCrash: return crash(event.object);
    case Action::kEvict: return evict(event.object);
    case Action::kSurgeReady: return upgrade_next();
    default: CHECK(false);
  }
}

// What follows at once from what has changed: services, who waited for them, the scheduler, until nothing moves.
void Engine::settle() {
  bool changed = false;
  while (services_dirty_ || (schedule_dirty_ && !api_down_)) {
    if (services_dirty_) {
      services_dirty_ = false;
      changed = true;
      update_services();
    }
    if (schedule_dirty_ && !api_down_) {
      schedule_dirty_ = false;
      schedule_pending();
    }
  }
  if (changed) update_abilities();
}

void Engine::begin_fault(Index index) {
  const Event& event = scenario_->events[at(index)];
  note(ObjectKind::kFault, index, What::kFault);
  switch (event.kind) {
    case EventKind::kScaleToZero: return scale_to_zero();
    case EventKind::kReturn: return return_nodes(event);
    case EventKind::kLoseZone: return lose_zone(find_index(world_.zones, event.name));
    case EventKind::kLoseNode: {
      const Index zone = find_index(world_.zones, event.name);
      std::int64_t before = event.nodes;
      for (std::size_t n = 0; n < state_.nodes.size(); ++n) {
        if (state_.nodes[n].zone == zone && state_.nodes[n].phase == NodePhase::kReady && before-- == 0) {
          return lose_node(static_cast<Index>(n), true);
        }
      }
      return;
    }
    case EventKind::kLoseVolume: return lose_volume(find_index(world_.volumes, event.name));
    case EventKind::kLoseService:
    case EventKind::kCertificateExpires:
    case EventKind::kObjectStore503:
      state_.cut |= bit(find_index(world_.services, event.name));
      services_dirty_ = true;
      update_services();  // a restart in the same millisecond meets it
      return;
    case EventKind::kRestartService: return restart_service(find_index(world_.services, event.name));
    case EventKind::kRollUpgrade: {
      const bool idle = upgrades_.empty();
      for (const Index pod : compiled_.services[at(find_index(world_.services, event.name))].pods) {
        if (compiled_.pods[at(pod)].owner != Owner::kDaemonSet) upgrades_.push_back(pod);
      }
      if (idle && !upgrades_.empty()) upgrade_next();
      return;
    }
    case EventKind::kApiServerGone:
      api_down_ = true;
      return;
    case EventKind::kCapacityShortage:
      state_.zones_short |= bit(find_index(world_.zones, event.name));
      return;
  }
}

void Engine::end_fault(Index index) {
  const Event& event = scenario_->events[at(index)];
  note(ObjectKind::kFault, index, What::kFaultEnds);
  switch (event.kind) {
    case EventKind::kLoseZone: return restore_zone(find_index(world_.zones, event.name));
    case EventKind::kLoseService:
    case EventKind::kCertificateExpires:
    case EventKind::kObjectStore503:
      state_.cut &= ~bit(find_index(world_.services, event.name));
      services_dirty_ = true;
      return;
    case EventKind::kApiServerGone: return api_server_back();
    case EventKind::kCapacityShortage:
      state_.zones_short &= ~bit(find_index(world_.zones, event.name));
      arm_autoscaler();
      return;
    default: return;  // the others are over at once
  }
}

void Engine::api_server_back() {
  api_down_ = false;
  schedule_dirty_ = true;
  for (const Timed& event : waiting_for_api_) push(0, event.action, event.object, event.epoch);
  waiting_for_api_.clear();
}

void Engine::scale_to_zero() {
  paused_ = true;
  for (NodeState& node : state_.nodes) {
    node.phase = NodePhase::kGone;
    ++node.epoch;
  }
  state_.ready_nodes = 0;
  services_dirty_ = true;
  for (std::size_t p = 0; p < state_.pods.size(); ++p) {
    if (state_.pods[p].phase != PodPhase::kDaemon) remove_pod(static_cast<Index>(p), 0);
  }
}

// A group over several zones takes another zone where one has no capacity; a group a zone cannot.
void Engine::return_nodes(const Event& event) {
  paused_ = false;
  for (std::int64_t i = 0; i < event.nodes; ++i) {
    const Index zone = find_index(world_.zones, event.zones[static_cast<std::size_t>(i) % event.zones.size()]);
    for (std::size_t g = 0; g < compiled_.groups.size(); ++g) {
      const CompiledGroup& group = compiled_.groups[g];
      if (std::ranges::find(group.zones, zone) == group.zones.end()) continue;
      if (launch(static_cast<Index>(g), zone) != kNoIndex) break;
      const Index other = group.autoscaling == Autoscaling::kPerAz ? kNoIndex : emptiest_zone(group);
      if (other != kNoIndex && launch(static_cast<Index>(g), other) != kNoIndex) break;
      note(ObjectKind::kGroup, static_cast<Index>(g), What::kFailedScaleUp, zone);
    }
  }
  arm_autoscaler();
}

void Engine::restart_service(Index service) {
  for (const Index pod : compiled_.services[at(service)].pods) {
    const PodPhase phase = state_.pods[at(pod)].phase;
    if (phase != PodPhase::kReady && phase != PodPhase::kStarting && phase != PodPhase::kWaiting) continue;
    container_died(pod);
    restart_or_back_off(pod);
  }
}

void Engine::finish() {
  now_ = horizon_;
  for (Outage* outage : {&outcome_.write, &outcome_.read, &outcome_.degraded, &outcome_.silent}) close(*outage);
  for (Outage& outage : outcome_.services) close(outage);
  outcome_.pods_not_ready = 0;
  for (const PodState& pod : state_.pods) {
    if (pod.phase != PodPhase::kReady && pod.phase != PodPhase::kDaemon) ++outcome_.pods_not_ready;
  }
  outcome_.nodes = state_.ready_nodes;
  judge_readability();
}

}  // namespace isobar::plan::simulation
