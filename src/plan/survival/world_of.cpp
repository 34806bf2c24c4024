#include "plan/survival/world_of.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "plan/simulation/simulate.h"

namespace isobar::plan {
namespace {

using simulation::Autoscaling;
using simulation::DependencyKind;
using simulation::Pod;
using simulation::World;

constexpr std::int64_t kMostPods = 4096;

bool starts_with_word(const std::string& text, const std::string& word) {
  return text == word || text.starts_with(word + "-");
}

class WorldBuilder {
 public:
  WorldBuilder(const Ledger& ledger, const Settings& settings) : ledger_(ledger), formulas_(ledger, settings) {}

  Result<ProfileWorld> build(const std::string& name) {
    out_.world.name = name;
    TRYV(add_nodes());
    TRYV(add_services());
    TRYV(add_pods());
    TRYV(add_sidecars());
    count_whole_services();
    TRYV(add_stores());
    return std::move(out_);
  }

 private:
  Result<std::int64_t> whole(Result<Value> value, const std::string& what) {
    if (!value) return fail(Error{value.error()}.with_context(what));
    if (!value->measured()) {
      out_.not_measured.push_back(what);
      return 0;
    }
    if (value->kind != Value::Kind::kNumber) return fail(Code::kUnprocessable, fmt::format("{}: not a number: {}", what, value->to_string()));
    return value->number.rounded();
  }
  Result<std::int64_t> whole(const Expression& expression, const Origin& origin) { return whole(formulas_.value(expression), origin.to_string()); }
  // A name that simulation asks for by itself.
  Result<std::int64_t> named(const char* name) { return whole(formulas_.value(name), fmt::format("plan simulate needs {}", name)); }

  Result<bool> truth(const Expression& expression, const Origin& origin) {
    Result<Value> value = formulas_.value(expression);
    if (!value) return fail(Error{value.error()}.with_context(origin.to_string()));
    if (value->kind != Value::Kind::kBool) return fail(Code::kUnprocessable, fmt::format("{}: must be yes or no: {}", origin.to_string(), expression.text()));
    return value->truth;
  }
  Result<Duration> seconds(const Expression& expression, const Origin& origin) {
    TRY(const std::int64_t count, whole(expression, origin));
    return Duration::seconds(count);
  }

  Result<Autoscaling> autoscaling() {
    TRY(const Value scaler, formulas_.value("scaler"));
    if (scaler.text == "schedule" || scaler.text == "none") return Autoscaling::kNone;
    if (scaler.text == "multi_az") return Autoscaling::kMultiAz;
    if (scaler.text == "per_az") return Autoscaling::kPerAz;
    if (scaler.text == "karpenter") return Autoscaling::kKarpenter;
    return fail(Code::kUnprocessable, fmt::format("scaler must be schedule, none, multi_az, per_az or karpenter: {}", scaler.to_string()));
  }

  Result<void> add_nodes() {
    World& world = out_.world;
    TRY(const std::int64_t zones, named("node.zones"));
    if (zones < 1 || zones > 6) return fail(Code::kUnprocessable, fmt::format("node.zones must be 1 to 6: {}", zones));
    simulation::NodeGroup group;
    group.name = "workers";
    for (std::int64_t z = 0; z < zones; ++z) {
      world.zones.push_back({std::string(1, static_cast<char>('a' + z))});
      group.zones.push_back(world.zones.back().name);
    }
    TRY(const Value type, formulas_.value("node.type"));
    group.instance = type.text;
    TRY(group.min, named("nodes.min"));
    TRY(group.max, named("nodes.max"));
    TRY(group.desired, named("nodes.count"));
    TRY(group.autoscaling, autoscaling());
    TRY(group.cpu_m, named("nodes.allocatable_cpu_m"));
    TRY(group.memory_mib, named("nodes.allocatable_mib"));
    TRY(group.pods, named("nodes.max_pods"));
    TRY(group.volumes, named("nodes.max_volumes"));
    world.groups.push_back(std::move(group));

    world.services.push_back({.name = "node-agents", .quorum = 1, .needed_for = {}});
    Pod agents;
    agents.name = "kube-system";
    agents.service = "node-agents";
    agents.owner = simulation::Owner::kDaemonSet;
    TRY(agents.cpu_m, named("assume.kube_system_cpu_m"));
    TRY(agents.memory_mib, named("assume.kube_system_mib"));
    world.pods.push_back(std::move(agents));
    return {};
  }

