#include "supervisor.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace isobar::reality {
namespace {

using simulation::EventKind;

bool contains(const std::vector<std::string>& list, const std::string& name) { return std::ranges::find(list, name) != list.end(); }

}  // namespace

Supervisor::Supervisor(const simulation::World& world, std::string program, std::string folder, ScaledClock& clock, Recorder& recorder)
    : world_(world), program_(std::move(program)), folder_(std::move(folder)), clock_(clock), recorder_(recorder), signals_(child_signals()) {
  std::filesystem::create_directories(folder_ + "/endpoints");
  for (const simulation::Volume& volume : world_.volumes) {
    std::filesystem::create_directories(fmt::format("{}/zones/{}/{}", folder_, volume.zone.empty() ? "any" : volume.zone, volume.name));
  }
  for (const simulation::Pod& pod : world_.pods) {
    if (pod.owner != simulation::Owner::kDaemonSet) pods_.emplace_back().pod = &pod;
  }
  for (std::size_t g = 0; g < world_.groups.size(); ++g) {
    const simulation::NodeGroup& group = world_.groups[g];
    for (std::int64_t i = 0; i < group.desired; ++i) launch(g, group.zones[static_cast<std::size_t>(i) % group.zones.size()]);
  }
  endpoints_.resize(world_.services.size(), {false, -1, {}});  // like nothing that is published
}

Supervisor::~Supervisor() {
  for (RunningPod& pod : pods_) kill_now(pod.child);
  close(signals_);
}

std::vector<Endpoints> Supervisor::endpoints() const {
  const std::lock_guard lock(endpoints_mutex_);
  return endpoints_;
}

void Supervisor::note(const std::string& object, const char* what) {
  if (!settling_) recorder_.note(now_, object, what);
}

void Supervisor::after(std::int64_t delay, Work work) { timers_.emplace(now_ + delay, std::move(work)); }

void Supervisor::after_for(RunningPod& pod, std::int64_t delay, Work work) {
  after(delay, [&pod, epoch = pod.epoch, work = std::move(work)] {
    if (pod.epoch == epoch) work();
  });
}

bool Supervisor::settle() {
  publish();
  const auto all_ready = [this] {
    return std::ranges::all_of(pods_, [](const RunningPod& pod) { return pod.phase == RunningPod::Phase::kReady; });
  };
  run_until(Duration::hours(1).ms, all_ready);
  // What was planned while settling is over: probes of Ready pods begin again.
  timers_.clear();
  settling_ = false;
  clock_.restart();
  return all_ready();
}

bool Supervisor::play(const simulation::Scenario& scenario, std::int64_t horizon) {
  now_ = 0;
  for (RunningPod& pod : pods_) {
    after_for(pod, world_.timers.readiness_period.ms, [this, &pod] { probe(pod, pod.epoch); });
  }
  bool known = true;
  for (const simulation::Event& event : scenario.events) {
    after(event.at.ms, [this, &event, &known] { known &= begin_fault(event); });
    if (event.lasts > Duration{0}) after((event.at + event.lasts).ms, [this, &event] { end_fault(event); });
  }
  run_until(horizon, [&known] { return !known; });
  return known;
}

// One turn sees one time: timers of the same moment fire together, and placing comes after them.
void Supervisor::run_until(std::int64_t end, const std::function<bool()>& done) {
  for (;;) {
    now_ = clock_.now();
    reap();
    fire_due();
    schedule();
    publish();
    if (now_ >= end || done()) return;
    wait_until(timers_.empty() ? end : std::min(end, timers_.begin()->first));
  }
}

void Supervisor::fire_due() {
  while (!timers_.empty() && timers_.begin()->first <= now_) {
    if (!settling_) worst_lateness_ = std::max(worst_lateness_, now_ - timers_.begin()->first);
    const Work work = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    work();
  }
}

// Until then, or until a child says its port or ends.
void Supervisor::wait_until(std::int64_t due) {
  std::vector<pollfd> wanted{{signals_, POLLIN, 0}};
  for (const RunningPod& pod : pods_) {
    if (pod.child.port_pipe >= 0) wanted.push_back({pod.child.port_pipe, POLLIN, 0});
  }
  const auto rest = clock_.real(due) - std::chrono::steady_clock::now();
  const std::int64_t ns = std::max<std::int64_t>(0, std::chrono::nanoseconds(rest).count());
  const timespec timeout{ns / 1'000'000'000, ns % 1'000'000'000};
  ppoll(wanted.data(), wanted.size(), &timeout, nullptr);
  drain(signals_);
  for (RunningPod& pod : pods_) read_port(pod.child);
}

bool Supervisor::begin_fault(const simulation::Event& event) {
  note(fmt::format("fault/{}", event_kind_name(event.kind)), "Fault");
  switch (event.kind) {
    case EventKind::kScaleToZero: scale_to_zero(); return true;
    case EventKind::kReturn: return_nodes(event); return true;
    case EventKind::kLoseZone: lose_zone(event.name); return true;
    case EventKind::kLoseService: services_cut_.push_back(event.name); return true;
    case EventKind::kRestartService: restart_service(event.name); return true;
    default: return false;
  }
}

