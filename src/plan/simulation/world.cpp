#include "plan/simulation/world.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/nearest.h"

namespace isobar::plan::simulation {
namespace {

constexpr std::size_t kMaxServices = 64;  // sets of services are one word
constexpr std::size_t kMaxPods = 4096;
constexpr std::size_t kMaxZones = 64;       // sets of zones too
constexpr std::size_t kMaxOthers = 10'000;  // volumes, groups, stores
constexpr std::int64_t kMaxNodes = 1000;
constexpr Duration kMaxTimer = Duration::hours(24);
constexpr std::int64_t kMaxAmount = std::int64_t{1} << 40;
constexpr Duration kMaxTime = Duration::hours(24 * 366);

using Names = std::vector<std::string_view>;

template <class T>
Names names_of(const std::vector<T>& items) {
  Names names;
  for (const T& item : items) names.emplace_back(item.name);
  return names;
}

class Checker {
 public:
  explicit Checker(const World& world)
      : world_(world), zones_(names_of(world.zones)), volumes_(names_of(world.volumes)),
        services_(names_of(world.services)), stores_(names_of(world.stores)) {}

  std::vector<WorldProblem> check() {
    names("zones", zones_);
    names("node_groups", names_of(world_.groups));
    names("volumes", volumes_);
    names("pods", names_of(world_.pods));
    names("services", services_);
    names("stores", stores_);
    for (std::size_t i = 0; i < world_.groups.size(); ++i) group(i, world_.groups[i]);
    for (std::size_t i = 0; i < world_.volumes.size(); ++i) volume(i, world_.volumes[i]);
    for (std::size_t i = 0; i < world_.pods.size(); ++i) pod(i, world_.pods[i]);
    for (std::size_t i = 0; i < world_.services.size(); ++i) service(i, world_.services[i]);
    for (std::size_t i = 0; i < world_.stores.size(); ++i) store(i, world_.stores[i]);
    sizes();
    if (problems_.empty()) {
      cycle(DependencyKind::kStart, "start");
      cycle(DependencyKind::kHard, "hard");
    }
    return std::move(problems_);
  }

 private:
  void add(std::string_view kind, std::size_t index, std::string message) {
    problems_.push_back({kind, index, std::move(message)});
  }

