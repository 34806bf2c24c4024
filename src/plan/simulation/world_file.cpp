#include "plan/simulation/world_file.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/nearest.h"
#include "codec/yaml.h"

namespace isobar::plan::simulation {
namespace {

constexpr std::size_t kShownProblems = 10;
constexpr std::int64_t kMaxReplicas = 1000;

template <class T>
using Words = std::vector<std::pair<std::string_view, T>>;

template <class T>
void choose(YamlMap& map, std::string_view key, const Words<T>& words, T& out) {
  std::string word;
  if (!map.field(key, word)) return;
  const auto found = std::ranges::find(words, word, &std::pair<std::string_view, T>::first);
  if (found != words.end()) {
    out = found->second;
    return;
  }
  std::vector<std::string_view> known;
  for (const auto& [name, value] : words) known.push_back(name);
  map.problems().add(*map.get(key), fmt::format("{} must be one of {}, found: {}", key, fmt::join(known, ", "), word));
}

class Reader {
 public:
  explicit Reader(YamlProblems& problems) : problems_(problems) {}

  World read(const YamlNode& root) {
    YamlMap map(root, "a world", problems_);
    map.field("name", world_.name);
    std::vector<std::string> zones;
    map.field("zones", zones);
    const YamlNode* zone_list = map.get("zones");
    for (std::string& zone : zones) world_.zones.push_back({std::move(zone)});
    lines_.zones.assign(world_.zones.size(), zone_list != nullptr ? zone_list->line : root.line);
    each(map, "node_groups", [&](const YamlNode& node) { group(node); });
    each(map, "volumes", [&](const YamlNode& node) { volume(node); });
    each(map, "services", [&](const YamlNode& node) { service(node); });
    each(map, "pods", [&](const YamlNode& node) { pods(node); });
    each(map, "stores", [&](const YamlNode& node) { store(node); });
    if (const YamlNode* timers = map.get("timers")) read_timers(*timers);
    map.finish();
    return std::move(world_);
  }

  int line_of(const WorldProblem& problem) const {
    if (problem.kind == "timers") return lines_.timers;
    const std::vector<int>& lines = problem.kind == "zones"         ? lines_.zones
                                    : problem.kind == "node_groups" ? lines_.groups
                                    : problem.kind == "volumes"     ? lines_.volumes
                                    : problem.kind == "pods"        ? lines_.pods
                                    : problem.kind == "services"    ? lines_.services
                                                                    : lines_.stores;
    return problem.index < lines.size() ? lines[problem.index] : 1;
  }

 private:
  template <class Bind>
  void each(YamlMap& map, std::string_view key, Bind&& bind_one) {
    const YamlNode* list = map.get(key);
    if (list == nullptr || !expect_sequence(*list, problems_)) return;
    for (const YamlNode& node : list->items) bind_one(node);
  }

  void group(const YamlNode& node) {
    YamlMap map(node, "a node group", problems_);
    NodeGroup out;
    map.field("name", out.name);
    map.field("instance", out.instance);
    map.field("zones", out.zones);
    map.field("min", out.min);
    map.field("max", out.max);
    map.field("desired", out.desired);
    choose(map, "autoscaling",
           Words<Autoscaling>{{"none", Autoscaling::kNone}, {"multi_az", Autoscaling::kMultiAz},
                              {"per_az", Autoscaling::kPerAz}, {"karpenter", Autoscaling::kKarpenter}},
           out.autoscaling);
    map.field("cpu_m", out.cpu_m);
    map.field("memory_mib", out.memory_mib);
    map.field("pods", out.pods);
    map.field("volumes", out.volumes);
    map.finish();
    world_.groups.push_back(std::move(out));
    lines_.groups.push_back(node.line);
  }

  void volume(const YamlNode& node) {
    YamlMap map(node, "a volume", problems_);
    Volume out;
    map.field("name", out.name);
    map.field("zone", out.zone);
    choose(map, "access",
           Words<VolumeAccess>{{"ReadWriteOnce", VolumeAccess::kReadWriteOnce},
                               {"ReadWriteOncePod", VolumeAccess::kReadWriteOncePod},
                               {"ReadWriteMany", VolumeAccess::kReadWriteMany}},
           out.access);
    map.field("size_gib", out.size_gib);
    map.field("zone_label", out.zone_label);
    map.finish();
    world_.volumes.push_back(std::move(out));
    lines_.volumes.push_back(node.line);
  }

  void service(const YamlNode& node) {
    YamlMap map(node, "a service", problems_);
    Service out;
    map.field("name", out.name);
    map.field("quorum", out.quorum);
    map.field("external", out.external);
    std::vector<std::string> needs;
    map.field("needed_for", needs);
    for (const std::string& need : needs) {
      if (need == "write") out.needed_for.write = true;
      else if (need == "read") out.needed_for.read = true;
      else if (need == "degraded") out.needed_for.degraded = true;
      else problems_.add(node, fmt::format("needed_for takes write, read and degraded, found: {}", need));
    }
    map.finish();
    world_.services.push_back(std::move(out));
    lines_.services.push_back(node.line);
  }

