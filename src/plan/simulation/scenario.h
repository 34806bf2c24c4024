// What happens to a world: events at their times, and the enumerators that write scenarios by themselves.
//
// Thread safety: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "plan/simulation/world.h"

namespace isobar::plan::simulation {

enum class EventKind {
  kScaleToZero,         // every node of every group goes, pods wait
  kReturn,              // `nodes` nodes, round robin over `zones`
  kLoseZone,            // `name`: a zone
  kLoseNode,            // `name`: a zone; of its Ready nodes the one behind the first `nodes` fails
  kLoseVolume,          // `name`: a volume, with its data
  kLoseService,         // `name`: a service does not answer; its pods stay
  kRestartService,      // `name`: all its containers end together; kubelet starts them again
  kRollUpgrade,         // `name`: its pods one after the other
  kCertificateExpires,  // `name`: a service refuses every connection; its pods stay Ready
  kObjectStore503,      // `name`: an external service answers 503
  kApiServerGone,       // nothing is scheduled, evicted, replaced or scaled
  kCapacityShortage,    // `name`: a zone launches no instance
};

struct Event {
  Duration at;
  EventKind kind = EventKind::kScaleToZero;
  std::string name;
  std::vector<std::string> zones;
  std::int64_t nodes = 0;
  Duration lasts;  // zero: until the end of the run
};

struct Scenario {
  std::string name;
  std::vector<Event> events;  // any order; equal times keep it
};

std::string_view event_kind_name(EventKind kind);

// Unknown names, negative times and counts.
Result<void> check_scenario(const World& world, const Scenario& scenario);

// All nodes go and `nodes` come back at once in `zones`.
Scenario return_in(std::vector<std::string> zones, std::int64_t nodes);

// Every way in which `nodes` nodes can come back: all subsets of min(nodes, zones) of the groups' zones, equally
// likely, as a group over several zones picks them.
std::vector<Scenario> return_scenarios(const World& world, std::int64_t nodes);

// Each single failure: zones, nodes (one a zone), volumes, services.
std::vector<Event> single_failures(const World& world);

// Every set of one to `most` (at most 3) of the given failures, smallest sets first, all at time zero.
std::vector<Scenario> failure_combinations(const std::vector<Event>& failures, std::size_t most = 3);

}  // namespace isobar::plan::simulation
