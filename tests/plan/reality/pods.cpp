#include <sys/wait.h>

#include <algorithm>

#include <fmt/format.h>

#include "loopback.h"
#include "supervisor.h"

namespace isobar::reality {
namespace {

using Phase = RunningPod::Phase;

// kubelet's failureThreshold.
constexpr int kFailedProbes = 3;

bool has_process(Phase phase) { return phase == Phase::kRunning || phase == Phase::kReady; }

}  // namespace

void Supervisor::schedule() {
  for (RunningPod& pod : pods_) {
    if (pod.phase != Phase::kPending) continue;
    std::string refusal;
    if (const auto node = place(pod, refusal)) {
      bind(pod, *node);
    } else if (refusal != pod.refusal) {
      pod.refusal = refusal;
      note("pod/" + pod.pod->name, "FailedScheduling");
    }
  }
}

// The node with the fewest pods; `refusal` counts why nodes cannot take it.
std::optional<std::size_t> Supervisor::place(const RunningPod& pod, std::string& refusal) const {
  std::optional<std::size_t> best;
  std::map<std::string, int> reasons{{"nodes", 0}};
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (nodes_[n].phase != Node::Phase::kReady && nodes_[n].phase != Node::Phase::kLost) continue;
    ++reasons["nodes"];
    const std::string reason = refused_by(pod, nodes_[n]);
    if (!reason.empty()) ++reasons[reason];
    else if (!best || pods_on(n) < pods_on(*best)) best = n;
  }
  for (const auto& [reason, count] : reasons) refusal += fmt::format("{} {}, ", count, reason);
  return best;
}

std::string Supervisor::refused_by(const RunningPod& pod, const Node& node) const {
  if (node.tainted) return "unreachable";
  if (!pod.pod->zone.empty() && pod.pod->zone != node.zone) return "node selector";
  std::int64_t cpu = world_.groups[node.group].cpu_m;
  std::int64_t memory = world_.groups[node.group].memory_mib;
  for (const RunningPod& other : pods_) {
    const bool bound = other.phase != Phase::kPending && other.phase != Phase::kAbsent;
    if (!bound || &nodes_[other.node] != &node) continue;
    cpu -= other.pod->cpu_m;
    memory -= other.pod->memory_mib;
  }
  if (pod.pod->cpu_m > cpu || pod.pod->memory_mib > memory) return "resources";
  const std::string zone = zone_of_volume(pod);
  return zone.empty() || zone == node.zone ? "" : "volume";
}

std::int64_t Supervisor::pods_on(std::size_t node) const {
  return std::ranges::count_if(pods_, [&](const RunningPod& pod) {
    return pod.node == node && pod.phase != Phase::kPending && pod.phase != Phase::kAbsent;
  });
}

std::string Supervisor::zone_of_volume(const RunningPod& pod) const {
  const auto volume = std::ranges::find(world_.volumes, pod.pod->volume, &simulation::Volume::name);
  return volume == world_.volumes.end() ? "" : volume->zone;
}

// Only what lies in the node's zone: where it does not, the process ends itself.
std::string Supervisor::volume_folder(const RunningPod& pod) const {
  const std::string& zone = zone_of_volume(pod).empty() ? "any" : nodes_[pod.node].zone;
  return fmt::format("{}/zones/{}/{}", folder_, zone, pod.pod->volume);
}

void Supervisor::bind(RunningPod& pod, std::size_t node) {
  pod.node = node;
  pod.refusal.clear();
  pod.phase = Phase::kCreating;
  note("pod/" + pod.pod->name, "Scheduled");
  const Duration attach = pod.pod->volume.empty() ? Duration{0} : world_.timers.volume_attach;
  after_for(pod, settling_ ? 0 : (world_.timers.image_pull + attach).ms, [this, &pod] { start_container(pod); });
}

void Supervisor::start_container(RunningPod& pod) {
  ++pod.epoch;
  pod.phase = Phase::kRunning;
  pod.failed_probes = 0;
  note("pod/" + pod.pod->name, "Started");
  pod.child = start(program_, arguments_of(pod));
  after_for(pod, pod.pod->readiness_delay.ms, [this, &pod] { probe(pod, pod.epoch); });
}

std::vector<std::string> Supervisor::arguments_of(const RunningPod& pod) const {
  std::vector<std::string> words{"--endpoints",   folder_ + "/endpoints",
                                 "--scale",       fmt::format("{}", clock_.scale()),
                                 "--start-time",  std::to_string(pod.pod->start_time.ms),
                                 "--crash-after", std::to_string(settling_ ? 0 : pod.pod->crash_after.ms)};
  if (!pod.pod->volume.empty()) words.insert(words.end(), {"--volume", volume_folder(pod)});
  for (const simulation::Dependency& one : pod.pod->dependencies) {
    static const std::map<simulation::DependencyKind, const char*> kFlags{{simulation::DependencyKind::kStart, "--start"},
                                                                          {simulation::DependencyKind::kHard, "--hard"},
                                                                          {simulation::DependencyKind::kSoft, "--soft"},
                                                                          {simulation::DependencyKind::kSilent, "--silent"}};
    words.insert(words.end(), {kFlags.at(one.kind), one.service});
  }
  return words;
}

