#include <cmath>
#include <limits>
#include <random>

#include "eval/aggregation.h"
#include "eval/grouping.h"
#include "eval/kernels.h"
#include "eval/label_merger.h"
#include "eval/selection.h"
#include "eval/step_grid.h"
#include "eval/vector_matching.h"

namespace isobar::eval {
namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

StepSeries series(model::Labels labels, std::vector<double> values) {
  StepSeries s;
  s.labels = std::move(labels);
  s.reset(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) s.set(i, values[i]);
  return s;
}

struct Memory {
  telemetry::MemoryBudget budget{"q", 0, "x"};
  Cancellation cancellation;
  QueryMemory memory{budget, cancellation, 0};
};

TEST(StepGrid, Covers) {
  EXPECT_EQ(StepGrid::covering(0, 10, 3).count, 4u);
  EXPECT_EQ(StepGrid::covering(0, 9, 3).count, 4u);
  EXPECT_EQ(StepGrid::covering(5, 4, 3).count, 0u);
  EXPECT_EQ(StepGrid::covering(0, 10, 3).last(), 9);
}

TEST(Kernels, SumIsCompensatedAndForgetsAtInfinity) {
  double sum = 0;
  double comp = 0;
  for (const double x : {1.0, 1e100, 1.0, -1e100}) add_compensated(x, sum, comp);
  EXPECT_EQ(sum + comp, 2);
  add_compensated(kInf, sum, comp);
  add_compensated(1, sum, comp);
  EXPECT_EQ(sum + comp, kInf);
}

// The scalar form is the oracle of the vectorised one: equal to the last bit.
TEST(Kernels, DenseAndMaskedSumsAreTheSame) {
  std::mt19937_64 random(7);
  std::vector<Kind> kinds(1003, Kind::kFloat);
  std::vector<double> x(kinds.size());
  std::vector<double> a(x.size()), a_comp(x.size()), a_count(x.size());
  std::vector<double> b(x.size()), b_comp(x.size()), b_count(x.size());
  for (int round = 0; round < 50; ++round) {
    for (double& v : x) {
      v = std::ldexp(static_cast<double>(random() % 1000), static_cast<int>(random() % 200) - 100);
      if (random() % 500 == 0) v = random() % 2 == 0 ? kInf : kNan;
    }
    sum_dense(x.size(), x.data(), a.data(), a_comp.data(), a_count.data());
    sum_masked(x.size(), kinds.data(), x.data(), b.data(), b_comp.data(), b_count.data());
  }
  const auto bits = [](double v) { return std::isnan(v) ? 0 : std::bit_cast<std::uint64_t>(v); };
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(bits(a[i]), bits(b[i]));
    EXPECT_EQ(bits(a_comp[i]), bits(b_comp[i]));
  }
  EXPECT_EQ(a_count, b_count);
}

TEST(Kernels, ExtremesPreferNumbersToNan) {
  const std::vector<Kind> kinds{Kind::kFloat, Kind::kFloat, Kind::kAbsent};
  std::vector<double> best(3, kNan);
  std::vector<double> counts(3);
  for (const std::vector<double>& x : {std::vector{kNan, 3.0, 1.0}, {5.0, kNan, 1.0}, {7.0, 2.0, 1.0}}) {
    min_masked(3, kinds.data(), x.data(), best.data(), counts.data());
  }
  EXPECT_EQ(best[0], 5);
  EXPECT_EQ(best[1], 2);
  EXPECT_TRUE(std::isnan(best[2]));
  EXPECT_EQ(counts, (std::vector<double>{3, 3, 0}));
}

TEST(GroupFold, AverageSurvivesOverflow) {
  GroupFold fold(AggregateOp::kAvg, 1);
  AggregationNotes notes;
  for (int i = 0; i < 4; ++i) fold.add(series({}, {1e308}), notes);
  StepSeries out;
  fold.finish(out);
  EXPECT_NEAR(out.values[0] / 1e308, 1, 1e-12);
}

TEST(GroupFold, DeviationAndAbsentSteps) {
  GroupFold fold(AggregateOp::kStddev, 2);
  AggregationNotes notes;
  for (const double v : {2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0}) {
    StepSeries s = series({}, {v, v});
    s.erase(1);
    fold.add(s, notes);
  }
  StepSeries out;
  fold.finish(out);
  EXPECT_EQ(out.values[0], 2);
  EXPECT_FALSE(out.present(1));
}