  void names(std::string_view kind, const Names& all) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].empty()) add(kind, i, "needs a name");
      if (!all[i].empty() && !seen.insert(all[i]).second) {
        add(kind, i, fmt::format("the name is used twice (give each its own): {}", all[i]));
      }
    }
  }

  void sizes() {
    if (world_.zones.empty()) add("zones", 0, "a world needs a zone (write zones: [a])");
    if (world_.zones.size() > kMaxZones) add("zones", kMaxZones, "at most 64 zones");
    if (world_.volumes.size() > kMaxOthers) add("volumes", kMaxOthers, "at most 10000 volumes");
    if (world_.groups.size() > kMaxOthers) add("node_groups", kMaxOthers, "at most 10000 groups");
    if (world_.stores.size() > kMaxOthers) add("stores", kMaxOthers, "at most 10000 stores");
    for (const TimerRow& row : timer_rows()) {
      const Duration value = world_.timers.*row.field;
      if (value < Duration{0} || value > kMaxTimer) {
        add("timers", 0, fmt::format("a timer must be between 0s and 1d: {}", row.name));
      }
    }
    if (world_.services.size() > kMaxServices) add("services", kMaxServices, "at most 64 services (join some into one)");
    if (world_.pods.size() > kMaxPods) add("pods", kMaxPods, "at most 4096 pods");
  }

  void known(std::string_view kind, std::size_t index, std::string_view what, const Names& all, const std::string& name) {
    if (std::ranges::find(all, name) != all.end()) return;
    const std::string_view near = nearest_word(name, all);
    add(kind, index, near.empty() ? fmt::format("there is no such {}: {}", what, name)
                                  : fmt::format("there is no such {}, did you mean {}: {}", what, near, name));
  }

  void count(std::string_view kind, std::size_t index, std::string_view what, std::int64_t value, std::int64_t least = 0) {
    if (value < least) add(kind, index, fmt::format("{} must be at least {}, found: {}", what, least, value));
    if (value > kMaxAmount) add(kind, index, fmt::format("{} is too large: {}", what, value));
  }

  void time(std::string_view kind, std::size_t index, std::string_view what, Duration value) {
    if (value < Duration{0}) add(kind, index, fmt::format("{} must not be negative", what));
    if (value > kMaxTime) add(kind, index, fmt::format("{} must be at most a year", what));
  }

  void group(std::size_t i, const NodeGroup& group) {
    constexpr std::string_view kKind = "node_groups";
    for (const std::string& zone : group.zones) known(kKind, i, "zone", zones_, zone);
    if (group.zones.empty()) add(kKind, i, "a group needs zones (write zones: [a, b, c])");
    count(kKind, i, "min", group.min);
    count(kKind, i, "desired", group.desired);
    count(kKind, i, "cpu_m", group.cpu_m);
    count(kKind, i, "memory_mib", group.memory_mib);
    count(kKind, i, "pods", group.pods);
    count(kKind, i, "volumes", group.volumes);
    if (group.max > kMaxNodes) add(kKind, i, fmt::format("max is above 1000 nodes: {}", group.max));
    if (group.min > group.max) add(kKind, i, fmt::format("min {} is above max {} (raise max)", group.min, group.max));
    if (group.desired > group.max) {
      add(kKind, i, fmt::format("desired {} is above max {} (raise max)", group.desired, group.max));
    }
    if (group.desired < group.min) {
      add(kKind, i, fmt::format("desired {} is below min {} (write at least {})", group.desired, group.min, group.min));
    }
  }

  void volume(std::size_t i, const Volume& volume) {
    if (!volume.zone.empty()) known("volumes", i, "zone", zones_, volume.zone);
    count("volumes", i, "size_gib", volume.size_gib);
  }

  void pod(std::size_t i, const Pod& pod) {
    constexpr std::string_view kKind = "pods";
    known(kKind, i, "service", services_, pod.service);
    if (!pod.volume.empty()) known(kKind, i, "volume", volumes_, pod.volume);
    if (!pod.zone.empty()) known(kKind, i, "zone", zones_, pod.zone);
    count(kKind, i, "cpu_m", pod.cpu_m);
    count(kKind, i, "memory_mib", pod.memory_mib);
    time(kKind, i, "toleration", pod.toleration);
    time(kKind, i, "readiness_delay", pod.readiness_delay);
    time(kKind, i, "start_time", pod.start_time);
    time(kKind, i, "crash_after", pod.crash_after);
    for (const Dependency& dependency : pod.dependencies) known(kKind, i, "service", services_, dependency.service);
    for (const Service& service : world_.services) {
      if (service.external && service.name == pod.service) {
        add(kKind, i, fmt::format("an external service has no pods (take external away): {}", service.name));
      }
    }
  }

  void service(std::size_t i, const Service& service) {
    constexpr std::string_view kKind = "services";
    count(kKind, i, "quorum", service.quorum, 1);
    if (service.external) return;
    const auto pods = std::ranges::count(world_.pods, service.name, &Pod::service);
    if (pods < service.quorum) {
      add(kKind, i, fmt::format("quorum {} of {} pods can never be met (write a smaller quorum, or more replicas): {}",
                                service.quorum, pods, service.name));
    }
  }

  void store(std::size_t i, const Store& store) {
    constexpr std::string_view kKind = "stores";
    known(kKind, i, "service", services_, store.service);
    count(kKind, i, "replication", store.replication, 1);
    time(kKind, i, "flush_interval", store.flush_interval);
    if (!store.replay_from.empty()) known(kKind, i, "store", stores_, store.replay_from);
    if (store.replay_from == store.name) add(kKind, i, "replay_from names the store itself (leave it out)");
    const auto pods = std::ranges::count(world_.pods, store.service, &Pod::service);
    if (pods < store.replication) {
      add(kKind, i, fmt::format("replication {} needs as many pods, the service has {}", store.replication, pods));
    }
  }

  // Depth first over services; an edge from the service of a pod to each that it depends on.
  void cycle(DependencyKind kind, std::string_view word) {
    std::vector<std::set<std::size_t>> edges(services_.size());
    for (const Pod& pod : world_.pods) {
      for (const Dependency& dependency : pod.dependencies) {
        if (dependency.kind == kind) edges[index_of(pod.service)].insert(index_of(dependency.service));
      }
    }
    std::vector<int> colour(services_.size(), 0);
    std::vector<std::size_t> path;
    for (std::size_t i = 0; i < services_.size(); ++i) {
      if (visit(i, edges, colour, path)) return add_cycle(path, word);
    }
  }

  bool visit(std::size_t at, const std::vector<std::set<std::size_t>>& edges, std::vector<int>& colour,
             std::vector<std::size_t>& path) {
    if (colour[at] == 2) return false;
    path.push_back(at);
    if (colour[at] == 1) return true;
    colour[at] = 1;
    for (const std::size_t next : edges[at]) {
      if (visit(next, edges, colour, path)) return true;
    }
    colour[at] = 2;
    path.pop_back();
    return false;
  }

  void add_cycle(const std::vector<std::size_t>& path, std::string_view word) {
    std::string text;
    const auto begin = std::ranges::find(path, path.back());
    for (auto at = begin; at != path.end(); ++at) text += fmt::format("{}{}", at == begin ? "" : " -> ", services_[*at]);
    const std::string_view advice = word == "start" ? "nothing could ever start; make one a hard or soft dependency"
                                                    : "nothing could ever serve; make one a soft dependency";
    add("services", path.back(), fmt::format("the {} dependencies form a circle ({}): {}", word, advice, text));
  }

  std::size_t index_of(const std::string& service) const {
    return static_cast<std::size_t>(std::ranges::find(services_, service) - services_.begin());
  }

  const World& world_;
  Names zones_, volumes_, services_, stores_;
  std::vector<WorldProblem> problems_;
};