  Result<void> add_services() {
    for (const ServiceRow& row : ledger_.services) {
      TRY(const bool there, truth(row.when, row.origin));
      if (!there) continue;
      rows_.push_back(&row);
      simulation::Service service;
      service.name = row.id;
      service.external = row.external;
      TRY(service.quorum, whole(row.quorum, row.origin));
      TRY(service.needed_for.write, truth(row.write, row.origin));
      TRY(service.needed_for.read, truth(row.read, row.origin));
      TRY(service.needed_for.degraded, truth(row.degraded, row.origin));
      out_.world.services.push_back(std::move(service));
    }
    return {};
  }

  const ServiceRow* service_of(const std::string& pod_row) const {
    for (const ServiceRow* row : rows_) {
      if (std::find(row->pods.begin(), row->pods.end(), pod_row) != row->pods.end()) return row;
    }
    return nullptr;
  }

  // Pods of a component that no service names take room, and nothing needs them.
  const std::string& bystanders() {
    static const std::string kName = "bystanders";
    auto& services = out_.world.services;
    const auto at = std::find_if(services.begin(), services.end(), [](const auto& one) { return one.name == kName; });
    if (at == services.end()) services.push_back({.name = kName, .quorum = 1, .needed_for = {}});
    return kName;
  }

  Result<void> add_dependencies(const ServiceRow& row, Pod& pod) {
    const std::array<std::pair<const std::vector<std::string>*, DependencyKind>, 4> kinds{
        {{&row.start_deps, DependencyKind::kStart}, {&row.hard_deps, DependencyKind::kHard}, {&row.soft_deps, DependencyKind::kSoft}, {&row.silent_deps, DependencyKind::kSilent}}};
    for (const auto& [names, kind] : kinds) {
      for (const std::string& name : *names) {
        const bool there = std::any_of(rows_.begin(), rows_.end(), [&](const ServiceRow* one) { return one->id == name; });
        if (there) pod.dependencies.push_back({name, kind});
      }
    }
    if (row.spread != "none") pod.spread = row.spread == "hard" ? simulation::Strictness::kHard : simulation::Strictness::kSoft;
    TRY(pod.readiness_delay, seconds(row.ready_after, row.origin));
    TRY(pod.start_time, seconds(row.start, row.origin));
    TRY(pod.crash_after, seconds(row.crash_after, row.origin));
    return {};
  }

  std::string new_volume(std::string name, std::int64_t gib) {
    World& world = out_.world;
    world.volumes.push_back({.name = std::move(name), .zone = {}, .size_gib = gib});
    return world.volumes.back().name;
  }

  // The claim that all pods of a service mount, made when the first of them comes.
  Result<std::string> shared_volume(const std::string& pod_row) {
    const std::string component = pod_row.substr(0, pod_row.find('.'));
    for (const simulation::Volume& volume : out_.world.volumes) {
      if (volume.name == component) return component;
    }
    for (const Component& one : ledger_.components) {
      for (const PodRow& row : one.pods) {
        if (one.id + "." + row.name != pod_row) continue;
        TRY(const std::int64_t gib, whole(row.volume_gib, row.origin));
        return new_volume(component, gib);
      }
    }
    return fail(Code::kUnprocessable, fmt::format("no such pod row: {}", pod_row));
  }

  Result<void> add_row(const Component& component, const PodRow& row) {
    const std::string id = component.id + "." + row.name;
    const std::string name = starts_with_word(row.name, component.id) ? row.name : component.id + "-" + row.name;
    const bool daemon = row.kind == "DaemonSet";
    TRY(std::int64_t replicas, whole(row.replicas, row.origin));
    if (daemon) replicas = std::min<std::int64_t>(replicas, 1);
    if (replicas < 0 || static_cast<std::int64_t>(out_.world.pods.size()) + replicas > kMostPods) {
      return fail(Code::kUnprocessable, fmt::format("{}: 0 to {} pods can be simulated: {}", row.origin.to_string(), kMostPods, replicas));
    }
    Pod pod;
    TRY(pod.cpu_m, whole(formulas_.value(row.cpu_m), id));
    TRY(pod.memory_mib, whole(formulas_.value(row.memory_mib), id));
    TRY(const std::int64_t gib, whole(row.volume_gib, row.origin));
    pod.owner = daemon ? simulation::Owner::kDaemonSet : row.kind == "StatefulSet" ? simulation::Owner::kStatefulSet : simulation::Owner::kDeployment;
    const ServiceRow* service = daemon ? nullptr : service_of(id);
    pod.service = service != nullptr ? service->id : daemon ? "node-agents" : replicas > 0 ? bystanders() : "";
    if (service != nullptr) TRYV(add_dependencies(*service, pod));
    for (std::int64_t i = 0; i < replicas; ++i) {
      pod.name = daemon ? name : fmt::format("{}-{}", name, i);
      if (gib > 0) pod.volume = new_volume("data-" + pod.name, gib);
      if (service != nullptr && !service->shared_volume.empty()) {
        TRY(pod.volume, shared_volume(service->shared_volume));
      }
      component_of_.push_back(&component);
      out_.world.pods.push_back(pod);
    }
    return {};
  }