TEST(Grouping, ByWithoutAndNumbers) {
  const model::Labels labels{{"__name__", "m"}, {"a", "1"}, {"b", "2"}};
  EXPECT_EQ(Grouping(true, {"b", "x"}).reduce(labels), (model::Labels{{"b", "2"}}));
  EXPECT_EQ(Grouping(false, {"b"}).reduce(labels), (model::Labels{{"a", "1"}}));
  EXPECT_EQ(Grouping(true, {"__name__"}).reduce(labels), (model::Labels{{"__name__", "m"}}));
  GroupIndex index(Grouping(true, {"a"}));
  EXPECT_EQ(index.group_of(labels), 0u);
  EXPECT_EQ(index.group_of({{"a", "2"}}), 1u);
  EXPECT_EQ(index.group_of({{"a", "1"}, {"z", "9"}}), 0u);
}

TEST(LabelMerger, JoinsWhatDoesNotOverlap) {
  Memory m;
  LabelMerger merger(m.memory, kSameLabelset);
  StepSeries a = series({{"x", "1"}}, {1, 2});
  a.erase(1);
  StepSeries b = series({{"x", "1"}}, {3, 4});
  b.erase(0);
  ASSERT_TRUE(merger.add(std::move(a)));
  ASSERT_TRUE(merger.add(std::move(b)));
  EXPECT_FALSE(merger.add(series({{"x", "1"}}, {9, 9})));
  const StepMatrix merged = merger.take();
  ASSERT_EQ(merged.size(), 1u);
  EXPECT_EQ(merged[0].values, (std::vector<double>{1, 4}));
}

TEST(Selection, BestMembersAreStable) {
  const StepMatrix matrix{series({}, {1}), series({}, {kNan}), series({}, {3}), series({}, {3})};
  const std::vector<std::uint32_t> members{0, 1, 2, 3};
  EXPECT_EQ(best_members(matrix, members, 0, 3, true), (std::vector<std::uint32_t>{2, 3, 0}));
  EXPECT_EQ(best_members(matrix, members, 0, 9, false), (std::vector<std::uint32_t>{0, 2, 3, 1}));
}

TEST(Selection, Quantile) {
  std::vector<double> values{4, 1, 3, 2};
  EXPECT_EQ(quantile(0.5, values), 2.5);
  EXPECT_EQ(quantile(0, values), 1);
  EXPECT_EQ(quantile(1, values), 4);
  EXPECT_EQ(quantile(-1, values), -kInf);
  EXPECT_TRUE(std::isnan(quantile(kNan, values)));
}

TEST(Selection, RatioSplitsInTwo) {
  int low = 0;
  for (int i = 0; i < 1000; ++i) low += ratio_position({{"i", std::to_string(i)}}) < 0.3 ? 1 : 0;
  EXPECT_NEAR(low, 300, 60);
}

class Adding : public CellOperation {
 public:
  Result<void> apply(const Row& left, const Row& right, StepSeries& out) override {
    for (std::size_t i = 0; i < out.steps(); ++i) {
      if (left.kinds[i] == Kind::kFloat && right.kinds[i] == Kind::kFloat)
        out.set(i, left.values[i] + right.values[i]);
    }
    return {};
  }
  bool drops_name() const override { return true; }
};

TEST(Matching, OneSideMustBeUniqueAtEachStepOnly) {
  Memory m;
  Adding add;
  VectorMatching matching;
  matching.on = true;
  matching.labels = {"a"};
  const StepMatrix left{series({{"a", "1"}}, {1, 1})};
  StepSeries early = series({{"a", "1"}, {"b", "1"}}, {10, 10});
  early.erase(1);
  StepSeries late = series({{"a", "1"}, {"b", "2"}}, {20, 20});
  late.erase(0);
  MatchingOptions options;
  options.steps = 2;
  const auto changing = match_vectors(left, {early, late}, matching, add, options, m.memory);
  ASSERT_TRUE(changing);
  ASSERT_EQ(changing->size(), 1u);
  EXPECT_EQ((*changing)[0].values, (std::vector<double>{11, 21}));
  const auto both =
      match_vectors(left, {early, series(late.labels, {20, 20})}, matching, add, options, m.memory);
  ASSERT_FALSE(both);
  EXPECT_NE(both.error().message.find("many-to-many matching not allowed"), std::string::npos);
  EXPECT_EQ(m.budget.used_bytes(), 0u);
}

}  // namespace
}  // namespace isobar::eval
