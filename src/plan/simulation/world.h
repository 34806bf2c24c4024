// The world that a simulation runs in: zones, nodes, volumes, pods, services and the timers of the machinery between.
//
// Values only; world_file.h reads them from YAML, Simulator::create() (simulate.h) checks and compiles them. Names are
// unique within their kind. Memory is in MiB, CPU in thousandths of a core, times are Durations.
//
// Thread safety: values, like any other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace isobar::plan::simulation {

struct Zone {
  std::string name;
  bool operator==(const Zone&) const = default;
};

// Who adds nodes when a pod finds no place.
//   none       nobody; the group only keeps its desired number
//   multi_az   Cluster Autoscaler over one group of all zones; the group picks the zone, the scaler cannot
//              (kubernetes/autoscaler FAQ, autoscaler#1431)
//   per_az     Cluster Autoscaler over one group a zone
//   karpenter  reads the zone of the pod's volume, runs outside the nodes that it manages
enum class Autoscaling { kNone, kMultiAz, kPerAz, kKarpenter };

struct NodeGroup {
  std::string name;
  std::string instance;
  std::vector<std::string> zones;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::int64_t desired = 0;  // spread over `zones`, the first ones get the remainder
  Autoscaling autoscaling = Autoscaling::kNone;
  // Allocatable of one node: capacity less what kubelet and system keep (facts of the instance type).
  std::int64_t cpu_m = 0;
  std::int64_t memory_mib = 0;
  std::int64_t pods = 110;
  std::int64_t volumes = 26;  // attachments that the CSI driver allows
  bool operator==(const NodeGroup&) const = default;
};

enum class VolumeAccess { kReadWriteOnce, kReadWriteOncePod, kReadWriteMany };

struct Volume {
  std::string name;
  std::string zone;  // empty: usable in every zone (EFS, a replicated disk)
  VolumeAccess access = VolumeAccess::kReadWriteOnce;
  std::int64_t size_gib = 0;
  // A volume of the in-tree driver carries its zone as a label instead of node affinity: the VolumeZone filter refuses
  // it, with another text, where VolumeBinding refuses one of a CSI driver.
  bool zone_label = false;
  bool operator==(const Volume&) const = default;
};

//   start     the process ends itself if the service is missing when it starts (crash_after)
//   hard      the pod cannot serve without it
//   soft      the pod serves, but less (stale reads)
//   silent    the pod says Ready and does not work; also after the service lost its data (mimir#14516)
enum class DependencyKind { kStart, kHard, kSoft, kSilent };

struct Dependency {
  std::string service;
  DependencyKind kind = DependencyKind::kHard;
  bool operator==(const Dependency&) const = default;
};

enum class Owner { kDeployment, kStatefulSet, kDaemonSet };
enum class Strictness { kNone, kSoft, kHard };
enum class Topology { kZone, kHostname };

struct Pod {
  std::string name;
  std::string service;
  Owner owner = Owner::kDeployment;
  std::int64_t cpu_m = 0;
  std::int64_t memory_mib = 0;
  std::string volume;  // empty: none
  std::string zone;    // node selector; empty: any
  // Between pods of one service: anti-affinity allows one a topology, spread a skew of one.
  Strictness anti_affinity = Strictness::kNone;
  Topology anti_affinity_topology = Topology::kHostname;
  Strictness spread = Strictness::kNone;
  Topology spread_topology = Topology::kZone;
  Duration toleration = Duration::seconds(300);  // tolerationSeconds of not-ready and unreachable
  std::vector<Dependency> dependencies;
  // Ready at the first probe, counted from the container's start by readiness_delay and the timer readiness_period,
  // that comes no earlier than start_time after all start dependencies are there.
  Duration readiness_delay;
  Duration start_time;
  Duration crash_after;  // zero: waits for start dependencies for ever
  bool operator==(const Pod&) const = default;
};

// Which ability of the platform ends when the service ends. degraded: it still takes and answers, but less well.
struct Needs {
  bool write = false;
  bool read = false;
  bool degraded = false;
  bool operator==(const Needs&) const = default;
};

struct Service {
  std::string name;
  std::int64_t quorum = 1;  // serving pods that it takes
  bool external = false;    // no pods: there unless a scenario takes it away (object store)
  Needs needed_for;
  bool operator==(const Service&) const = default;
};

// Where accepted data lives until it is in the object store.
struct Store {
  std::string name;
  std::string service;           // its pods hold the copies
  std::int64_t replication = 1;  // copies of each sample among them
  bool wal_on_volume = false;    // a copy survives the pod, not the volume
  bool on_pod_disk = false;      // a copy survives a restart of its container, not the pod (emptyDir)
  Duration flush_interval;       // the oldest sample that is not in the object store yet; zero: acknowledged from there
  std::string replay_from;       // a store that has the same samples still (a broker); empty: none
  bool operator==(const Store&) const = default;
};

// Assumptions, each with its source in timer_rows(). A world file may set any.
struct Timers {
  Duration node_boot = Duration::seconds(75);
  Duration image_pull = Duration::seconds(20);
  Duration volume_attach = Duration::seconds(12);
  Duration node_detection = Duration::seconds(50);
  Duration pod_replacement = Duration::seconds(1);
  Duration readiness_period = Duration::seconds(10);
  Duration backoff_first = Duration::seconds(10);
  Duration backoff_max = Duration::seconds(300);
  Duration backoff_reset = Duration::minutes(10);
  Duration autoscaler_scan = Duration::seconds(10);
  Duration autoscaler_retry = Duration::minutes(5);
  Duration group_replacement = Duration::seconds(180);
  Duration node_removal = Duration::seconds(65);
  Duration force_detach = Duration::minutes(6);
  bool operator==(const Timers&) const = default;
};

struct TimerRow {
  std::string_view name;
  Duration Timers::*field;
  std::string_view source;
};
std::span<const TimerRow> timer_rows();

struct World {
  std::string name;
  std::vector<Zone> zones;
  std::vector<NodeGroup> groups;
  std::vector<Volume> volumes;
  std::vector<Pod> pods;
  std::vector<Service> services;
  std::vector<Store> stores;
  Timers timers;
  bool operator==(const World&) const = default;
};

// What is wrong with a world and what to write instead; `kind` and `index` say where: "pods", 3.
struct WorldProblem {
  std::string_view kind;
  std::size_t index = 0;
  std::string message;
};

// Names that do not exist or are used twice, counts below zero, quorums that cannot be met, cycles. At most 64
// services, 4,096 pods and 1,000 nodes.
std::vector<WorldProblem> check_world(const World& world);

}  // namespace isobar::plan::simulation
