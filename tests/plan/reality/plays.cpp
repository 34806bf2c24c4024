#include "plays.h"

namespace isobar::reality {
namespace {

using plan::simulation::Event;
using plan::simulation::EventKind;
using plan::simulation::Mutation;
using plan::simulation::Scenario;

constexpr const char* kSeed = "tests/plan/simulate/a_seed.yaml";
constexpr const char* kPlatform = "tests/plan/reality/platform.yaml";
constexpr const char* kZones = "tests/plan/reality/zones.yaml";

constexpr Duration seconds(std::int64_t n) { return Duration::seconds(n); }

Event event(std::int64_t at, EventKind kind, std::string name = "", std::int64_t lasts = 0) {
  Event out;
  out.at = seconds(at);
  out.kind = kind;
  out.name = std::move(name);
  out.lasts = seconds(lasts);
  return out;
}

Event nodes_return(std::int64_t at, std::vector<std::string> zones, std::int64_t nodes) {
  Event out = event(at, EventKind::kReturn);
  out.zones = std::move(zones);
  out.nodes = nodes;
  return out;
}

}  // namespace

std::vector<Play> plays() {
  return {
      {"the seed's failure: the nodes come back without the zone of the broker's volume", kSeed,
       plan::simulation::return_in({"a", "b"}, 2), seconds(620), seconds(1700),
       {Mutation::kNoVolumeZone, Mutation::kNoStartDependencies, Mutation::kNoBackoff}},
      {"the zone of the broker's volume comes back late", kPlatform,
       Scenario{"late", {event(0, EventKind::kScaleToZero), nodes_return(0, {"a", "b"}, 2), nodes_return(270, {"c"}, 1)}}, seconds(700), seconds(900),
       {Mutation::kNoVolumeZone, Mutation::kNoStartDependencies, Mutation::kNoBackoff}},
      {"a dependency is lost while all run, and comes back", kPlatform,
       Scenario{"lost", {event(10, EventKind::kLoseService, "broker", 120)}}, seconds(200), seconds(400), {}},
      {"a silent dependency is lost: Ready, and not working", kPlatform,
       Scenario{"silent", {event(10, EventKind::kLoseService, "stream", 90)}}, seconds(200), seconds(400), {}},
      {"a silent dependency restarts without its data", kPlatform,
       Scenario{"data", {event(10, EventKind::kRestartService, "stream")}}, seconds(200), seconds(400), {}},
      {"a service restarts while its start dependency is away", kPlatform,
       Scenario{"restart", {event(5, EventKind::kLoseService, "broker", 200), event(30, EventKind::kRestartService, "reader")}}, seconds(500), seconds(700),
       {Mutation::kNoStartDependencies, Mutation::kNoBackoff}},
      {"a zone is lost and returns before anything is evicted", kZones,
       Scenario{"short", {event(10, EventKind::kLoseZone, "a", 120)}}, seconds(400), seconds(600),
       {Mutation::kNoToleration}},
      {"a zone is lost for long", kZones, Scenario{"long", {event(10, EventKind::kLoseZone, "a", 600)}}, seconds(900), seconds(1200),
       {Mutation::kNoToleration, Mutation::kNoVolumeZone}},
  };
}

}  // namespace isobar::reality