constexpr TimerRow kTimers[] = {
    {"node_boot", &Timers::node_boot, "assumption: EC2 launch until the node is Ready, AL2023; calibrate"},
    {"image_pull", &Timers::image_pull, "assumption: 200-300 MB from a registry of the region; calibrate"},
    {"volume_attach", &Timers::volume_attach, "assumption: EBS attach and mount; calibrate"},
    {"node_detection", &Timers::node_detection, "kube-controller-manager --node-monitor-grace-period, 50s since 1.32"},
    {"pod_replacement", &Timers::pod_replacement, "assumption: controller and scheduler after an eviction"},
    {"readiness_period", &Timers::readiness_period, "Kubernetes probe default periodSeconds 10"},
    {"backoff_first", &Timers::backoff_first, "kubelet: at once, then 10s doubling; Kubernetes in Action 2e 6.2.1"},
    {"backoff_max", &Timers::backoff_max, "kubelet MaxContainerBackOff 300s; KEP-4603"},
    {"backoff_reset", &Timers::backoff_reset, "kubelet: a run of twice the maximum forgets the back-off"},
    {"autoscaler_scan", &Timers::autoscaler_scan, "cluster-autoscaler --scan-interval 10s; Karpenter batches up to 10s"},
    {"autoscaler_retry", &Timers::autoscaler_retry, "cluster-autoscaler --initial-node-group-backoff-duration 5m"},
    {"group_replacement", &Timers::group_replacement, "assumption: two failed EC2 status checks, a minute apart, and the group's reaction"},
    {"node_removal", &Timers::node_removal, "cloud node lifecycle 5s, pod garbage collection 40s quarantine and 20s period"},
    {"force_detach", &Timers::force_detach, "attach-detach controller maxWaitForUnmountDuration 6m"},
};

}  // namespace

std::span<const TimerRow> timer_rows() { return kTimers; }

std::vector<WorldProblem> check_world(const World& world) { return Checker(world).check(); }

}  // namespace isobar::plan::simulation
