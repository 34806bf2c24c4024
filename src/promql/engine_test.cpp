#include "promql/engine.h"

#include <cmath>

#include "sys/task_pool.h"

namespace isobar::promql {
namespace {

// Series n = 0 … with one sample a second, value n + t.
class CountingReader : public model::SeriesReader {
 public:
  explicit CountingReader(std::size_t series) : series_(series) {}

  Result<std::unique_ptr<model::SeriesSet>> select(const model::SelectRequest& request,
                                                   const model::ReadContext& context) override {
    requests.push_back(request);
    if (!warning.empty()) context.warnings.add(warning);
    return std::unique_ptr<model::SeriesSet>(std::make_unique<Set>(*this));
  }
  Result<std::vector<std::string>> label_names(const model::SelectRequest&,
                                               const model::ReadContext&) override {
    return std::vector<std::string>{};
  }
  Result<std::vector<std::string>> label_values(const std::string&, const model::SelectRequest&,
                                                const model::ReadContext&) override {
    return std::vector<std::string>{};
  }
  Result<std::vector<model::SeriesExemplars>> exemplars(const model::SelectRequest&,
                                                        const model::ReadContext&) override {
    return std::vector<model::SeriesExemplars>{};
  }
  Result<std::vector<model::Metadata>> metadata(const std::vector<std::string>&, const std::string&,
                                                const model::ReadContext&) override {
    return std::vector<model::Metadata>{};
  }

  std::vector<model::SelectRequest> requests;
  std::string warning;
  Cancellation* cancel_after_batch = nullptr;

 private:
  class OneSeries : public model::Series {
   public:
    explicit OneSeries(std::size_t n)
        : n_(n), labels_{{"__name__", "m_total"}, {"n", std::to_string(1000 + n)}} {}
    const model::Labels& labels() const override { return labels_; }
    Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
      for (std::int64_t t = std::max<std::int64_t>(0, (min.ms + 999) / 1000); t * 1000 <= max.ms; ++t) {
        out.push_float(t * 1000, static_cast<double>(n_) + static_cast<double>(t));
      }
      return {};
    }
    std::size_t sample_count_bound() const override { return 1000; }

   private:
    std::size_t n_;
    model::Labels labels_;
  };
  class Set : public model::SeriesSet {
   public:
    explicit Set(CountingReader& reader) : reader_(reader) {}
    Result<void> next(std::vector<std::shared_ptr<const model::Series>>& batch) override {
      batch.clear();
      for (; batch.size() < 10 && next_ < reader_.series_; ++next_)
        batch.push_back(std::make_shared<OneSeries>(next_));
      if (reader_.cancel_after_batch != nullptr)
        reader_.cancel_after_batch->cancel(Cancellation::Reason::kDeadline);
      return {};
    }

   private:
    CountingReader& reader_;
    std::size_t next_ = 0;
  };

