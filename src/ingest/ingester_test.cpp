#include "ingest/ingester.h"

#include "ingest/record_builder.h"
#include "ingest_log/metrics_payload.h"
#include "ingest_log/record.h"
#include "sim/metrics_node.h"

namespace isobar::ingest {
namespace {

constexpr Timestamp kStart{1'700'000'000'000};

// Counts the series that have been acknowledged, as the heads do once they have caught up.
class Census final : public SeriesCensus {
 public:
  std::uint64_t series_of(std::string_view) override { return known_.size(); }
  void known_series(std::string_view, ingest_log::PartitionId, std::span<const Hash128> hashes,
                    std::vector<bool>& known) override {
    known.clear();
    for (const Hash128& hash : hashes) known.push_back(std::find(known_.begin(), known_.end(), hash) != known_.end());
  }
  void fold(const model::WriteBatch& batch, std::size_t series) {
    std::vector<bool> known;
    const Hash128 hash = hash128(batch.series[series]);
    known_series("", {0}, {&hash, 1}, known);
    if (!known[0]) known_.push_back(hash);
  }

 private:
  std::vector<Hash128> known_;
};

struct World {
  explicit World(limits::TenantLimits limits = {}, std::uint64_t head_bytes = 0, std::uint32_t partitions = 1)
      : table(limits), budget("head", head_bytes, "--memory.head") {
    log = *ingest_log::LocalLog::open(files, {.directory = "/log", .segment_bytes = 8 << 20, .new_topic_identity = 1});
    ingester = std::make_unique<Ingester>(IngesterParts{.log = *log,
                                                        .partitions = partitions,
                                                        .limits = table,
                                                        .clock = clock,
                                                        .head_budget = budget,
                                                        .metrics = registry,
                                                        .census = &census});
  }
  Result<WriteOutcome> admit(const model::WriteBatch& batch) { return ingester->admit("t", batch); }

  sim::SimFileSystem files{1};
  sim::SimClock clock{kStart};
  limits::LimitsTable table;
  telemetry::MemoryBudget budget;
  telemetry::Registry registry;
  Census census;
  std::unique_ptr<ingest_log::LocalLog> log;
  std::unique_ptr<Ingester> ingester;
};

// A batch that owns its labels; one float per series.
struct Batch {
  explicit Batch(std::vector<model::Labels> sets) : labels(std::move(sets)) {
    for (const model::Labels& l : labels) batch.floats.push_back({batch.add_series(l.encoded()), kStart.ms, 1});
  }
  std::vector<model::Labels> labels;
  model::WriteBatch batch;
};

model::Labels series(int n) { return {{"__name__", "m"}, {"n", std::to_string(n)}}; }

TEST(Ingester, EachLabelLimitNamesItsSettingAndTheRestIsWritten) {
  World w({.max_label_names = 3, .max_label_name_bytes = 10, .max_label_value_bytes = 5});
  const Batch b({series(1),
                 {{"__name__", "m"}, {"a", "1"}, {"b", "2"}, {"c", "3"}},
                 {{"__name__", "m"}, {"a_long_label_name", "1"}},
                 {{"__name__", "m"}, {"a", "long value"}}});
  const auto outcome = w.admit(b.batch);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->floats, 1u);
  EXPECT_EQ(outcome->refused, 3u);
  EXPECT_EQ(outcome->reasons,
            (std::vector<std::string>{
                R"(series has 4 labels, the limit is 3 (--limits.max-label-names): m{a="1", b="2", c="3"})",
                "label name is 17 bytes long, the limit is 10 (--limits.max-label-name-bytes): a_long_label_name",
                R"(value of label "a" is 10 bytes long, the limit is 5 (--limits.max-label-value-bytes))"}));
}

TEST(Ingester, SamplesTooFarInTheFutureAreRefused) {
  World w;
  Batch b({series(1)});
  b.batch.floats = {{0, kStart.ms + 600'000, 1}, {0, kStart.ms + 600'001, 2}};
  const auto outcome = w.admit(b.batch);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->floats, 1u);
  EXPECT_EQ(outcome->reason_text(), "timestamp 1700000600001 is more than 600 seconds in the future "
                                    "(--limits.max-future-seconds): m{n=\"1\"}");
  b.batch.floats = {{0, INT64_MAX, 2}};
  EXPECT_EQ(w.admit(b.batch)->refused, 1u);  // nothing is left to append
}

