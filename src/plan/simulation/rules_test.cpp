// Single rules: each kind of failure, the data ledger, the scheduler's refusals, the enumerators.
#include "plan/simulation/analysis.h"
#include "plan/simulation/fixture_worlds.h"

namespace isobar::plan::simulation {
namespace {

Scenario only(EventKind kind, std::string name, Duration lasts = Duration{0}) {
  return {.name = "one", .events = {{.kind = kind, .name = std::move(name), .lasts = lasts}}};
}

TEST(Faults, ABrokerLostWhileRunningStopsWritesOnly) {
  const auto run = run_fixture("a_seed", only(EventKind::kLoseService, "kafka"));
  EXPECT_TRUE(run.outcome.write.down_at_end);
  EXPECT_FALSE(run.outcome.read.ever());
  EXPECT_TRUE(run.outcome.degraded.down_at_end);
}

TEST(Faults, ABrokerLostAcrossARestartStopsReadsToo) {
  Scenario scenario = only(EventKind::kLoseService, "kafka", Duration::hours(1));
  for (const char* service : {"ingester", "querier"}) {
    scenario.events.push_back({.at = Duration::minutes(1), .kind = EventKind::kRestartService, .name = service});
  }
  const auto run = run_fixture("a_seed", scenario);
  EXPECT_GT(run.outcome.read.down_ms, 3'500'000);
  EXPECT_FALSE(run.outcome.read.down_at_end);
  EXPECT_EQ(run.outcome.write.down_ms, 3'600'000);
}

// A container that was killed has a back-off too: the first restart is at once, the next waits 10 s. Found by playing it
// with real processes (tests/plan/reality).
TEST(Faults, AKilledContainerBacksOffLikeACrashedOne) {
  const Scenario scenario{.name = "killed",
                          .events = {{.kind = EventKind::kLoseService, .name = "kafka"},
                                     {.at = Duration::seconds(30), .kind = EventKind::kRestartService, .name = "querier"}}};
  const auto run = run_fixture("a_seed", scenario);
  std::vector<std::pair<std::int64_t, std::string>> querier;
  for (const TraceEntry& entry : run.trace) {
    if (entry.object == "pod/querier-0" && entry.at < Duration::seconds(200)) querier.emplace_back(entry.at.ms / 1000, entry.what);
  }
  EXPECT_EQ(querier, (std::vector<std::pair<std::int64_t, std::string>>{{30, "Started"},
                                                                       {65, "Crashed"}, {65, "CrashLoopBackOff"}, {75, "Started"},
                                                                       {110, "Crashed"}, {110, "CrashLoopBackOff"}, {130, "Started"},
                                                                       {165, "Crashed"}, {165, "CrashLoopBackOff"}}));
  const Scenario twice{.name = "killed twice",
                       .events = {{.kind = EventKind::kRestartService, .name = "querier"},
                                  {.at = Duration::seconds(100), .kind = EventKind::kRestartService, .name = "querier"},
                                  {.at = Duration::seconds(900), .kind = EventKind::kRestartService, .name = "querier"}}};
  std::vector<std::int64_t> started;
  for (const TraceEntry& entry : run_fixture("a_seed", twice).trace) {
    if (entry.object == "pod/querier-0" && entry.what == "Started") started.push_back(entry.at.ms / 1000);
  }
  EXPECT_EQ(started, (std::vector<std::int64_t>{0, 110, 900}));  // ten minutes without a restart are forgotten
}

TEST(Faults, ACertificateAndAnObjectStoreComeBack) {
  const auto certificate = run_fixture("a_seed", only(EventKind::kCertificateExpires, "kafka", Duration::minutes(30)));
  EXPECT_EQ(certificate.outcome.write.recovery(), Duration::minutes(30));
  EXPECT_EQ(certificate.outcome.pods_not_ready, 0);
  const auto store = run_fixture("e_one_process", only(EventKind::kObjectStore503, "object-store", Duration::minutes(30)));
  EXPECT_FALSE(store.outcome.write.ever());
  EXPECT_EQ(store.outcome.degraded.recovery(), Duration::minutes(30));
}

TEST(Faults, ARollingUpgradeNeedsAQuorum) {
  EXPECT_FALSE(run_fixture("f_classic_rf3", only(EventKind::kRollUpgrade, "ingester")).outcome.write.ever());
  EXPECT_EQ(run_fixture("b_classic_rf1", only(EventKind::kRollUpgrade, "ingester")).outcome.write.down_ms, 92'000);
  const auto surge = run_fixture("b_classic_rf1", only(EventKind::kRollUpgrade, "distributor"));
  EXPECT_FALSE(surge.outcome.write.ever());
  EXPECT_EQ(first_at(surge, "pod/distributor-0", "Upgraded"), 65);
}

// 180 s until the group ends the instance, 65 s until its pods are collected, 1 + 20 + 45 s for the new one.
TEST(Faults, ALostNodeIsReplacedBeforeItsPodsAreEvicted) {
  const auto run = run_fixture("b_classic_rf1", only(EventKind::kLoseNode, "b"));
  EXPECT_EQ(run.outcome.write.recovery(), Duration::seconds(311));
  EXPECT_EQ(run.outcome.nodes, 3);
}

TEST(Faults, AStatefulSetWaitsForItsNode) {
  const auto gone = run_fixture("a_seed", only(EventKind::kLoseZone, "a"));
  EXPECT_EQ(pod_of(gone, "ingester-a-0").state, "Terminating");
  const auto back = run_fixture("a_seed", only(EventKind::kLoseZone, "c", Duration::hours(1)));
  EXPECT_FALSE(back.outcome.write.down_at_end);
  EXPECT_EQ(back.outcome.write.recovery(), Duration::seconds(3600 + 75 + 1 + 32 + 30));
  EXPECT_EQ(back.outcome.pods_not_ready, 0);
}

TEST(Faults, WithoutTheApiServerNothingIsEvicted) {
  Scenario scenario = only(EventKind::kLoseZone, "b");
  scenario.events.push_back({.kind = EventKind::kApiServerGone, .lasts = Duration::hours(1)});
  EXPECT_EQ(run_fixture("b_classic_rf1", scenario).outcome.write.recovery(), Duration::seconds(3666));
}

TEST(Faults, ACapacityShortageEnds) {
  Scenario scenario = return_in({"a", "b"}, 2);
  scenario.events.push_back({.kind = EventKind::kCapacityShortage, .name = "c", .lasts = Duration::minutes(30)});
  const auto run = run_fixture("d_kafka_per_az", scenario);
  ASSERT_TRUE(run.outcome.write.recovery().has_value());
  EXPECT_GT(*run.outcome.write.recovery(), Duration::minutes(30));
  EXPECT_LT(*run.outcome.write.recovery(), Duration::minutes(50));
}

TEST(Ledger, OneCopyGoesWithItsVolume) {
  const auto run = run_fixture("b_classic_rf1", only(EventKind::kLoseVolume, "data-ingester-0"));
  EXPECT_EQ(run.outcome.stores[0].rpo, Duration::hours(2));
  EXPECT_TRUE(run.outcome.write.down_at_end);
  ASSERT_EQ(run.needs_human.size(), 1U);
  EXPECT_EQ(run.needs_human[0], "ingester-0: delete the claim of volume data-ingester-0 and restore it from a backup");
}

TEST(Ledger, ThreeCopiesGoOnlyTogether) {
  Scenario scenario = only(EventKind::kLoseVolume, "data-ingester-a-0");
  EXPECT_EQ(run_fixture("f_classic_rf3", scenario).outcome.stores[0].lost_at, -1);
  for (const char* volume : {"data-ingester-b-0", "data-ingester-c-0"}) {
    scenario.events.push_back({.at = Duration::minutes(1), .kind = EventKind::kLoseVolume, .name = volume});
  }
  EXPECT_EQ(run_fixture("f_classic_rf3", scenario).outcome.stores[0].rpo, Duration::hours(2));
  scenario.events.back().at = Duration::hours(3);  // the others have flushed meanwhile
  EXPECT_EQ(run_fixture("f_classic_rf3", scenario).outcome.stores[0].lost_at, -1);
}

TEST(Ledger, ABrokerReplaysWhatItStillHas) {
  Scenario scenario{.name = "volumes"};
  for (const char* zone : {"a", "b", "c"}) {
    scenario.events.push_back({.kind = EventKind::kLoseVolume, .name = fmt::format("data-ingester-{}-0", zone)});
  }
  EXPECT_EQ(run_fixture("a_seed", scenario).outcome.stores[1].lost_at, -1);
  scenario.events.push_back({.kind = EventKind::kLoseVolume, .name = "data-kafka-0"});
  EXPECT_EQ(run_fixture("a_seed", scenario).outcome.stores[1].rpo, Duration::hours(2));
}

TEST(Ledger, StrandedIsNotLost) {
  const auto run = run_fixture("b_classic_rf1", return_in({"a", "b"}, 2));
  EXPECT_EQ(run.outcome.stores[0].lost_at, -1);
  EXPECT_TRUE(run.outcome.stores[0].unreadable);
}

TEST(Scheduler, SaysWhyInOrder) {
  World world = load_fixture("b_classic_rf1");
  world.pods.push_back({.name = "large", .service = "querier", .cpu_m = 5000, .memory_mib = 20'000});
  world.pods.push_back({.name = "elsewhere", .service = "querier", .zone = "a", .anti_affinity = Strictness::kHard});
  world.volumes.push_back({.name = "old", .zone = "a", .zone_label = true});
  world.volumes.push_back({.name = "here", .zone = "b"});
  world.groups[0].autoscaling = Autoscaling::kNone;
  world.groups[0].desired = world.groups[0].max = 2;  // a and b
  world.pods.push_back({.name = "labelled", .service = "distributor", .volume = "old", .zone = "b"});
  auto run = simulate(world, {.name = "nothing happens"});
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(pod_of(*run, "large").reason,
            "0/2 nodes are available: 2 Insufficient cpu, 2 Insufficient memory. preemption: 0/2 nodes are available: "
            "2 Preemption is not helpful for scheduling.");
  EXPECT_EQ(pod_of(*run, "elsewhere").reason,
            "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) didn't match pod "
            "anti-affinity rules. preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 "
            "Preemption is not helpful for scheduling.");
  EXPECT_EQ(pod_of(*run, "labelled").reason,
            "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had no available "
            "volume zone. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.");
}

TEST(Scheduler, CountsPodsAndSpreads) {
  World world{.name = "small", .zones = {{"a"}, {"b"}}};
  world.groups = {{.name = "g", .zones = {"a", "b"}, .max = 2, .desired = 2, .cpu_m = 1000, .memory_mib = 1000, .pods = 2}};
  world.services = {{.name = "s", .quorum = 1, .needed_for = {.write = true}}};
  for (int i = 0; i < 5; ++i) world.pods.push_back({.name = std::to_string(i), .service = "s"});
  auto run = simulate(world, {.name = "nothing happens"});
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->outcome.pods_not_ready, 1);
  EXPECT_EQ(pod_of(*run, "4").reason,
            "0/2 nodes are available: 2 Too many pods. preemption: 0/2 nodes are available: 2 No preemption victims found "
            "for incoming pod.");
}

TEST(Scenarios, AreEnumerated) {
  const World world = load_fixture("a_seed");
  EXPECT_EQ(return_scenarios(world, 1).size(), 3U);
  EXPECT_EQ(return_scenarios(world, 2).size(), 3U);
  EXPECT_EQ(return_scenarios(world, 5).size(), 1U);
  const auto failures = single_failures(world);
  ASSERT_EQ(failures.size(), 3U + 3U + 4U + 6U);
  EXPECT_EQ(failure_combinations(failures, 1).size(), 16U);
  EXPECT_EQ(failure_combinations(failures, 3).size(), 16U + 120U + 560U);
  EXPECT_EQ(failure_combinations(failures, 2).back().name, "object_store_503 object-store + lose_service kube-system");
}

TEST(Scenarios, UnknownNamesAreRefused) {
  auto run = simulate(load_fixture("a_seed"), only(EventKind::kLoseService, "kafak"));
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().message, "scenario one: lose_service: there is no such service, did you mean kafka: kafak");
}

TEST(Analysis, EverySingleAndDoubleFailureIsCounted) {
  const World world = load_fixture("f_classic_rf3");
  const auto scenarios = failure_combinations(single_failures(world), 2);
  auto all = survey(world, scenarios);
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->runs, static_cast<std::int64_t>(scenarios.size()));
  EXPECT_GT(all->write_lost, 0);
  EXPECT_LT(all->write_lost, all->runs);
  EXPECT_EQ(all->rpo_runs, 0);  // three copies, two failures
  auto single = survey(load_fixture("b_classic_rf1"), failure_combinations(single_failures(load_fixture("b_classic_rf1")), 1));
  ASSERT_TRUE(single.has_value());
  EXPECT_EQ(single->worst_recovery, Duration::seconds(416));
  EXPECT_EQ(single->worst_recovery_scenario, "lose_zone b");
  EXPECT_EQ(single->worst_rpo, Duration::hours(2));
  EXPECT_EQ(single->worst_rpo_scenario, "lose_volume data-ingester-0");
}

TEST(Analysis, DowntimeIsTheSameForOneSeed) {
  const std::vector<FailureRate> rates{
      {{.kind = EventKind::kLoseZone, .name = "b"}, 0.5, Duration::hours(1), Duration::hours(3), "a test"},
      {{.kind = EventKind::kLoseZone, .name = "c"}, 0.5, Duration::hours(1), Duration::hours(3), "a test"}};
  const World world = load_fixture("b_classic_rf1");
  auto first = estimate_downtime(world, rates, 7, 50);
  auto second = estimate_downtime(world, rates, 7, 50);
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(first->mean_write_s_per_year, second->mean_write_s_per_year);
  EXPECT_EQ(first->worst, "lose_zone c");
  EXPECT_GT(first->worst_write, Duration::hours(2));
  EXPECT_LT(first->worst_write, Duration::minutes(200));
  EXPECT_GT(first->write_availability, 0.999);
  EXPECT_LT(first->write_availability, 0.9999);
  EXPECT_EQ(first->p50_write <= first->p95_write, true);
}

}  // namespace
}  // namespace isobar::plan::simulation