void Supervisor::end_fault(const simulation::Event& event) {
  note(fmt::format("fault/{}", event_kind_name(event.kind)), "FaultEnds");
  if (event.kind == EventKind::kLoseService) std::erase(services_cut_, event.name);
  if (event.kind != EventKind::kLoseZone) return;
  std::erase(zones_down_, event.name);
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (nodes_[n].zone != event.name || nodes_[n].phase != Node::Phase::kLost) continue;
    ++nodes_[n].epoch;
    after(world_.timers.node_boot.ms, [this, n, epoch = nodes_[n].epoch] {
      if (nodes_[n].epoch == epoch) node_ready(n);
    });
  }
}

void Supervisor::scale_to_zero() {
  for (Node& node : nodes_) {
    node.phase = Node::Phase::kGone;
    ++node.epoch;
  }
  for (RunningPod& pod : pods_) delete_pod(pod, 0);
}

void Supervisor::return_nodes(const simulation::Event& event) {
  for (std::int64_t i = 0; i < event.nodes; ++i) {
    const std::string& zone = event.zones[static_cast<std::size_t>(i) % event.zones.size()];
    const auto group = std::ranges::find_if(world_.groups, [&](const simulation::NodeGroup& one) { return contains(one.zones, zone); });
    launch(static_cast<std::size_t>(group - world_.groups.begin()), zone);
  }
}

std::int64_t Supervisor::nodes_in(const std::string& zone) const {
  return std::ranges::count_if(nodes_, [&](const Node& node) {
    return node.zone == zone && (node.phase == Node::Phase::kReady || node.phase == Node::Phase::kBooting);
  });
}

std::int64_t Supervisor::nodes_of(std::size_t group) const {
  return std::ranges::count_if(nodes_, [&](const Node& node) {
    return node.group == group && (node.phase == Node::Phase::kReady || node.phase == Node::Phase::kBooting);
  });
}

void Supervisor::launch(std::size_t group, const std::string& zone) {
  if (contains(zones_down_, zone) || nodes_of(group) >= world_.groups[group].max) return;
  const std::size_t index = nodes_.size();
  const auto number = 1 + std::ranges::count(nodes_, zone, &Node::zone);
  nodes_.push_back({group, zone, fmt::format("{}-{}", zone, number), Node::Phase::kBooting, false, 0});
  if (settling_) {
    nodes_.back().phase = Node::Phase::kReady;
    return;
  }
  note("node/" + nodes_.back().name, "Launched");
  after(world_.timers.node_boot.ms, [this, index] {
    if (nodes_[index].epoch == 0) node_ready(index);
  });
}

void Supervisor::node_ready(std::size_t index) {
  nodes_[index].phase = Node::Phase::kReady;
  nodes_[index].tainted = false;
  note("node/" + nodes_[index].name, "NodeReady");
  for (RunningPod& pod : pods_) {
    if (pod.node != index) continue;
    if (pod.phase == RunningPod::Phase::kTerminating) delete_pod(pod, world_.timers.pod_replacement.ms);
    else if (pod.phase == RunningPod::Phase::kNodeLost) start_container(pod);
  }
}

void Supervisor::lose_zone(const std::string& zone) {
  zones_down_.push_back(zone);
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (nodes_[n].zone == zone) lose_node(n);
  }
}

// Its processes die at once; the control plane learns it later.
void Supervisor::lose_node(std::size_t index) {
  Node& node = nodes_[index];
  const bool ran = node.phase == Node::Phase::kReady;
  if (node.phase == Node::Phase::kGone || node.phase == Node::Phase::kLost) return;
  ++node.epoch;
  node.phase = ran ? Node::Phase::kLost : Node::Phase::kGone;
  if (!ran) return;
  note("node/" + node.name, "NodeLost");
  after(world_.timers.node_detection.ms, [this, index, epoch = node.epoch] {
    if (nodes_[index].epoch != epoch) return;
    nodes_[index].tainted = true;
    note("node/" + nodes_[index].name, "NodeNotReady");
  });
  after(world_.timers.group_replacement.ms, [this, index, epoch = node.epoch] {
    if (nodes_[index].epoch == epoch) replace_node(index);
  });
  for (RunningPod& pod : pods_) {
    const bool bound = pod.phase != RunningPod::Phase::kPending && pod.phase != RunningPod::Phase::kAbsent;
    if (!bound || pod.node != index) continue;
    kill_now(pod.child);
    ++pod.epoch;
    pod.phase = RunningPod::Phase::kNodeLost;
    after_for(pod, (world_.timers.node_detection + pod.pod->toleration).ms, [this, &pod] { evict(pod); });
  }
}

// The group keeps its number, in the zone with the fewest nodes.
void Supervisor::replace_node(std::size_t index) {
  const simulation::NodeGroup& group = world_.groups[nodes_[index].group];
  std::string best;
  for (const std::string& zone : group.zones) {
    if (contains(zones_down_, zone)) continue;
    if (best.empty() || nodes_in(zone) < nodes_in(best)) best = zone;
  }
  if (!best.empty()) launch(nodes_[index].group, best);
}

}  // namespace isobar::reality
