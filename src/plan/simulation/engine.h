// Internal: the state of one run and the rules that change it. One class, because the rules meet in every event; each
// source file holds one concept: engine.cpp the loop and the faults, nodes.cpp, pods.cpp, scheduler.cpp, autoscaler.cpp,
// availability.cpp (services, outages, data), report.cpp (text).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "plan/simulation/compiled_world.h"
#include "plan/simulation/event_queue.h"
#include "plan/simulation/simulate.h"

namespace isobar::plan::simulation {

// Why a node cannot take a pod, in the order of kube-scheduler's default filters (1.33), with its texts in report.cpp.
enum class Refusal : std::uint8_t {
  kUnschedulable,    // NodeUnschedulable
  kUnreachable,      // TaintToleration
  kNodeAffinity,     // NodeAffinity
  kCpu,              // NodeResourcesFit
  kMemory,
  kPods,
  kReadWriteOncePod,  // VolumeRestrictions
  kVolumeLimit,       // NodeVolumeLimits
  kVolumeBinding,     // VolumeBinding
  kVolumeZone,        // VolumeZone
  kSpread,            // PodTopologySpread
  kAntiAffinity,      // InterPodAffinity
  kCount,
};

struct Refusals {
  std::array<std::uint16_t, static_cast<std::size_t>(Refusal::kCount)> counts{};
  std::uint16_t nodes = 0;
  std::uint16_t hopeless = 0;  // nodes where preemption cannot help
  bool operator==(const Refusals&) const = default;
  void add(Refusal refusal) { ++counts[static_cast<std::size_t>(refusal)]; }
};

// Why no group helps, as Cluster Autoscaler counts it: one a group.
struct ScaleRefusals {
  Refusals filters;
  std::uint16_t at_max = 0;
};

enum class NodePhase : std::uint8_t { kBooting, kReady, kLost, kGone };

struct NodeState {
  Index group = 0;
  Index zone = 0;
  Index number = 0;  // within the zone, for the name
  NodePhase phase = NodePhase::kBooting;
  bool tainted = false;  // lost, and the control plane knows
  bool terminated = false;  // lost for good: the instance will be removed
  std::uint32_t epoch = 0;
  std::int64_t cpu_free = 0;
  std::int64_t memory_free = 0;
  std::int64_t pods_free = 0;
  std::int64_t volumes_free = 0;
  std::int64_t score_cpu = 0;  // requested, with kube-scheduler's defaults for pods that request nothing
  std::int64_t score_memory = 0;
};

enum class PodPhase : std::uint8_t {
  kAbsent,       // between deletion and the controller's replacement
  kPending,
  kCreating,     // bound; volume and image on their way
  kAttachFailed,
  kWaiting,      // runs, waits for start dependencies
  kStarting,
  kReady,
  kBackOff,
  kNodeLost,     // bound to a node that is gone, API does not know or waits for the toleration
  kTerminating,  // a StatefulSet's pod on such a node: not replaced until the node is removed or back
  kDaemon,
};

struct PodState {
  PodPhase phase = PodPhase::kPending;
  Index node = kNoIndex;
  std::int8_t backoff = -1;  // -1: the next restart is at once
  bool silent_broken = false;
  bool copy_lost = false;
  std::uint32_t epoch = 0;
  std::int64_t container_start = 0;
  std::int64_t copy_lost_at = 0;
  Refusals refusals;  // the last that was reported
};

struct VolumeState {
  Index node = kNoIndex;
  bool lost = false;
  std::uint32_t epoch = 0;
  std::int16_t users = 0;
};

enum class ObjectKind : std::uint8_t { kPod, kNode, kService, kStore, kGroup, kAbility, kFault };

enum class What : std::uint8_t {
  kFault, kFaultEnds, kNodeLaunched, kNodeReady, kNodeLost, kNodeNotReady, kNodeRemoved, kScaleUp, kNoScaleUp,
  kFailedScaleUp, kScheduled, kFailedScheduling, kFailedAttach, kStarted, kReady, kCrashed, kBackOff, kEvicted, kStuck,
  kDeleted, kNodeDown, kServiceUp, kServiceDown, kAbilityUp, kAbilityDown, kDataLost, kSilentlyBroken, kUpgraded,
};

enum class Ability : std::uint8_t { kWrite, kRead, kWhole, kHonest };

class Engine {
 public:
  Engine(const World& world, Mutation mutation);

  std::vector<std::string> first_zones() const;
  Result<const Outcome*> run(const Scenario& scenario, Duration horizon, bool traced);
  Run report(const Scenario& scenario, Duration horizon) const;
  const World& world() const { return world_; }

 private:
  struct State {
    std::vector<NodeState> nodes;
    std::vector<PodState> pods;
    std::vector<VolumeState> volumes;
    std::uint64_t up = 0;        // services that work
    std::uint64_t visible = 0;   // services whose pods say Ready
    std::uint64_t cut = 0;       // services that a fault hides
    std::uint64_t zones_down = 0;
    std::uint64_t zones_short = 0;
    std::int32_t pending = 0;
    std::int32_t ready_nodes = 0;
  };

