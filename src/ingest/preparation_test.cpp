#include "ingest/preparation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ingest/ingester.h"
#include "model/labels.h"
#include "model/sample.h"

namespace isobar::ingest {
namespace {

constexpr Timestamp kNow{1'700'000'000'000};
constexpr Timestamp kLatest = kNow + Duration::minutes(10);

// One float a series, at kNow unless said otherwise.
struct Batch {
  explicit Batch(std::vector<model::Labels> sets, std::int64_t timestamp = kNow.ms) : labels(std::move(sets)) {
    for (const model::Labels& l : labels) batch.floats.push_back({batch.add_series(l.encoded()), timestamp, 1});
  }
  std::vector<model::Labels> labels;
  model::WriteBatch batch;
};

struct World {
  telemetry::Registry metrics;
  Preparation preparation{metrics};
  PreparedBatch out;
  bool prepare(const Batch& b, const char* tenant = "t") { return preparation.prepare(tenant, b.batch, kNow, kLatest, out); }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& f : out.batch.floats) all.push_back(model::Labels::from_canonical(std::string(out.batch.series[f.series])).to_string());
    return all;
  }
  void rules(TenantRules of_t) {
    TenantRulesTable table;
    table.overrides["t"] = std::move(of_t);
    ASSERT_TRUE(preparation.configure(table));
  }
};

model::Labels replica(const char* name, const char* instance = "i") {
  return {{"__name__", "m"}, {"__replica__", name}, {"cluster", "c"}, {"instance", instance}, {"job", "j"}};
}

TEST(Preparation, WithoutRulesNothingIsTouched) {
  World w;
  EXPECT_FALSE(w.prepare(Batch({replica("a")})));
  w.rules({.accept_ha_samples = true});
  EXPECT_FALSE(w.prepare(Batch({replica("a")}), "other"));
}

TEST(Preparation, KeepsOneReplicaAndRemovesItsLabel) {
  World w;
  w.rules({.accept_ha_samples = true});
  ASSERT_TRUE(w.prepare(Batch({replica("a"), replica("a", "k")})));
  EXPECT_EQ(w.names(), (std::vector<std::string>{R"(m{cluster="c", instance="i", job="j"})", R"(m{cluster="c", instance="k", job="j"})"}));
  ASSERT_TRUE(w.prepare(Batch({replica("b"), replica("b", "new")}, kNow.ms + 100)));
  EXPECT_EQ(w.names(), (std::vector<std::string>{R"(m{cluster="c", instance="new", job="j"})"}));
  EXPECT_EQ(w.out.batch.series.size(), 1U) << "limits count series";
  EXPECT_EQ(w.out.floats_dropped, 1U);
  EXPECT_EQ(w.out.floats_from, (std::vector<std::uint32_t>{1}));
}

TEST(Preparation, SeriesWithoutBothLabelsPass) {
  World w;
  w.rules({.accept_ha_samples = true});
  const Batch b({{{"__name__", "m"}, {"cluster", "c"}}, {{"__name__", "m"}, {"__replica__", "a"}}, {{"__name__", "n"}}});
  ASSERT_TRUE(w.prepare(b));
  EXPECT_EQ(w.names(), (std::vector<std::string>{R"(m{cluster="c"})", R"(m{__replica__="a"})", "n"}));
}

TEST(Preparation, OtherLabelsMayNameThePair) {
  World w;
  w.rules({.accept_ha_samples = true, .ha_cluster_label = "site", .ha_replica_label = "prom"});
  ASSERT_TRUE(w.prepare(Batch({{{"__name__", "m"}, {"prom", "1"}, {"site", "s"}}})));
  EXPECT_EQ(w.names(), (std::vector<std::string>{R"(m{site="s"})"}));
}

TEST(Preparation, ATimestampInTheFarFutureTakesNoTarget) {
  World w;
  w.rules({.accept_ha_samples = true});
  ASSERT_TRUE(w.prepare(Batch({replica("a")}, kLatest.ms + 1)));
  EXPECT_EQ(w.out.batch.floats.size(), 1U) << "for the limits to refuse";
  ASSERT_TRUE(w.prepare(Batch({replica("b")})));
  EXPECT_EQ(w.out.batch.floats.size(), 1U);
}

TEST(Preparation, TargetsPastTheLimitAreRefused) {
  World w;
  w.rules({.accept_ha_samples = true, .ha_max_targets = 1});
  ASSERT_TRUE(w.prepare(Batch({replica("a", "1"), replica("a", "2"), {{"__name__", "n"}}})));
  EXPECT_EQ(w.out.batch.floats.size(), 2U);
  EXPECT_EQ(w.out.floats_refused, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(w.out.refusal, "tenant has more targets in HA pairs than 1 (ha_max_targets in the configuration)");
}

TEST(Preparation, StaleMarkersAndExemplarsGoWithTheirSeries) {
  World w;
  w.rules({.accept_ha_samples = true});
  (void)w.prepare(Batch({replica("a")}));
  Batch b({replica("b")}, kNow.ms + 7000);
  b.batch.floats[0].value = model::stale_nan();
  b.batch.exemplars.push_back({0, {}});
  b.batch.metadata.push_back({});
  ASSERT_TRUE(w.prepare(b));
  EXPECT_TRUE(w.out.batch.floats.empty());
  EXPECT_TRUE(w.out.batch.exemplars.empty());
  EXPECT_EQ(w.out.batch.metadata.size(), 1U);
}

TEST(Preparation, RelabelsAndDropsWithoutFailure) {
  World w;
  w.rules({.metric_relabel_configs = {{.source_labels = {"__name__"}, .regex = "debug_.*", .action = model::RelabelAction::kDrop},
                                      {.regex = "pod", .action = model::RelabelAction::kLabelDrop},
                                      {.source_labels = {"__name__"}, .regex = "nameless", .target_label = "__name__", .replacement = ""}}});
  const Batch b({{{"__name__", "debug_x"}}, {{"__name__", "m"}, {"pod", "p1"}}, {{"__name__", "m"}, {"pod", "p2"}}, {{"__name__", "nameless"}},
                 {{"__name__", "n"}}});
  ASSERT_TRUE(w.prepare(b));
  EXPECT_EQ(w.names(), (std::vector<std::string>{"m", "m", "n"}));
  EXPECT_EQ(w.out.floats_dropped, 2U);
  EXPECT_EQ(w.out.batch.series[0], w.out.batch.series[1]) << "one series from now on";
  EXPECT_EQ(w.out.floats_from, (std::vector<std::uint32_t>{1, 2, 4}));
}

TEST(Preparation, ReplicasAreToldApartBeforeRelabelling) {
  World w;
  w.rules({.accept_ha_samples = true, .metric_relabel_configs = {{.regex = "cluster", .action = model::RelabelAction::kLabelDrop}}});
  (void)w.prepare(Batch({replica("a")}));
  EXPECT_EQ(w.names(), (std::vector<std::string>{R"(m{instance="i", job="j"})"}));
  (void)w.prepare(Batch({replica("b")}));
  EXPECT_TRUE(w.out.batch.floats.empty());
}

TEST(Preparation, ARelabellingRuleThatIsWrongChangesNothing) {
  World w;
  w.rules({.accept_ha_samples = true});
  TenantRulesTable wrong;
  wrong.defaults.metric_relabel_configs = {{.regex = "("}};
  EXPECT_FALSE(w.preparation.configure(wrong));
  EXPECT_TRUE(w.prepare(Batch({replica("a")})));
}

}  // namespace
}  // namespace isobar::ingest