  void pods(const YamlNode& node) {
    YamlMap map(node, "a pod", problems_);
    Pod pod;
    std::int64_t replicas = -1;
    std::vector<std::string> volumes;
    map.field("name", pod.name);
    const bool counted = map.field("replicas", replicas);
    map.field("service", pod.service);
    choose(map, "owner",
           Words<Owner>{{"Deployment", Owner::kDeployment}, {"StatefulSet", Owner::kStatefulSet}, {"DaemonSet", Owner::kDaemonSet}},
           pod.owner);
    map.field("cpu_m", pod.cpu_m);
    map.field("memory_mib", pod.memory_mib);
    map.field("volume", pod.volume);
    map.field("volumes", volumes);
    map.field("zone", pod.zone);
    placement(map, pod);
    map.field("toleration", pod.toleration);
    dependencies(map, "start_deps", DependencyKind::kStart, pod);
    dependencies(map, "hard_deps", DependencyKind::kHard, pod);
    dependencies(map, "soft_deps", DependencyKind::kSoft, pod);
    dependencies(map, "silent_deps", DependencyKind::kSilent, pod);
    map.field("readiness_delay", pod.readiness_delay);
    map.field("start_time", pod.start_time);
    map.field("crash_after", pod.crash_after);
    map.finish();
    if (counted && (replicas < 0 || replicas > kMaxReplicas)) {
      problems_.add(node, fmt::format("replicas must be between 0 and {}, found: {}", kMaxReplicas, replicas));
      return;
    }
    if (!volumes.empty() && static_cast<std::int64_t>(volumes.size()) != replicas) {
      problems_.add(node, fmt::format("volumes needs one for each replica (replicas: {}), found: {}", volumes.size(), replicas));
      return;
    }
    add_pods(node, pod, counted ? replicas : -1, volumes);
  }

  void add_pods(const YamlNode& node, const Pod& pod, std::int64_t replicas, const std::vector<std::string>& volumes) {
    if (replicas < 0) {
      world_.pods.push_back(pod);
      lines_.pods.push_back(node.line);
    }
    for (std::int64_t i = 0; i < replicas; ++i) {
      Pod one = pod;
      one.name = fmt::format("{}-{}", pod.name, i);
      if (!volumes.empty()) one.volume = volumes[static_cast<std::size_t>(i)];
      world_.pods.push_back(std::move(one));
      lines_.pods.push_back(node.line);
    }
  }

  void placement(YamlMap& map, Pod& pod) {
    const Words<Strictness> strict{{"none", Strictness::kNone}, {"soft", Strictness::kSoft}, {"hard", Strictness::kHard}};
    const Words<Topology> topology{{"zone", Topology::kZone}, {"hostname", Topology::kHostname}};
    choose(map, "anti_affinity", strict, pod.anti_affinity);
    choose(map, "anti_affinity_topology", topology, pod.anti_affinity_topology);
    choose(map, "spread", strict, pod.spread);
    choose(map, "spread_topology", topology, pod.spread_topology);
  }

  static void dependencies(YamlMap& map, std::string_view key, DependencyKind kind, Pod& pod) {
    std::vector<std::string> services;
    map.field(key, services);
    for (std::string& service : services) pod.dependencies.push_back({std::move(service), kind});
  }

  void store(const YamlNode& node) {
    YamlMap map(node, "a store", problems_);
    Store out;
    map.field("name", out.name);
    map.field("service", out.service);
    map.field("replication", out.replication);
    map.field("wal_on_volume", out.wal_on_volume);
    map.field("on_pod_disk", out.on_pod_disk);
    map.field("flush_interval", out.flush_interval);
    map.field("replay_from", out.replay_from);
    map.finish();
    world_.stores.push_back(std::move(out));
    lines_.stores.push_back(node.line);
  }

  void read_timers(const YamlNode& node) {
    YamlMap map(node, "timers", problems_);
    lines_.timers = node.line;
    for (const TimerRow& row : timer_rows()) {
      map.field(row.name, world_.timers.*row.field);
    }
    map.finish();
  }

  struct Lines {
    std::vector<int> zones, groups, volumes, pods, services, stores;
    int timers = 1;
  };
  YamlProblems& problems_;
  World world_;
  Lines lines_;
};

}  // namespace

CheckedWorld parse_world(std::string_view text, std::string file) {
  YamlProblems problems(std::move(file));
  CheckedWorld checked;
  const YamlNode root = parse_yaml(text, problems, {.bytes = 4 << 20, .nodes = 200'000, .depth = 20});
  if (problems.empty()) {
    Reader reader(problems);
    checked.world = reader.read(root);
    if (problems.empty()) {
      for (const WorldProblem& problem : check_world(checked.world)) problems.add(reader.line_of(problem), problem.message);
    }
  }
  for (const YamlProblem& problem : problems.problems()) checked.problems.push_back(problem.to_string());
  return checked;
}

Result<World> load_world(std::string_view text, std::string file) {
  CheckedWorld checked = parse_world(text, std::move(file));
  if (checked.problems.empty()) return std::move(checked.world);
  checked.problems.resize(std::min(checked.problems.size(), kShownProblems));
  return fail(Code::kInvalid, fmt::format("{}", fmt::join(checked.problems, "\n")));
}

}  // namespace isobar::plan::simulation
