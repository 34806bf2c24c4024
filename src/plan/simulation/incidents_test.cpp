// Public incidents must come out as they were described.
#include "plan/simulation/analysis.h"
#include "plan/simulation/cascade.h"
#include "plan/simulation/fixture_worlds.h"

namespace isobar::plan::simulation {
namespace {

// kubernetes/autoscaler#1431
TEST(Incidents, Autoscaler1431IsStuckUntilSomebodyRaisesTheSize) {
  const auto two = run_fixture("incident_autoscaler_1431", return_in({"us-east-1a", "us-east-1c"}, 2));
  EXPECT_TRUE(two.outcome.write.down_at_end);
  EXPECT_EQ(pod_of(two, "database-0").state, "Pending");
  EXPECT_EQ(last_reason(two, "pod/database-0", "NotTriggerScaleUp"),
            "pod didn't trigger scale-up: 1 node(s) had volume node affinity conflict");
  EXPECT_EQ(two.outcome.nodes, 2);
  const auto three = run_fixture("incident_autoscaler_1431", return_in({"us-east-1a", "us-east-1c", "us-east-1d"}, 3));
  EXPECT_FALSE(three.outcome.write.down_at_end);
}

// cloudbees-oss/terraform-aws-cloudbees-ci-eks-addon#195
TEST(Incidents, Cloudbees195LosesTeamBAfterHibernation) {
  const auto run = run_fixture("incident_cloudbees_195", return_in({"a", "c"}, 2));
  EXPECT_TRUE(run.outcome.write.down_at_end);
  EXPECT_FALSE(run.outcome.read.down_at_end);
  EXPECT_EQ(pod_of(run, "team-a-0").state, "Running");
  EXPECT_EQ(pod_of(run, "team-b-0").reason,
            "0/2 nodes are available: 2 node(s) had volume node affinity conflict. preemption: 0/2 nodes are available: "
            "2 Preemption is not helpful for scheduling.");
}

// gitpod-io/gitpod#14529
TEST(Incidents, Gitpod14529WaitsForCapacityInItsZone) {
  Scenario scenario = return_in({"a"}, 1);
  scenario.events.insert(scenario.events.begin(), {.kind = EventKind::kCapacityShortage, .name = "b"});
  const auto run = run_fixture("incident_gitpod_14529", scenario);
  EXPECT_TRUE(run.outcome.write.down_at_end);
  EXPECT_EQ(pod_of(run, "workspace-0").state, "Pending");
  EXPECT_EQ(last_reason(run, "nodegroup/workspaces", "FailedScaleUp"),
            "InsufficientInstanceCapacity: no capacity for m6i.xlarge in zone b");
}

// grafana/mimir#14516
TEST(Incidents, Mimir14516IsSilent) {
  const Scenario scenario{.name = "Kafka restarts", .events = {{.at = Duration::minutes(10), .kind = EventKind::kRestartService, .name = "kafka"}}};
  const auto run = run_fixture("incident_mimir_14516", scenario);
  EXPECT_TRUE(run.outcome.read.down_at_end);
  EXPECT_TRUE(run.outcome.silent.down_at_end);
  EXPECT_FALSE(run.outcome.write.down_at_end);
  EXPECT_EQ(run.outcome.pods_not_ready, 0);
  for (const char* pod : {"ingester-0", "ingester-1", "ingester-2"}) {
    EXPECT_TRUE(pod_of(run, pod).ready);
    EXPECT_EQ(pod_of(run, pod).restarts, 0);
    EXPECT_EQ(pod_of(run, pod).reason, "Ready, but does not work");
  }
  ASSERT_EQ(run.outcome.stores.size(), 1U);
  EXPECT_EQ(run.outcome.stores[0].rpo, Duration::hours(1));
  EXPECT_NE(print_cascade(run).find("Ready but not working"), std::string::npos);
}

TEST(Incidents, Mimir14516HealsWhenTheIngestersRestart) {
  const Scenario scenario{.name = "Kafka restarts, then the ingesters",
                          .events = {{.at = Duration::minutes(10), .kind = EventKind::kRestartService, .name = "kafka"},
                                     {.at = Duration::minutes(40), .kind = EventKind::kRestartService, .name = "ingester"}}};
  const auto run = run_fixture("incident_mimir_14516", scenario);
  EXPECT_FALSE(run.outcome.silent.down_at_end);
  EXPECT_EQ(run.outcome.read.recovery(), Duration::minutes(31));
}

TEST(Incidents, WithoutTheVolumesZoneNoneOfThemHappens) {
  EXPECT_FALSE(run_fixture("incident_autoscaler_1431", return_in({"us-east-1a", "us-east-1c"}, 2), Mutation::kNoVolumeZone)
                   .outcome.write.down_at_end);
  EXPECT_FALSE(run_fixture("incident_cloudbees_195", return_in({"a", "c"}, 2), Mutation::kNoVolumeZone).outcome.write.down_at_end);
}

// bitnami/charts#4257, grafana/helm-charts#1184
TEST(Incidents, TwoReplicasOnOneVolumeNeverBothRun) {
  const auto run = run_fixture("grafana_shared_volume", {.name = "nothing happens"});
  EXPECT_TRUE(run.outcome.read.down_at_end);
  EXPECT_EQ(pod_of(run, "grafana-1").state, "ContainerCreating");
  EXPECT_EQ(pod_of(run, "grafana-1").reason,
            "Multi-Attach error for volume \"grafana\" Volume is already used by pod(s) grafana-0");
  ASSERT_EQ(run.needs_human.size(), 1U);
}

}  // namespace
}  // namespace isobar::plan::simulation