  std::size_t series_;
};

struct World {
  explicit World(std::size_t series, std::uint64_t budget_bytes = 0)
      : reader(series), budget("query", budget_bytes, "--query.max-memory") {}
  Result<QueryResult> instant(std::string_view query, std::int64_t seconds, EngineOptions options = {}) {
    return Engine(options).instant(reader, {budget, cancellation, warnings}, {"t"}, query,
                                   Timestamp{seconds * 1000});
  }
  Result<QueryResult> range(std::string_view query, std::int64_t end, std::int64_t step) {
    return Engine(EngineOptions{})
        .range(reader, {budget, cancellation, warnings}, {"t"}, query, Timestamp{0}, Timestamp{end * 1000},
               Duration::seconds(step));
  }
  CountingReader reader;
  telemetry::MemoryBudget budget;
  Cancellation cancellation;
  model::Warnings warnings;
};

TEST(Engine, InstantAndRangeAgree) {
  World world(20);
  const QueryResult range = *world.range("sum(rate(m_total[1m])) + count(m_total)", 300, 30);
  ASSERT_EQ(range.series.size(), 1u);
  for (std::size_t i = 0; i < range.series[0].size(); ++i) {
    const std::int64_t t = range.series[0].timestamps[i] / 1000;
    const QueryResult instant = *world.instant("sum(rate(m_total[1m])) + count(m_total)", t);
    EXPECT_EQ(instant.series[0].values[0], range.series[0].values[i]) << t;
  }
}

// Bit for bit, with what is counted and said.
TEST(Engine, ThreadsThatHelpChangeNothing) {
  sys::TaskPool helpers("help", 2);
  EngineOptions alone;
  alone.features = Features::all();
  EngineOptions helped = alone;
  helped.helpers = &helpers;
  helped.bucket_work = 3000;  // two or three series
  QueryOptions options;
  options.count_samples = true;
  const auto ask = [&](const EngineOptions& engine, std::string_view query, World& world) {
    return Engine(engine).range(world.reader, {world.budget, world.cancellation, world.warnings}, {"t"}, query, Timestamp{0},
                                Timestamp{300'000}, Duration::seconds(30), options);
  };
  for (const std::string_view query : {
           "m_total", "-m_total * 2 > 100", "sum by (n) (rate(m_total[1m]))", "sum(clamp_max(m_total offset 10s, 50)) / count(m_total)",
           "avg_over_time(deriv(m_total[20s])[1m:10s])", "topk(3, predict_linear(m_total[1m], 60))", "quantile_over_time(2, m_total[1m])",
           "sum(m_total @ 100) + count(delta(m_total[1m] @ end()))", "m_total and on (n) m_total > 20", "nothing - 1"}) {
    World world(40);
    const auto expected = ask(alone, query, world);
    ASSERT_TRUE(expected) << query << expected.error().message;
    const auto got = ask(helped, query, world);
    ASSERT_TRUE(got) << query << got.error().message;
    ASSERT_EQ(got->series.size(), expected->series.size()) << query;
    for (std::size_t i = 0; i < got->series.size(); ++i) {
      EXPECT_EQ(got->series[i].labels, expected->series[i].labels) << query;
      EXPECT_EQ(got->series[i].timestamps, expected->series[i].timestamps) << query;
      EXPECT_EQ(got->series[i].values, expected->series[i].values) << query;
    }
    EXPECT_EQ(got->stats.samples_read, expected->stats.samples_read) << query;
    EXPECT_EQ(got->stats.samples_per_step, expected->stats.samples_per_step) << query;
    EXPECT_EQ(got->warnings, expected->warnings) << query;
    EXPECT_EQ(got->infos, expected->infos) << query;
    EXPECT_EQ(world.budget.used_bytes(), 0u) << query;
  }
}

TEST(Engine, BucketsThatAreBegunEndWithTheirQuery) {
  sys::TaskPool helpers("help", 2);
  EngineOptions options;
  options.helpers = &helpers;
  options.bucket_work = 1;
  for (int round = 0; round < 50; ++round) {
    World world(1000, 300'000);
    const auto big = Engine(options).range(world.reader, {world.budget, world.cancellation, world.warnings}, {"t"}, "rate(m_total[1m])",
                                           Timestamp{0}, Timestamp{1'000'000}, Duration::seconds(1));
    ASSERT_FALSE(big);
    EXPECT_EQ(big.error().code, Code::kUnprocessable);
    EXPECT_EQ(world.budget.used_bytes(), 0u);
    world.reader.cancel_after_batch = &world.cancellation;
    const auto late = world.instant("sum(m_total)", 100, options);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::kTimeout);
    EXPECT_EQ(world.budget.used_bytes(), 0u);
  }
}

TEST(Engine, AsksTheReaderForWhatItNeeds) {
  World world(1);
  ASSERT_TRUE(world.range("rate(m_total{n=\"1\"}[1m] offset 10s)", 100, 20));
  const model::SelectRequest& request = world.reader.requests.at(0);
  EXPECT_EQ(request.min.ms, -10'000 - 60'000 + 1);
  EXPECT_EQ(request.max.ms, 90'000);
  EXPECT_EQ(request.function, "rate");
  EXPECT_EQ(request.range, Duration::minutes(1));
  EXPECT_EQ(request.step, Duration::seconds(20));
  EXPECT_EQ(request.matchers.size(), 2u);
}

TEST(Engine, TellsHowWindowsLieAndWhatIsUsedOfThem) {
  using enum model::SampleUse;
  const auto asked = [](std::string_view query, std::int64_t step) {
    World world(1);
    EXPECT_TRUE(world.range(query, 3600, step)) << query;
    return world.reader.requests.at(0);
  };
  model::SelectRequest request = asked("rate(m_total[10m] offset 5m)", 1200);
  EXPECT_EQ(request.grid, Duration::minutes(5));
  EXPECT_EQ(request.use, kUsesEnds | kUsesCount | kUsesResets);
  request = asked("avg_over_time(m_total[20m])", 600);
  EXPECT_EQ(request.grid, Duration::minutes(10));
  EXPECT_EQ(request.use, kUsesEnds | kUsesCount | kUsesSum);
  // A fixed end: the step is of no matter.
  request = asked("max_over_time(m_total[10m] @ 1200)", 7);
  EXPECT_EQ(request.grid, Duration::minutes(10));
  request = asked("m_total", 600);
  EXPECT_EQ(request.grid, Duration::minutes(10));  // the lookback is of no matter
  EXPECT_EQ(request.use, kUsesEnds);
  // A subquery's steps are the selector's.
  request = asked("max_over_time(m_total[1h:30m])", 7);
  EXPECT_EQ(request.grid, Duration::minutes(30));
  EXPECT_EQ(asked("stddev_over_time(m_total[10m])", 600).use, kUsesEverySample);
  EXPECT_EQ(asked("histogram_count(m_total)", 600).grid, Duration{});
}

TEST(Engine, AnInvariantPartIsReadOnce) {
  World world(3);
  const QueryResult result = *world.range("m_total @ 50", 100, 1);
  EXPECT_EQ(result.series[0].size(), 101u);
  EXPECT_EQ(result.stats.samples_read, 3u * 51);
}

TEST(Engine, ASelectorThatComesAgainIsLookedUpOnce) {
  World world(3);
  const QueryResult result = *world.range("m_total / (m_total + m_total) + m_total offset 10s", 100, 10);
  EXPECT_EQ(world.reader.requests.size(), 2u) << "once as it is, once at another time";
  ASSERT_EQ(result.series.size(), 3u);
  EXPECT_EQ(result.series[2].values[0], 0.5 + 2.0) << "n = 2, at 10 s, where the first older sample is";
  EXPECT_EQ(world.budget.used_bytes(), 0u);
}

TEST(Engine, TheBudgetIsHeldAndReturned) {
  World world(1000, 200'000);
  const auto big = world.range("m_total", 1000, 1);
  ASSERT_FALSE(big);
  EXPECT_EQ(big.error().code, Code::kUnprocessable);
  EXPECT_NE(big.error().message.find("raise it with --query.max-memory"), std::string::npos);
  EXPECT_EQ(world.budget.used_bytes(), 0u);
  // Aggregation streams: the same series fit when only their sum is kept.
  EXPECT_TRUE(world.range("sum(m_total)", 1000, 1));
  EXPECT_EQ(world.budget.used_bytes(), 0u);
}

TEST(Engine, ExplainsWhatEachOperatorDid) {
  World world(3);
  std::int64_t ticks = 0;
  QueryOptions options;
  options.explain = true;
  options.clock = [&ticks] { return Monotonic{ticks++}; };
  const auto result = Engine(EngineOptions{}).range(world.reader, {world.budget, world.cancellation, world.warnings}, {"t"}, "sum by (n) (rate(m_total[10s])) + on () group_left 1 * vector(2)",
                                     Timestamp{100'000}, Timestamp{110'000}, Duration::seconds(5), options);
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_NE(result->plan, nullptr);
  const PlanNode& plus = *result->plan;
  EXPECT_EQ(plus.operation, "+");
  EXPECT_EQ(plus.series, 3u);
  EXPECT_EQ(plus.samples, 9u);
  ASSERT_EQ(plus.children.size(), 2u);
  const PlanNode& sum = *plus.children[0];
  EXPECT_EQ(sum.operation, "sum by (n)");
  EXPECT_EQ(sum.expression, "sum by (n) (rate(m_total[10s]))");
  ASSERT_EQ(sum.children.size(), 1u);
  const PlanNode& rate = *sum.children[0];
  EXPECT_EQ(rate.operation, "rate");
  EXPECT_EQ(rate.series, 3u);
  ASSERT_EQ(rate.children.size(), 1u);
  const PlanNode& select = *rate.children[0];
  EXPECT_EQ(select.operation, "select range");
  EXPECT_EQ(select.expression, "m_total[10s]");
  EXPECT_EQ(select.series, 3u);
  EXPECT_EQ(select.samples, 3u * 20) << "a sample a second in (90, 110]";
  EXPECT_EQ(select.bytes, 3u * 20 * 16);
  EXPECT_GE(rate.seconds, select.seconds);
  EXPECT_GE(plus.seconds, sum.seconds);
  EXPECT_EQ(plus.children[1]->operation, "once for all steps");
  const std::string long_name = "m_total{n=~\"" + std::string(1000, '.') + "\"}";
  const auto cut = Engine(EngineOptions{}).instant(world.reader, {world.budget, world.cancellation, world.warnings}, {"t"}, long_name,
                                                  Timestamp{100'000}, options);
  EXPECT_EQ(cut->plan->expression, long_name.substr(0, kMaxPlanText) + "...");
}

TEST(Engine, AnAggregationThatComesAgainIsComputedOnce) {
  World world(3);
  QueryOptions options;
  options.explain = true;
  options.count_samples = true;
  options.clock = [] { return Monotonic{0}; };
  const auto ask = [&](std::string_view query) {
    return *Engine(EngineOptions{}).range(world.reader, {world.budget, world.cancellation, world.warnings}, {"t"}, query, Timestamp{100'000},
                                          Timestamp{110'000}, Duration::seconds(5), options);
  };
  const QueryResult once = ask("quantile(2, m_total)");
  const QueryResult twice = ask("quantile(2, m_total) + (0 * quantile(2, m_total))\n or quantile(2, m_total)");
  EXPECT_EQ(once.series[0].values, std::vector<double>(3, HUGE_VAL));
  EXPECT_EQ(twice.stats.samples_read, once.stats.samples_read);
  // As if it had been computed in each place.
  EXPECT_EQ(once.stats.samples_per_step, std::vector<std::uint64_t>(3, 3));
  EXPECT_EQ(twice.stats.samples_per_step, std::vector<std::uint64_t>(3, 9));
  const std::string text = "PromQL warning: quantile value should be between 0 and 1, got 2 ";
  EXPECT_EQ(twice.warnings, (std::vector<std::string>{text + "(1:10)", text + "(1:38)", text + "(2:14)"}));
  const PlanNode& last = *twice.plan->children[1];
  EXPECT_EQ(last.operation, "quantile");
  EXPECT_TRUE(last.repeated);
  EXPECT_EQ(last.series, 1u);
  EXPECT_TRUE(last.children.empty());
  // Another grid is another result; what is computed once for all steps counts at each.
  const QueryResult grids = ask("sum(m_total @ 100) + sum_over_time(sum(m_total @ 100)[10s:5s]) - sum(m_total offset 5s)");
  EXPECT_EQ(grids.series[0].values, (std::vector<double>{303 * 3 - 288, 303 * 3 - 303, 303 * 3 - 318}));
  EXPECT_EQ(world.budget.used_bytes(), 0u);
}

TEST(Engine, SamplesAreLimited) {
  World world(10);
  EngineOptions options;
  options.max_samples = 5;
  const auto result = world.instant("m_total", 10, options);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("query.max_samples"), std::string::npos);
  EXPECT_FALSE(world.instant("max_over_time(m_total[1000000h:1ms])", 10))
      << "subqueries count before they run";
}

TEST(Engine, Cancellation) {
  World world(100);
  world.reader.cancel_after_batch = &world.cancellation;
  const auto result = world.instant("m_total", 10);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kTimeout);
}

TEST(Engine, WarningsOfTheStorageTravel) {
  World world(1);
  world.reader.warning = "block 01 is damaged and was left out";
  const QueryResult result = *world.instant("quantile(2, m_total)", 10);
  EXPECT_EQ(result.warnings, (std::vector<std::string>{
                                 "PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)",
                                 "block 01 is damaged and was left out"}));
}

TEST(Engine, RangeErrors) {
  World world(1);
  EXPECT_EQ(world.range("m_total", 10, 0).error().code, Code::kInvalid);
  EXPECT_EQ(world.range("m_total", -10, 1).error().code, Code::kInvalid);
  EXPECT_EQ(world.range("m_total[5m]", 10, 1).error().message,
            "invalid expression type \"range vector\" for range query, must be Scalar or instant Vector");
  EXPECT_EQ(world.instant("1 +", 0).error().code, Code::kInvalid);
}

TEST(Engine, ExtremeTimesAreDefined) {
  World world(1);
  const Engine engine{EngineOptions{}};
  const model::ReadContext context{world.budget, world.cancellation, world.warnings};
  EXPECT_FALSE(engine.instant(world.reader, context, {"t"}, "m_total", Timestamp::min()));
  EXPECT_FALSE(engine.instant(world.reader, context, {"t"}, "m_total", Timestamp::max()));
  EXPECT_TRUE(engine.instant(world.reader, context, {"t"}, "year()", Timestamp{std::int64_t{1} << 60}));
  EXPECT_TRUE(engine.instant(world.reader, context, {"t"}, "m_total offset 30000y", Timestamp{0}));
}

TEST(Engine, ResultTypes) {
  World world(2);
  EXPECT_EQ(world.instant("1 + 1", 5)->type, ValueType::kScalar);
  EXPECT_EQ(world.instant("\"a\"", 5)->text, "a");
  EXPECT_EQ(world.instant("m_total", 5)->series.size(), 2u);
  const QueryResult matrix = *world.instant("m_total[3s]", 5);
  EXPECT_EQ(matrix.type, ValueType::kMatrix);
  EXPECT_EQ(matrix.series[0].timestamps, (std::vector<std::int64_t>{3000, 4000, 5000}));
  EXPECT_EQ(world.range("time()", 2, 1)->series[0].values, (std::vector<double>{0, 1, 2}));
}

}  // namespace
}  // namespace isobar::promql
