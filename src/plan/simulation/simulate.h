// Runs a scenario in a world: discrete events in one queue, ordered by time, then rank, then sequence number. No clock,
// no randomness, no order of a hash table: the same input gives the same bytes (Run::hash).
//
//   TRY(const Run run, simulate(world, scenario, Duration::hours(4)));
//
// Before the first event the world is settled: every pod that finds a place is Ready.
//
// Thread safety: simulate() is a pure function; a Simulator belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "plan/simulation/scenario.h"
#include "plan/simulation/world.h"

namespace isobar::plan::simulation {

inline constexpr Duration kDefaultHorizon = Duration::hours(4);

struct Interval {
  Duration begin;
  Duration end;  // the horizon if it had not ended by then
  bool operator==(const Interval&) const = default;
};

// The times in which something was missing.
struct Outage {
  bool down_at_end = false;
  std::int64_t down_ms = 0;      // sum of all intervals
  std::int64_t first_down = -1;  // -1: never down
  std::int64_t last_up = -1;     // when it was whole again for the last time
  std::vector<Interval> intervals;

  bool ever() const { return first_down >= 0; }
  // From the first loss until it is whole again for good; empty if never lost or never whole again.
  std::optional<Duration> recovery() const {
    if (!ever() || down_at_end) return std::nullopt;
    return Duration::millis(last_up - first_down);
  }
};

struct StoreOutcome {
  Duration rpo;                 // age of the oldest accepted sample that is lost; zero: none
  std::int64_t lost_at = -1;    // first loss
  bool unreadable = false;      // at the end: intact copies on volumes that no pod can mount
};

// What counts, by index of the world's vectors. Reused between runs.
struct Outcome {
  Outage write;
  Outage read;
  Outage degraded;  // anything less than whole
  Outage silent;    // Ready pods that do not work
  std::vector<Outage> services;
  std::vector<StoreOutcome> stores;
  std::vector<std::int32_t> restarts;  // per pod
  std::int64_t last_ready = -1;        // when the last pod became Ready; -1: none did
  std::int32_t pods_not_ready = 0;     // at the end
  std::int32_t nodes = 0;              // at the end, Ready
  std::uint64_t events = 0;
  std::uint64_t hash = 0;  // over every entry of the trace, whether it is kept or not
};

// One line of the trace, as kubectl would show it.
struct TraceEntry {
  Duration at;
  std::string object;  // "pod/kafka-0", "node/c-1", "service/write"
  std::string what;    // "FailedScheduling"
  std::string reason;  // "0/2 nodes are available: …"
};

struct PodOutcome {
  std::string name;
  std::string state;   // Running, Pending, CrashLoopBackOff, ContainerCreating, Terminating, Unknown
  std::string reason;  // why it is not Ready
  std::int32_t restarts = 0;
  bool ready = false;
};

struct Run {
  std::string world;
  std::string scenario;
  Duration horizon;
  Outcome outcome;
  std::vector<TraceEntry> trace;
  std::vector<PodOutcome> pods;
  std::vector<std::string> service_names;
  std::vector<std::string> store_names;
  // What a person has to do for what does not come back by itself; empty if all does.
  std::vector<std::string> needs_human;
};

// Switches a rule off, so that tests can show that they would notice. Only tests set it.
enum class Mutation { kNone, kNoVolumeZone, kNoResources, kNoStartDependencies, kNoBackoff, kNoToleration, kBlindKarpenter };

class Engine;

// A checked and compiled world with the buffers of a run.
class Simulator {
 public:
  static Result<Simulator> create(const World& world, Mutation mutation = Mutation::kNone);
  Simulator(Simulator&&) noexcept;
  Simulator& operator=(Simulator&&) noexcept;
  ~Simulator();

  // Valid until the next call. Keeps no trace and no intervals, and allocates nothing once warm.
  Result<const Outcome*> outcome(const Scenario& scenario, Duration horizon = kDefaultHorizon);
  Result<Run> run(const Scenario& scenario, Duration horizon = kDefaultHorizon);
  const World& world() const;
  // By volume: the zone where the scheduler puts its first pod before anything happens, as WaitForFirstConsumer binds a
  // volume that has no zone yet. Empty: no pod of it finds a place.
  std::vector<std::string> first_zones() const;

 private:
  explicit Simulator(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

Result<Run> simulate(const World& world, const Scenario& scenario, Duration horizon = kDefaultHorizon);

}  // namespace isobar::plan::simulation