TEST(Ingester, SamplesTooFarInThePastAreRefused) {
  World w({.max_past_seconds = 60});
  Batch b({series(1)});
  b.batch.floats = {{0, kStart.ms - 60'000, 1}, {0, kStart.ms - 60'001, 2}};
  const auto outcome = w.admit(b.batch);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->floats, 1u);
  EXPECT_EQ(outcome->reason_text(), "timestamp 1699999939999 is more than 60 seconds in the past "
                                    "(--limits.max-past-seconds): m{n=\"1\"}");
  b.batch.floats = {{0, INT64_MIN, 2}};
  EXPECT_EQ(w.admit(b.batch)->refused, 1u);
}

TEST(Ingester, SaysWhichSamplesAreRefused) {
  World w({.max_label_names = 2});
  Batch b({series(1), {{"__name__", "m"}, {"a", "1"}, {"b", "2"}}});
  const auto histogram = std::make_shared<const model::Histogram>(model::Histogram{.is_integer = true});
  b.batch.floats = {{0, kStart.ms, 1}, {1, kStart.ms, 1}, {0, kStart.ms + 600'001, 1}};
  b.batch.histograms = {{1, kStart.ms, histogram}, {0, kStart.ms + 1, histogram}};
  RefusedSamples refused;
  ASSERT_TRUE(w.ingester->admit("t", b.batch, &refused));
  EXPECT_EQ(refused.floats, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(refused.histograms, std::vector<std::uint32_t>{0});
}

TEST(Ingester, WithoutLimitsOfTimeEveryTimestampIsAdmitted) {
  World w({.max_future_seconds = 0, .max_past_seconds = 0});
  Batch b({series(1)});
  b.batch.floats = {{0, INT64_MIN, 1}, {0, INT64_MAX, 2}};
  EXPECT_EQ(w.admit(b.batch)->floats, 2u);
}

TEST(Ingester, TheRateRefillsWithTheClock) {
  World w({.max_samples_per_second = 1});
  const Batch b({series(1), series(2), series(3), series(4), series(5)});
  EXPECT_TRUE(w.admit(b.batch));
  EXPECT_TRUE(w.admit(b.batch));  // the burst is ten seconds' worth
  const auto refused = w.admit(b.batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRateLimited);
  EXPECT_EQ(refused.error().message, "tenant sends more than 1 samples a second (--limits.max-samples-per-second): t");
  w.clock.advance(Duration::seconds(4));
  EXPECT_FALSE(w.admit(b.batch));
  w.clock.advance(Duration::seconds(1));
  EXPECT_TRUE(w.admit(b.batch));
  EXPECT_TRUE(w.ingester->admit("other", b.batch));
}

TEST(Ingester, MaxSeriesIsExact) {
  World w({.max_series = 3});
  const Batch two({series(1), series(2)});
  EXPECT_EQ(w.admit(two.batch)->refused, 0u);
  for (std::size_t i = 0; i < 2; ++i) w.census.fold(two.batch, i);
  // A series named twice in one request is new once; known ones always pass.
  const Batch mixed({series(3), series(3), series(1), series(4)});
  const auto outcome = w.admit(mixed.batch);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->floats, 3u);
  EXPECT_EQ(outcome->reason_text(), "tenant has 3 series, the limit is 3 (--limits.max-series); new series: m{n=\"4\"}");
  w.census.fold(mixed.batch, 0);
  EXPECT_EQ(w.admit(mixed.batch)->refused, 1u);
  EXPECT_EQ(w.admit(two.batch)->refused, 0u);
}

TEST(Ingester, AFullHeadAdmitsNothing) {
  World w({}, 100);
  const Batch b({series(1)});
  EXPECT_TRUE(w.admit(b.batch));
  w.budget.reserve_always(100);
  const auto refused = w.admit(b.batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_NE(refused.error().message.find("--memory.head"), std::string::npos);
}

struct Contents {
  std::uint64_t floats = 0, histograms = 0, metadata = 0, records = 0;
};

Contents contents(ingest_log::LocalLog& log) {
  Contents found;
  ingest_log::Position at = log.begin();
  while (true) {
    const auto batch = *log.read({0}, at, 1 << 20);
    if (batch.next == at) return found;
    at = batch.next;
    for (const auto& entry : batch.entries) {
      EXPECT_LE(entry.record.size(), kTargetRecordBytes);
      ingest_log::MetricsPayload payload;
      EXPECT_TRUE(payload.decode(ingest_log::decode_record(entry.record)->payload));
      found.floats += payload.floats().size();
      found.histograms += payload.histograms().size();
      found.metadata += payload.metadata().size();
      ++found.records;
    }
  }
}

model::WriteBatch::HistogramSample large_histogram(std::uint32_t buckets) {
  auto h = std::make_shared<model::Histogram>();
  h->positive_spans = {{0, buckets}};
  for (std::uint32_t i = 0; i < buckets; ++i) h->positive_buckets.push_back(1.0 / (i + 1));
  return {0, kStart.ms, std::move(h)};
}

TEST(Ingester, HalvingEndsAlsoWhenOneItemOfEachKindIsLeft) {
  World w;
  Batch b({series(1)});
  b.batch.histograms.push_back(large_histogram(111'000));
  b.batch.metadata.push_back({"m", model::MetricType::kHistogram, std::string(4000, 'h'), std::string(4000, 'u')});
  b.batch.exemplars.push_back({0, {{{"trace_id", std::string(8000, 'x')}}, 1, kStart}});
  const auto outcome = w.admit(b.batch);
  ASSERT_TRUE(outcome) << outcome.error().message;
  const Contents found = contents(*w.log);
  EXPECT_EQ(found.floats + found.histograms + found.metadata, 3u);
  EXPECT_GT(found.records, 1u);
  // What fits no record is refused, together with its request.
  b.batch.histograms[0] = large_histogram(120'000);
  EXPECT_EQ(w.admit(b.batch).error().code, Code::kTooLarge);
}

TEST(Ingester, SeriesWithoutSamplesTakeNoSpaceFromTheOthers) {
  World w({.max_label_value_bytes = 0});
  std::vector<model::Labels> sets;
  sys::Random random(1);
  for (int i = 0; i < 200; ++i) {
    std::string noise(10'000, ' ');
    for (char& c : noise) c = static_cast<char>(random.below(128));
    sets.push_back({{"__name__", "m"}, {"n", std::to_string(i)}, {"noise", noise}});
  }
  Batch b(std::move(sets));
  b.batch.floats = {{100, kStart.ms, 1}};
  const auto outcome = w.admit(b.batch);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(contents(*w.log).floats, 1u);
}

TEST(Ingester, ALargeRequestBecomesManyRecordsAndIsFoundWhole) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const auto node = *sim::MetricsNode::start(files, clock, {.segment_bytes = 8 << 20, .tail_bytes = 1 << 20});
  std::vector<model::Labels> sets;
  for (int i = 0; i < 3000; ++i) sets.push_back(series(i));
  Batch b(std::move(sets));
  b.batch.floats.clear();
  for (std::uint32_t i = 0; i < 3000; ++i) {
    for (int k = 0; k < 100; ++k) b.batch.floats.push_back({i, kStart.ms + k, static_cast<double>(i) + k});
  }
  b.batch.exemplars.push_back({7, {{{"trace_id", "abc"}}, 2, kStart}});
  b.batch.metadata.push_back({"m", model::MetricType::kGauge, "Help.", ""});
  ASSERT_TRUE(node->write("t", b.batch));
  for (const bool flush : {false, true}) {
    if (flush) {
      ASSERT_TRUE(node->store().run_once(true));
    }
    const auto all = *node->read_all("t");
    ASSERT_EQ(all.size(), 3000u);
    for (int i = 0; i < 3000; ++i) {
      const model::SampleColumns& c = all.at(series(i).to_string());
      ASSERT_EQ(c.size(), 100u);
      ASSERT_EQ(c.values[99], i + 99.0);
    }
    const model::SelectRequest request{{"t"}, {}, Timestamp::min(), Timestamp::max()};
    const auto exemplars = *node->store().exemplars(request, node->context());
    ASSERT_EQ(exemplars.size(), 1u);
    EXPECT_EQ(exemplars[0].series, series(7));
    EXPECT_EQ(node->store().metadata({"t"}, "m", node->context())->size(), 1u);
  }
}

// A sender of remote write 1.0 sends metadata by itself.
TEST(Ingester, MetadataThatComesAloneOutlivesTheHead) {
  sim::SimFileSystem files(1);
  sim::SimClock clock(kStart);
  const auto node = *sim::MetricsNode::start(files, clock);
  model::WriteBatch batch;
  batch.metadata.push_back({"m", model::MetricType::kGauge, "Help.", ""});
  ASSERT_TRUE(node->write("t", batch));
  ASSERT_TRUE(node->store().run_once(true));
  EXPECT_EQ(node->store().metadata({"t"}, "m", node->context())->size(), 1u);
}

TEST(Ingester, RulesComeBeforeLimitsAndRefusalsKeepTheirPlaces) {
  World w({.max_label_value_bytes = 5});
  Preparation preparation(w.registry);
  TenantRulesTable table;
  table.defaults.metric_relabel_configs = {
      {.source_labels = {"__name__"}, .regex = "gone", .action = model::RelabelAction::kDrop},
      {.regex = "long", .action = model::RelabelAction::kLabelDrop}};
  ASSERT_TRUE(preparation.configure(table));
  Ingester ingester(IngesterParts{.log = *w.log, .partitions = 1, .limits = w.table, .clock = w.clock, .head_budget = w.budget,
                                  .metrics = w.registry, .preparation = &preparation});
  const Batch b({{{"__name__", "gone"}}, {{"__name__", "m"}, {"long", "0123456789"}}, {{"__name__", "m"}, {"n", "0123456789"}}});
  RefusedSamples refused;
  const auto outcome = ingester.admit("t", b.batch, &refused);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->floats, 1U);
  EXPECT_EQ(outcome->floats_dropped, 1U);
  EXPECT_EQ(refused.floats, (std::vector<std::uint32_t>{2}));
}

TEST(Ingester, ABatchThatRulesDropWholeIsAcknowledgedWithoutARecord) {
  World w;
  Preparation preparation(w.registry);
  TenantRulesTable table;
  table.defaults.metric_relabel_configs = {{.source_labels = {"__name__"}, .regex = "m", .action = model::RelabelAction::kDrop}};
  ASSERT_TRUE(preparation.configure(table));
  Ingester ingester(IngesterParts{.log = *w.log, .partitions = 1, .limits = w.table, .clock = w.clock, .head_budget = w.budget,
                                  .metrics = w.registry, .preparation = &preparation});
  const auto before = w.log->end();
  const Batch b({series(1)});
  const auto outcome = ingester.admit("t", b.batch);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->floats_dropped, 1U);
  EXPECT_EQ(outcome->refused, 0U);
  EXPECT_EQ(w.log->end(), before);
}

}  // namespace
}  // namespace isobar::ingest
