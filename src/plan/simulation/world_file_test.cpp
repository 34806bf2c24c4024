#include "plan/simulation/fixture_worlds.h"

namespace isobar::plan::simulation {
namespace {

std::vector<std::string> problems_of(std::string_view text) { return parse_world(text, "w.yaml").problems; }

constexpr std::string_view kHead = R"(name: test
zones: [a, b]
node_groups:
  - {name: g, zones: [a, b], max: 2, desired: 1, cpu_m: 1000, memory_mib: 1000}
services:
  - {name: s}
  - {name: t}
)";

std::string with_head(std::string_view rest) {
  std::string text(kHead);
  text += rest;
  return text;
}

TEST(WorldFile, ReadsEveryKey) {
  const CheckedWorld checked = parse_world(with_head(R"(volumes:
  - {name: v-0, zone: a, access: ReadWriteOncePod, size_gib: 7, zone_label: true}
  - {name: v-1}
pods:
  - {name: p, replicas: 2, service: s, owner: StatefulSet, cpu_m: 10, memory_mib: 20, volumes: [v-0, v-1],
     anti_affinity: hard, anti_affinity_topology: zone, spread: soft, spread_topology: hostname, toleration: 30s,
     start_deps: [t], readiness_delay: 1m, start_time: 5s, crash_after: 35s}
  - {name: q, service: t, zone: b}
stores:
  - {name: st, service: s, replication: 2, wal_on_volume: true, flush_interval: 2h}
timers: {node_boot: 60s, backoff_max: 1m}
)"), "w.yaml");
  ASSERT_EQ(checked.problems, std::vector<std::string>{});
  const World& world = checked.world;
  ASSERT_EQ(world.pods.size(), 3U);
  EXPECT_EQ(world.pods[1].name, "p-1");
  EXPECT_EQ(world.pods[1].volume, "v-1");
  EXPECT_EQ(world.pods[0].anti_affinity_topology, Topology::kZone);
  EXPECT_EQ(world.pods[0].crash_after, Duration::seconds(35));
  EXPECT_EQ(world.pods[0].toleration, Duration::seconds(30));
  EXPECT_EQ(world.pods[2].toleration, Duration::seconds(300));
  EXPECT_EQ(world.volumes[0].access, VolumeAccess::kReadWriteOncePod);
  EXPECT_EQ(world.stores[0].flush_interval, Duration::hours(2));
  EXPECT_EQ(world.timers.node_boot, Duration::seconds(60));
  EXPECT_EQ(world.timers.image_pull, Duration::seconds(20));
}

TEST(WorldFile, SaysWhatToWriteInstead) {
  EXPECT_EQ(problems_of(with_head("pods:\n  - {name: p, service: s, memory_mb: 4}\n  - {name: q, service: t}\n")),
            (std::vector<std::string>{"w.yaml:9: unknown key in a pod, did you mean memory_mib: memory_mb"}));
  EXPECT_EQ(problems_of(with_head("pods:\n  - {name: p, service: s, cpu_m: -4}\n  - {name: q, service: tt}\n")),
            (std::vector<std::string>{"w.yaml:9: cpu_m must be at least 0, found: -4",
                                      "w.yaml:10: there is no such service, did you mean t: tt",
                                      "w.yaml:7: quorum 1 of 0 pods can never be met (write a smaller quorum, or more replicas): t"}));
  EXPECT_EQ(problems_of(with_head("pods:\n  - {name: p, replicas: -2, service: s}\n  - {name: q, service: t}\n"))[0],
            "w.yaml:9: replicas must be between 0 and 1000, found: -2");
  EXPECT_EQ(problems_of(with_head("pods:\n  - {name: p, replicas: 2, volumes: [x], service: s}\n"))[0],
            "w.yaml:9: volumes needs one for each replica (replicas: 1), found: 2");
  EXPECT_EQ(problems_of("zones: [a]\nnode_groups:\n  - {name: g, zones: [a], min: 3, max: 2, desired: 3, autoscaling: sometimes}\n"),
            (std::vector<std::string>{"w.yaml:3: autoscaling must be one of none, multi_az, per_az, karpenter, found: sometimes"}));
  EXPECT_EQ(problems_of("zones: [a]\nnode_groups:\n  - {name: g, zones: [a], min: 3, max: 2, desired: 2}\n"),
            (std::vector<std::string>{"w.yaml:3: min 3 is above max 2 (raise max)",
                                      "w.yaml:3: desired 2 is below min 3 (write at least 3)"}));
  EXPECT_EQ(problems_of(""), (std::vector<std::string>{"w.yaml:1: a world needs a zone (write zones: [a])"}));
  EXPECT_EQ(problems_of("zones: [a]\ntimers: {node_boot: 2d}\n"),
            (std::vector<std::string>{"w.yaml:2: a timer must be between 0s and 1d: node_boot"}));
}

TEST(WorldFile, RefusesCircles) {
  EXPECT_EQ(problems_of(with_head("pods:\n  - {name: p, service: s, start_deps: [t]}\n  - {name: q, service: t, start_deps: [s]}\n")),
            (std::vector<std::string>{"w.yaml:6: the start dependencies form a circle (nothing could ever start; make one "
                                      "a hard or soft dependency): s -> t -> s"}));
  EXPECT_EQ(problems_of(with_head("pods:\n  - {name: p, service: s, soft_deps: [t]}\n  - {name: q, service: t, start_deps: [s]}\n")),
            std::vector<std::string>{});
}

TEST(WorldFile, DamagedTextsGiveProblemsOnly) {
  const std::string whole = read_fixture("a_seed.yaml");
  for (std::size_t cut = 0; cut < whole.size(); cut += 37) {
    const std::string damaged = whole.substr(0, cut) + "\x01[{" + whole.substr(std::min(cut + 5, whole.size()));
    const CheckedWorld checked = parse_world(damaged, "w.yaml");
    if (!checked.problems.empty()) continue;
    EXPECT_TRUE(simulate(checked.world, {.name = "nothing"}, Duration::minutes(1)).has_value());
  }
}

TEST(WorldFile, AHostileWorldEnds) {
  World world{.name = "spin", .zones = {{"a"}}};
  world.groups = {{.name = "g", .zones = {"a"}, .max = 1, .desired = 1, .cpu_m = 1000, .memory_mib = 1000, .pods = 1000}};
  world.services = {{.name = "s"}, {.name = "missing", .external = true}};
  for (int i = 0; i < 500; ++i) {
    world.pods.push_back({.name = std::to_string(i), .service = "s", .dependencies = {{"missing", DependencyKind::kStart}},
                          .crash_after = Duration::millis(1)});
  }
  world.timers.backoff_max = Duration::millis(0);
  const Scenario scenario{.name = "spin",
                          .events = {{.kind = EventKind::kLoseService, .name = "missing"}, {.kind = EventKind::kRestartService, .name = "s"}}};
  auto run = Simulator::create(world)->outcome(scenario);
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().code, Code::kUnprocessable);
}

}  // namespace
}  // namespace isobar::plan::simulation
