#include "plan/survival/world_of.h"

#include <gtest/gtest.h>

#include "plan/survival/survival.h"

namespace isobar::plan {
namespace {

// Two zones, two nodes of 1,000 MiB, one service of two pods with a claim each, a sidecar in each pod.
constexpr const char* kLedger = R"(
profiles: [{id: prod}]
decisions:
  - id: D1
    title: nodes
    values: {prod: {text: two, set: {nodes.count: 2, nodes.min: 0, nodes.max: 2, node.type: small, node.zones: 2, scaler: none, db.replicas: 2}}}
quantities:
  - {id: nodes.allocatable_mib, formula: "1000"}
  - {id: nodes.allocatable_cpu_m, formula: "1000"}
  - {id: nodes.max_pods, formula: "10"}
  - {id: nodes.max_volumes, formula: "5"}
assumptions:
  - {id: kube_system_mib, value: 100}
  - {id: kube_system_cpu_m, value: 50}
components:
  - id: db
    decision: D1
    source: test
    date: 2026-01-01
    pods: [{name: db, kind: StatefulSet, replicas: db.replicas, cpu_m: 300, memory_mib: 500, volume_gib: 7}]
  - id: proxy
    source: test
    date: 2026-01-01
    pods: [{name: sidecar, kind: Container, replicas: 5, cpu_m: 10, memory_mib: 20}]
services:
  - {id: database, pods: [db.db], quorum: 1, write: true, read: db.replicas > 1, ready_after: 5}
stores:
  - {id: rows, service: database, replication: db.replicas, keeps: volume, window: 60}
failures:
  - {id: zone, title: one zone, kind: lose_zone}
  - {id: volume, title: one volume, kind: lose_volume}
  - {id: node, title: one node, kind: lose_node}
  - {id: night, title: all but one return, kind: return, nodes: 1}
)";

Ledger load(std::string text) {
  LoadedLedger loaded = load_ledger({{"test.yaml", std::move(text)}});
  for (const YamlProblem& problem : loaded.problems) ADD_FAILURE() << problem.to_string();
  return loaded.ledger.value_or(Ledger{});
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(WorldOf, NodesPodsVolumesAndBehaviourComeFromTheLedger) {
  const Ledger ledger = load(kLedger);
  auto world = world_of(ledger, "prod", *settings_of(ledger, "prod"));
  ASSERT_TRUE(world.has_value()) << world.error().message;
  const simulation::World& w = world->world;
  ASSERT_EQ(w.zones.size(), 2U);
  EXPECT_EQ(w.zones[1].name, "b");
  ASSERT_EQ(w.groups.size(), 1U);
  EXPECT_EQ(w.groups[0].desired, 2);
  EXPECT_EQ(w.groups[0].memory_mib, 1000);
  ASSERT_EQ(w.pods.size(), 3U);  // the node agents first
  EXPECT_EQ(w.pods[1].name, "db-0");
  EXPECT_EQ(w.pods[1].memory_mib, 520);  // and its sidecar
  EXPECT_EQ(w.pods[2].cpu_m, 310);
  ASSERT_EQ(w.volumes.size(), 2U);
  EXPECT_EQ(w.volumes[0].name, "data-db-0");
  EXPECT_EQ(w.volumes[0].zone, "a");  // where the scheduler put its pod: two of 520 MiB do not fit on one node
  EXPECT_EQ(w.volumes[1].zone, "b");
  ASSERT_EQ(w.stores.size(), 1U);
  EXPECT_EQ(w.stores[0].replication, 2);
  EXPECT_TRUE(w.stores[0].wal_on_volume);
  EXPECT_TRUE(world->not_measured.empty());
}

TEST(WorldOf, WhatWasNotMeasuredCountsAsZeroAndIsNamed) {
  const std::string text = replaced(kLedger, "memory_mib: 500", "memory_mib: measured.db_mib") + "measurements: [{id: db_mib}]\n";
  const Ledger ledger = load(text);
  auto world = world_of(ledger, "prod", *settings_of(ledger, "prod"));
  ASSERT_TRUE(world.has_value());
  EXPECT_EQ(world->not_measured, std::vector<std::string>{"db.db"});
  EXPECT_EQ(world->world.pods[1].memory_mib, 20);
}

TEST(WorldOf, AnUnknownScalerSaysWhichThereAre) {
  const Ledger ledger = load(replaced(kLedger, "scaler: none", "scaler: magic"));
  const auto world = world_of(ledger, "prod", *settings_of(ledger, "prod"));
  ASSERT_FALSE(world.has_value());
  EXPECT_EQ(world.error().message, "scaler must be schedule, none, multi_az, per_az or karpenter: magic");
}

const FailureVerdict& of(const Survival& survival, std::string_view id) {
  for (const FailureVerdict& one : survival.failures) {
    if (one.failure->id == id) return one;
  }
  ADD_FAILURE() << id;
  return survival.failures[0];
}

TEST(Survival, TwoCopiesInTwoZonesSurviveAnyOneLoss) {
  const Ledger ledger = load(kLedger);
  auto survival = survival_of(ledger, "prod");
  ASSERT_TRUE(survival.has_value()) << survival.error().message;
  for (const char* id : {"zone", "volume", "node"}) {
    EXPECT_EQ(of(*survival, id).verdict, Verdict::kUnharmed) << id;
    EXPECT_EQ(of(*survival, id).places, 2) << id;
  }
  EXPECT_TRUE(survived(of(*survival, "night").verdict));
  EXPECT_EQ(survival->not_survived(), 0U);
}

TEST(Survival, OneCopyIsLostWithItsVolumeAndStrandedByItsZone) {
  const Ledger ledger = load(replaced(kLedger, "db.replicas: 2", "db.replicas: 1"));
  auto survival = survival_of(ledger, "prod");
  ASSERT_TRUE(survival.has_value());
  const FailureVerdict& volume = of(*survival, "volume");
  EXPECT_EQ(volume.verdict, Verdict::kNeedsHuman);
  EXPECT_EQ(volume.rpo, Duration::seconds(60));
  EXPECT_EQ(volume.lost, "rows");
  EXPECT_EQ(verdict_text(volume), "needs a human");
  const FailureVerdict& zone = of(*survival, "zone");
  EXPECT_EQ(zone.verdict, Verdict::kNeedsHuman);
  EXPECT_EQ(verdict_text(zone), "needs a human in 1 of 2");
  EXPECT_EQ(place_text(zone.worst), "zone a");
  EXPECT_EQ(of(*survival, "night").write.to_string(), "1/2");  // the volume's zone gets the node in one of two draws
}

}  // namespace
}  // namespace isobar::plan