  Result<void> add_pods() {
    component_of_.assign(out_.world.pods.size(), nullptr);
    for (const Component& component : ledger_.components) {
      TRY(const bool there, truth(component.when, component.origin));
      if (!there) continue;
      for (const PodRow& row : component.pods) {
        if (row.kind == "Job") continue;
        if (row.kind == "Container") sidecars_.emplace_back(&component, &row);
        else TRYV(add_row(component, row));
      }
    }
    return {};
  }

  void count_whole_services() {
    for (const ServiceRow* row : rows_) {
      if (!row->needs_all) continue;
      const auto pods = std::count_if(out_.world.pods.begin(), out_.world.pods.end(), [&](const Pod& pod) { return pod.service == row->id; });
      for (simulation::Service& service : out_.world.services) {
        if (service.name == row->id) service.quorum = std::max<std::int64_t>(pods, 1);
      }
    }
  }

  Result<void> add_sidecars() {
    for (const auto& [component, row] : sidecars_) {
      TRY(std::int64_t left, whole(row->replicas, row->origin));
      TRY(const std::int64_t cpu_m, whole(row->cpu_m, row->origin));
      TRY(const std::int64_t memory_mib, whole(row->memory_mib, row->origin));
      for (std::size_t i = 0; i < out_.world.pods.size() && left > 0; ++i) {
        Pod& pod = out_.world.pods[i];
        if (pod.owner == simulation::Owner::kDaemonSet || component_of_[i]->decision == component->decision) continue;
        pod.cpu_m += cpu_m;
        pod.memory_mib += memory_mib;
        --left;
      }
    }
    return {};
  }

  Result<void> add_stores() {
    for (const StoreRow& row : ledger_.stores) {
      TRY(const bool there, truth(row.when, row.origin));
      if (!there) continue;
      simulation::Store store;
      store.name = row.id;
      store.service = row.service;
      TRY(store.replication, whole(row.replication, row.origin));
      store.wal_on_volume = row.keeps == "volume";
      store.on_pod_disk = row.keeps == "pod";
      TRY(store.flush_interval, seconds(row.window, row.origin));
      const bool replay = std::any_of(out_.world.stores.begin(), out_.world.stores.end(), [&](const auto& one) { return one.name == row.replay_from; });
      if (replay) store.replay_from = row.replay_from;
      out_.world.stores.push_back(std::move(store));
    }
    return {};
  }

  const Ledger& ledger_;
  Formulas formulas_;
  ProfileWorld out_;
  std::vector<const ServiceRow*> rows_;
  std::vector<const Component*> component_of_;  // by pod; null: of no component
  std::vector<std::pair<const Component*, const PodRow*>> sidecars_;
};

// Where the scheduler puts the pods first, their volumes are from then on.
Result<void> bind_volumes(World& world) {
  TRY(const simulation::Simulator simulator, simulation::Simulator::create(world));
  const std::vector<std::string> zones = simulator.first_zones();
  for (std::size_t v = 0; v < world.volumes.size(); ++v) {
    world.volumes[v].zone = zones[v].empty() ? world.zones[v % world.zones.size()].name : zones[v];
  }
  return {};
}

}  // namespace

Result<ProfileWorld> world_of(const Ledger& ledger, const std::string& name, const Settings& settings) {
  TRY(ProfileWorld out, WorldBuilder(ledger, settings).build(name));
  const std::vector<simulation::WorldProblem> problems = check_world(out.world);
  if (!problems.empty()) {
    return fail(Code::kUnprocessable, fmt::format("profile {} cannot be simulated: {} {}: {}", name, problems[0].kind, problems[0].index, problems[0].message));
  }
  TRYV(bind_volumes(out.world));
  return out;
}

}  // namespace isobar::plan