  // engine.cpp
  void settle_before_start();
  void settle_nodes();
  void reset(std::int64_t horizon);
  void push(std::int64_t after, Action action, Index object, std::uint32_t epoch);
  void handle(const Timed& event);
  void handle_pod(const Timed& event);
  bool needs_api_server(Action action) const;
  void settle();
  void begin_fault(Index index);
  void end_fault(Index index);
  void scale_to_zero();
  void return_nodes(const Event& event);
  void restart_service(Index service);
  void api_server_back();
  void finish();

  // nodes.cpp
  Index launch(Index group, Index zone);
  Index emptiest_zone(const CompiledGroup& group) const;
  std::int64_t group_size(Index group) const;
  void node_ready(Index node);
  void lose_node(Index node, bool terminated);
  void lose_zone(Index zone);
  void restore_zone(Index zone);
  void node_detected(Index node);
  void node_removed(Index node);
  void replace_node(Index node);

  // pods.cpp
  void bind(Index pod, Index node);
  void release(Index pod);
  void attach_or_fail(Index pod);
  void container_start(Index pod);
  void begin_process(Index pod);
  void dependencies_met(Index pod);
  void become_ready(Index pod);
  void crash(Index pod);
  void restart_or_back_off(Index pod);
  void restart_container(Index pod);
  void container_died(Index pod);  // the pod stays
  void process_died(Index pod);    // and its disk with it
  void remove_pod(Index pod, std::int64_t replacement_after);
  void create_pod(Index pod);
  void evict(Index pod);
  void detach(Index volume);
  void retry_attachments(Index volume);
  void lose_volume(Index volume);
  void upgrade_next();
  void set_phase(Index pod, PodPhase phase);

  // scheduler.cpp
  void schedule_pending();
  Index choose_node(Index pod, Refusals& refusals);
  std::int64_t count_neighbours(Index pod);
  bool admits(const CompiledPod& pod, Index self, const NodeState& node, Refusals* refusals) const;
  bool fits(const CompiledPod& pod, const NodeState& node, Refusals* refusals) const;
  bool volume_allows(const CompiledPod& pod, Index zone, Refusals* refusals) const;
  bool spread_allows(const CompiledPod& pod, Index self, const NodeState& node, Refusals* refusals) const;
  std::int64_t score(const CompiledPod& pod, const NodeState& node, std::int64_t neighbours, std::int64_t most) const;
  std::int64_t neighbours(const CompiledPod& pod, Index self, const NodeState& node, Topology topology) const;

  // autoscaler.cpp
  void arm_autoscaler();
  void scan();
  bool place_on_booting(Index pod);
  bool scale_up_for(Index pod);
  bool try_group(Index pod, Index group, bool& refused, ScaleRefusals& why);
  Index wanted_zone(const CompiledPod& pod, const CompiledGroup& group) const;

  // availability.cpp
  void update_services();
  void wake_waiting();
  void update_abilities();
  void track(Outage& outage, bool down, ObjectKind kind, Index object);
  void close(Outage& outage) const;
  void copy_gone(Index pod);
  void judge_store(Index store);
  void break_silently(Index service);
  void judge_readability();

  // report.cpp
  void note(ObjectKind kind, Index object, What what, std::int64_t detail = 0);
  std::string object_name(ObjectKind kind, Index object) const;
  std::string node_name(Index node) const;
  std::string reason(ObjectKind kind, Index object, What what, std::int64_t detail) const;
  std::string pod_reason(Index pod, What what, std::int64_t detail) const;
  std::string users_of(Index pod) const;
  std::string missing_services(std::uint64_t missing) const;
  PodOutcome pod_outcome(Index pod) const;
  std::vector<std::string> human_actions() const;
  std::string human_action(Index pod) const;

  const World world_;
  const CompiledWorld compiled_;
  const Mutation mutation_;
  State initial_;
  State state_;
  EventQueue queue_;
  Outcome outcome_;
  std::vector<Timed> waiting_for_api_;
  std::vector<Index> upgrades_;
  std::vector<NodeState> booting_;  // what the autoscaler expects, while it scans
  std::vector<TraceEntry> trace_;
  const Scenario* scenario_ = nullptr;
  ScaleRefusals scale_refusals_;  // the last, for its text
  std::vector<std::int16_t> near_zone_;
  std::vector<std::int16_t> near_node_;
  Index surging_ = kNoIndex;  // the pod whose successor starts beside it
  std::int64_t now_ = 0;
  std::int64_t horizon_ = 0;
  bool traced_ = false;
  bool api_down_ = false;
  bool paused_ = false;  // scaled to zero on purpose: no autoscaler works against it
  bool scan_armed_ = false;
  bool settling_ = false;  // before time zero: what is bound is Ready
  bool services_dirty_ = false;
  bool schedule_dirty_ = false;
};

std::string refusal_text(const Refusals& refusals);
std::string scale_refusal_text(const ScaleRefusals& refusals);

}  // namespace isobar::plan::simulation
