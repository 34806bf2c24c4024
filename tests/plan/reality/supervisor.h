// Runs the pods of a world as real processes, by the rules of the kubelet and of the controllers around it: nodes boot,
// pods are placed, volumes bind them to a zone, probes find them ready, processes that end are started again after a
// back-off. It knows nothing of the simulator but its input.
//
//   restart      at once, then after 10, 20, 40 … 300 s; forgotten after ten minutes without a restart
//                (k8s.io/client-go/util/flowcontrol.Backoff, keyed by container, as the kubelet uses it)
//   readiness    first probe after readiness_delay, then one a period; three that fail take a Ready pod out
//   zones        a process of a volume gets its folder only on a node of the volume's zone; a lost zone's processes die
//   lost nodes   NodeNotReady after node_detection, eviction after the toleration, a new node after group_replacement;
//                a StatefulSet's pod waits for its node
//
// Where several nodes would do, the one with the fewest pods takes it, the first of equals: kube-scheduler's scores are not
// what is held against reality here. No autoscaler, no DaemonSets.
//
// Thread safety: endpoints() may be called from any thread, everything else from the one that made the supervisor.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "endpoints.h"
#include "plan/simulation/scenario.h"
#include "plan/simulation/world.h"
#include "processes.h"
#include "recorder.h"

namespace isobar::reality {

namespace simulation = plan::simulation;

// kubelet's restart back-off of one container.
struct BackOff {
  std::int64_t delay = 0;  // 0: no entry
  std::int64_t last_restart = 0;
};

struct Node {
  enum class Phase { kBooting, kReady, kLost, kGone };
  std::size_t group = 0;
  std::string zone;
  std::string name;
  Phase phase = Phase::kBooting;
  bool tainted = false;
  std::uint32_t epoch = 0;
};

struct RunningPod {
  enum class Phase { kAbsent, kPending, kCreating, kRunning, kReady, kBackOff, kNodeLost, kTerminating };
  const simulation::Pod* pod = nullptr;
  Phase phase = Phase::kPending;
  std::size_t node = 0;
  std::string refusal;  // the last that was noted
  Child child;
  BackOff backoff;
  int failed_probes = 0;
  std::uint32_t epoch = 0;  // another one: what was planned for the pod is void
};

class Supervisor {
 public:
  // `folder` holds everything that the processes see: endpoints and volumes.
  Supervisor(const simulation::World& world, std::string program, std::string folder, ScaledClock& clock, Recorder& recorder);
  ~Supervisor();

  // Starts every pod, waits until all are Ready, and sets the clock to zero. False: one did not become Ready.
  bool settle();
  // Plays the scenario, from the clock's zero. False: it has a kind of event that this supervisor does not know.
  bool play(const simulation::Scenario& scenario, std::int64_t horizon);

  // By service of the world, as a client finds them.
  std::vector<Endpoints> endpoints() const;
  // How late the worst timer fired, in simulated milliseconds: how busy the machine was.
  std::int64_t worst_lateness() const { return worst_lateness_; }

 private:
  using Work = std::function<void()>;

  // supervisor.cpp: the loop, faults, nodes
  void run_until(std::int64_t end, const std::function<bool()>& done);
  void wait_until(std::int64_t due);
  void fire_due();
  void after(std::int64_t delay, Work work);
  void after_for(RunningPod& pod, std::int64_t delay, Work work);
  void note(const std::string& object, const char* what);
  bool begin_fault(const simulation::Event& event);
  void end_fault(const simulation::Event& event);
  void scale_to_zero();
  void return_nodes(const simulation::Event& event);
  void launch(std::size_t group, const std::string& zone);
  void node_ready(std::size_t node);
  void lose_zone(const std::string& zone);
  void lose_node(std::size_t node);
  void replace_node(std::size_t node);
  std::int64_t nodes_in(const std::string& zone) const;
  std::int64_t nodes_of(std::size_t group) const;

  // pods.cpp: placing, starting, probing, restarting
  void schedule();
  std::optional<std::size_t> place(const RunningPod& pod, std::string& refusal) const;
  std::string refused_by(const RunningPod& pod, const Node& node) const;
  std::int64_t pods_on(std::size_t node) const;
  std::string zone_of_volume(const RunningPod& pod) const;
  std::string volume_folder(const RunningPod& pod) const;
  void bind(RunningPod& pod, std::size_t node);
  void start_container(RunningPod& pod);
  std::vector<std::string> arguments_of(const RunningPod& pod) const;
  void probe(RunningPod& pod, std::uint32_t epoch);
  void reap();
  void container_ended(RunningPod& pod, std::int64_t finished);
  void restart_service(const std::string& service);
  void evict(RunningPod& pod);
  void delete_pod(RunningPod& pod, std::int64_t replacement_after);
  void publish();

  const simulation::World& world_;
  const std::string program_;
  const std::string folder_;
  ScaledClock& clock_;
  Recorder& recorder_;
  int signals_ = -1;
  std::vector<Node> nodes_;
  std::vector<RunningPod> pods_;
  std::multimap<std::int64_t, Work> timers_;
  std::vector<std::string> zones_down_;
  std::vector<std::string> services_cut_;
  std::int64_t now_ = 0;
  std::int64_t worst_lateness_ = 0;
  bool settling_ = true;
  mutable std::mutex endpoints_mutex_;
  std::vector<Endpoints> endpoints_;
};

}  // namespace isobar::reality