void Supervisor::probe(RunningPod& pod, std::uint32_t epoch) {
  if (pod.epoch != epoch || !has_process(pod.phase)) return;
  const bool well = pod.child.port != 0 && ask(pod.child.port, 'r') == 'y';
  pod.failed_probes = well ? 0 : pod.failed_probes + 1;
  if (well && pod.phase == Phase::kRunning) {
    pod.phase = Phase::kReady;
    note("pod/" + pod.pod->name, "Ready");
  } else if (pod.phase == Phase::kReady && pod.failed_probes >= kFailedProbes) {
    pod.phase = Phase::kRunning;
    note("pod/" + pod.pod->name, "NotReady");
  }
  after_for(pod, world_.timers.readiness_period.ms, [this, &pod, epoch] { probe(pod, epoch); });
}

void Supervisor::reap() {
  for (Ended ended = next_ended(); ended.pid != 0; ended = next_ended()) {
    const auto pod = std::ranges::find_if(pods_, [&](const RunningPod& one) { return one.child.pid == ended.pid; });
    if (pod == pods_.end()) continue;
    pod->child.pid = 0;
    kill_now(pod->child);  // closes its pipe
    const bool gave_up = WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 1;
    note("pod/" + pod->pod->name, gave_up ? "Crashed" : "Broken");  // nobody predicts "Broken"
    container_ended(*pod, now_);
  }
}

// flowcontrol.Backoff: the first restart is at once and makes an entry; later ones wait for the entry's delay and double
// it. An entry that saw no restart for twice the longest delay has expired.
void Supervisor::container_ended(RunningPod& pod, std::int64_t finished) {
  const bool expired = pod.backoff.delay == 0 || finished - pod.backoff.last_restart > world_.timers.backoff_reset.ms;
  const std::int64_t wait = expired ? 0 : pod.backoff.delay;
  pod.backoff.delay = expired ? world_.timers.backoff_first.ms : std::min(2 * pod.backoff.delay, world_.timers.backoff_max.ms);
  pod.backoff.last_restart = finished + wait;
  ++pod.epoch;
  if (wait == 0) return start_container(pod);
  pod.phase = Phase::kBackOff;
  note("pod/" + pod.pod->name, "CrashLoopBackOff");
  after_for(pod, wait, [this, &pod] { start_container(pod); });
}

void Supervisor::restart_service(const std::string& service) {
  for (RunningPod& pod : pods_) {
    if (pod.pod->service != service || !has_process(pod.phase)) continue;
    kill_now(pod.child);
    container_ended(pod, now_);
  }
}

void Supervisor::evict(RunningPod& pod) {
  if (pod.phase != Phase::kNodeLost) return;
  note("pod/" + pod.pod->name, "TaintManagerEviction");
  if (pod.pod->owner != simulation::Owner::kStatefulSet) return delete_pod(pod, world_.timers.pod_replacement.ms);
  pod.phase = Phase::kTerminating;
  note("pod/" + pod.pod->name, "Terminating");
}

void Supervisor::delete_pod(RunningPod& pod, std::int64_t replacement_after) {
  kill_now(pod.child);
  ++pod.epoch;
  pod.backoff = {};
  pod.refusal.clear();
  pod.phase = replacement_after == 0 ? Phase::kPending : Phase::kAbsent;
  if (replacement_after == 0) return;
  note("pod/" + pod.pod->name, "Deleted");
  after_for(pod, replacement_after, [&pod] { pod.phase = Phase::kPending; });
}

// A service's name leads to its Ready pods, and to none while it is cut off.
void Supervisor::publish() {
  for (std::size_t s = 0; s < world_.services.size(); ++s) {
    const simulation::Service& service = world_.services[s];
    const bool cut = std::ranges::find(services_cut_, service.name) != services_cut_.end();
    Endpoints fresh{service.external && !cut, service.quorum, {}};
    for (const RunningPod& pod : pods_) {
      if (!cut && pod.pod->service == service.name && pod.phase == Phase::kReady) fresh.ports.push_back(pod.child.port);
    }
    const std::lock_guard lock(endpoints_mutex_);
    if (fresh == endpoints_[s]) continue;
    endpoints_[s] = fresh;
    write_endpoints(folder_ + "/endpoints", service.name, fresh);
  }
}

}  // namespace isobar::reality
