// Downsampled reads against reads of every sample, through the engine; companions, and what becomes of them.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "blocks/companions.h"
#include "follower/metrics_store.h"
#include "promql/engine.h"
#include "sim/metrics_node.h"
#include "sys/random.h"

namespace isobar::follower {
namespace {

constexpr Timestamp kStart{1'700'006'400'000};  // midnight UTC
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;

// Asks for every sample.
class EverySample final : public model::SeriesReader {
 public:
  explicit EverySample(model::SeriesReader& reader) : reader_(reader) {}
  Result<std::unique_ptr<model::SeriesSet>> select(const model::SelectRequest& request, const model::ReadContext& context) override {
    model::SelectRequest every = request;
    every.grid = {};
    return reader_.select(every, context);
  }
  Result<std::vector<std::string>> label_names(const model::SelectRequest& request, const model::ReadContext& context) override {
    return reader_.label_names(request, context);
  }
  Result<std::vector<std::string>> label_values(const std::string& name, const model::SelectRequest& request, const model::ReadContext& context) override {
    return reader_.label_values(name, request, context);
  }
  Result<std::vector<model::SeriesExemplars>> exemplars(const model::SelectRequest& request, const model::ReadContext& context) override {
    return reader_.exemplars(request, context);
  }
  Result<std::vector<model::Metadata>> metadata(const std::vector<std::string>& tenants, const std::string& metric, const model::ReadContext& context) override {
    return reader_.metadata(tenants, metric, context);
  }

 private:
  model::SeriesReader& reader_;
};

struct World {
  explicit World(sim::MetricsNodeOptions options) : options_in(std::move(options)) { restart(); }
  void restart() {
    node.reset();
    auto started = sim::MetricsNode::start(files, clock, options_in);
    ASSERT_TRUE(started) << started.error().message;
    node = *std::move(started);
  }
  MetricsStore& store() { return node->store(); }
  // At the time of the newest one, if the clock is behind.
  void write(const model::Labels& labels, const model::SampleColumns& samples) {
    const Timestamp newest{samples.timestamps.back()};
    if (clock.now() < newest) clock.advance(newest - clock.now());
    for (std::size_t from = 0; from < samples.size();) {
      model::WriteBatch batch;
      batch.add_series(labels.encoded());
      for (std::size_t n = 0; n < 1000 && from < samples.size(); ++n, ++from) {
        const std::int64_t start = samples.start_timestamps.empty() ? 0 : samples.start_timestamps[from];
        if (samples.is_histogram(from)) batch.histograms.push_back({0, samples.timestamps[from], samples.histograms[from], start});
        else batch.floats.push_back({0, samples.timestamps[from], samples.values[from], start});
      }
      ASSERT_TRUE(node->write("t", batch));
    }
  }
  void write_minutes(const std::string& name, std::int64_t minutes, std::int64_t from = 0) {
    model::SampleColumns samples;
    for (std::int64_t i = 0; i < minutes * 4; ++i) samples.push_float(kStart.ms + from * kMinute + i * 15'000, static_cast<double>(i));
    write({{"__name__", name}}, samples);
  }
  // Blocks, merged, and their companions; how many of those were made.
  int settle() {
    EXPECT_TRUE(store().run_once(true));
    while (*store().compact_once()) {
    }
    int made = 0;
    while (*store().downsample_once()) ++made;
    return made;
  }
  std::vector<std::string> resolutions() {
    std::vector<std::string> out;
    for (const auto& entry : store().block_entries()) out.push_back(blocks::resolution_text(entry.resolution));
    std::sort(out.begin(), out.end());
    return out;
  }
  Result<promql::QueryResult> range(const std::string& query, std::int64_t start, std::int64_t end, std::int64_t step, bool every = false) {
    EverySample all(store());
    model::SeriesReader& reader = every ? static_cast<model::SeriesReader&>(all) : store();
    promql::EngineOptions options;
    options.features = promql::Features::all();
    model::Warnings warnings;
    const model::ReadContext context{budget, cancellation, warnings};
    return promql::Engine(options).range(reader, context, {"t"}, query, kStart + Duration{start}, kStart + Duration{end}, Duration{step});
  }
  std::uint64_t reads(const std::string& resolution) {
    return node->registry().counter("isobar_store_downsampled_reads_total", "", {{"resolution", resolution}}).value();
  }
  std::uint64_t reads() { return reads("5m") + reads("1h"); }

  sim::MetricsNodeOptions options_in;
  sim::SimFileSystem files{1};
  sim::SimClock clock{kStart};
  telemetry::MemoryBudget budget{"query", 0, "--memory.query"};
  Cancellation cancellation;
  std::unique_ptr<sim::MetricsNode> node;
};

sim::MetricsNodeOptions downsampling() {
  sim::MetricsNodeOptions options{.partitions = 1, .segment_bytes = 16 << 20, .tail_bytes = 8 << 20, .flush_bytes = 1 << 30};
  options.downsampling = true;
  return options;
}

std::string differences(const promql::QueryResult& a, const promql::QueryResult& b, double tolerance) {
  if (a.warnings != b.warnings) return "warnings";
  if (a.infos != b.infos) return "infos";
  if (a.series.size() != b.series.size()) return fmt::format("{} and {} series", a.series.size(), b.series.size());
  for (std::size_t s = 0; s < a.series.size(); ++s) {
    const auto& x = a.series[s];
    const auto& y = b.series[s];
    const std::string where = x.labels.to_string();
    if (x.labels != y.labels || x.timestamps != y.timestamps) return where + " has other steps";
    for (std::size_t i = 0; i < x.timestamps.size(); ++i) {
      const std::string at = fmt::format("{} at {}: {} and {}", where, x.timestamps[i] - kStart.ms, x.values[i], y.values[i]);
      const bool same = std::bit_cast<std::uint64_t>(x.values[i]) == std::bit_cast<std::uint64_t>(y.values[i]) ||
                        (std::isnan(x.values[i]) && std::isnan(y.values[i])) ||
                        std::abs(x.values[i] - y.values[i]) <= tolerance * std::abs(x.values[i]);
      if (!same) return at;
      const bool h = !x.histograms.empty() && x.histograms[i];
      if (h != (!y.histograms.empty() && y.histograms[i])) return at + ", a histogram";
      if (h && !model::identical(*x.histograms[i], *y.histograms[i])) return at + ", histograms differ";
    }
  }
  return {};
}

// --- series of every kind, at random ---

std::shared_ptr<model::Histogram> random_histogram(sys::Random& random, const model::Histogram* before, bool custom) {
  auto h = std::make_shared<model::Histogram>();
  if (before != nullptr) *h = *before;
  if (before == nullptr || random.chance(1, 80)) {
    *h = {};
    h->schema = custom ? model::kCustomBucketsSchema : static_cast<std::int8_t>(random.between(0, 2));
    h->is_integer = true;
    h->positive_spans = {{0, 3}};
    h->positive_buckets = {0, 0, 0};
    if (custom) h->custom_values = {1, 2, 4};
    if (random.chance(1, 10)) h->reset_hint = model::CounterResetHint::kReset;
  } else {
    h->reset_hint = random.chance(1, 2) ? model::CounterResetHint::kNotReset : model::CounterResetHint::kUnknown;
  }
  for (double& bucket : h->positive_buckets) {
    const auto more = static_cast<double>(random.below(3));
    bucket += more;
    h->count += more;
    h->sum += more * 0.5;
  }
  return h;
}

constexpr const char* kKinds[] = {"counter_total", "fraction_total", "gauge", "integers", "steps", "nans", "started_total", "delta_total", "h", "custom", "both"};

model::SampleColumns random_samples(sys::Random& random, std::size_t kind, std::int64_t hours) {
  model::SampleColumns out;
  double value = 0;
  std::int64_t start = kStart.ms - 1000;
  std::int64_t last = 0;
  std::shared_ptr<model::Histogram> histogram;
  const std::int64_t interval = random.chance(1, 3) ? 60'000 : 15'000;
  const bool aligned = random.chance(1, 2);
  for (std::int64_t t = kStart.ms + (aligned ? 0 : random.between(1, 14'999)); t < kStart.ms + hours * kHour;) {
    const bool stale = random.chance(1, 400);
    const bool reset = random.chance(1, 300);
    switch (kind) {
      case 0: value = reset ? static_cast<double>(random.below(3)) : value + static_cast<double>(random.below(10)); break;
      case 1: value = reset ? 0 : value + static_cast<double>(random.below(1000)) / 1000; break;
      case 2: value = 50 + static_cast<double>(random.below(100'000)) / 1000; break;
      case 3: value = static_cast<double>(random.between(-50, 50)); break;
      case 4: value = reset ? static_cast<double>(random.below(100)) : value; break;
      case 5: value = random.chance(1, 40) ? std::numeric_limits<double>::quiet_NaN() : std::isnan(value) ? 3 : value + 1; break;
      default: value = reset ? 1 : value + 1; break;
    }
    if (reset) start = t - 1;
    if (stale && kind != 7) out.push_float(t, model::stale_nan());
    else if (kind == 6) out.push_float(t, value, start);
    else if (kind == 7 && last != 0) out.push_float(t, value, last);
    else if (kind == 8 || kind == 9 || (kind == 10 && random.chance(1, 50))) out.push_histogram(t, histogram = random_histogram(random, histogram.get(), kind == 9));
    else out.push_float(t, value);
    last = t;
    t += random.chance(1, 200) ? random.between(1, 90) * kMinute : aligned || random.chance(9, 10) ? interval : interval + random.between(-3000, 3000);
  }
  return out;
}

struct Exact {
  const char* query;  // $ is the series
  bool sums = false;
  bool ranged = true;
};
constexpr Exact kExact[] = {
    {"count_over_time($)"}, {"sum_over_time($)", true}, {"avg_over_time($)", true}, {"min_over_time($)"}, {"max_over_time($)"},
    {"first_over_time($)"}, {"last_over_time($)"}, {"present_over_time($)"}, {"absent_over_time($)"}, {"ts_of_first_over_time($)"},
    {"ts_of_last_over_time($)"}, {"rate($)"}, {"increase($)"}, {"delta($)"}, {"resets($)"}, {"histogram_count(rate($))"},
    {"histogram_quantile(0.9, rate($))"}, {"$", false, false}, {"timestamp($)", false, false}, {"absent($)", false, false},
    {"max_over_time($[2h:1h])", false, false}, {"histogram_count($)", false, false}};

std::string selector_text(const Exact& exact, const std::string& name, const std::string& suffix, std::int64_t range) {
  std::string text = exact.query;
  std::string selector = "{__name__=\"" + name + "\"}";
  if (exact.ranged) selector += fmt::format("[{}ms]", range);
  const std::size_t at = text.find('$');
  const bool subquery = text.find('[') != std::string::npos;
  text.replace(at, 1, selector + (subquery ? "" : suffix));
  return text;
}

struct Asked {
  std::string query;
  std::int64_t start;
  std::int64_t step;
  double tolerance;
  promql::QueryResult answer;
};

// Once more, when hours are all that is left. Queries that are not exact then say so.
void ask_hours(World& world, const std::vector<Asked>& asked) {
  world.options_in.retention = Duration::hours(1);
  world.options_in.retention_by_resolution = {{Duration::hours(1), Duration{}}};
  world.restart();
  ASSERT_TRUE(world.store().drop_expired());
  ASSERT_EQ(world.resolutions(), (std::vector<std::string>{"1h", "1h"}));
  std::size_t exact = 0;
  for (const Asked& one : asked) {
    const auto again = world.range(one.query, one.start, 42 * kHour, one.step);
    ASSERT_TRUE(again) << one.query;
    const bool lossy = std::any_of(again->warnings.begin(), again->warnings.end(), [](const std::string& w) { return w.starts_with("evaluated on"); });
    if (lossy) continue;
    ++exact;
    ASSERT_EQ(differences(one.answer, *again, one.tolerance), "") << one.query << " from " << one.start << " step " << one.step;
  }
  EXPECT_GT(exact * 2, asked.size());
}

TEST(Downsampling, aligned_queries_give_what_all_samples_give) {
  sys::Random random(42);
  for (int round = 0; round < 6; ++round) {
    World world(downsampling());
    for (std::size_t kind = 0; kind < std::size(kKinds); ++kind) {
      for (int n = 0; n < 2; ++n) world.write({{"__name__", kKinds[kind]}, {"n", std::to_string(n)}}, random_samples(random, kind, 40));
    }
    world.clock.advance(Duration::hours(60));
    ASSERT_EQ(world.settle(), 4);
    if (round % 2 == 1) {
      // Late samples in between, which make every sample of those series count; and a restart.
      world.write({{"__name__", "counter_total"}, {"n", "0"}}, random_samples(random, 0, 3));
      world.restart();
    }
    std::uint64_t used = 0;
    std::vector<Asked> asked;
    for (int i = 0; i < 150; ++i) {
      const Exact& exact = kExact[random.below(std::size(kExact))];
      const std::int64_t r = random.chance(1, 2) ? 5 * kMinute : kHour;
      const std::int64_t range = random.between(1, 6) * r;
      const std::int64_t offset = random.chance(1, 4) ? random.between(-2, 3) * r : 0;
      std::string suffix = offset == 0 ? "" : fmt::format(" offset {}ms", offset);
      if (random.chance(1, 8)) suffix += fmt::format(" @ {}", (kStart.ms + 7 * r) / 1000);
      const std::string query = selector_text(exact, kKinds[random.below(std::size(kKinds))], suffix, range);
      const std::int64_t start = random.between(0, 4) * r;
      const std::int64_t step = random.between(1, 3) * r;
      const std::uint64_t before = world.reads();
      const auto fast = world.range(query, start, 42 * kHour, step);
      if (world.reads() > before) ++used;
      const std::uint64_t after = world.reads();
      const auto all = world.range(query, start, 42 * kHour, step, true);
      EXPECT_EQ(world.reads(), after);
      ASSERT_TRUE(fast && all) << query;
      const std::string different = differences(*all, *fast, exact.sums ? 1e-12 : 0);
      ASSERT_EQ(different, "") << query << " from " << start << " step " << step << " round " << round;
      if (r == kHour) asked.push_back({query, start, step, exact.sums ? 1e-12 : 0, *all});
    }
    EXPECT_GT(used, 90U);
    if (round % 2 == 0) ask_hours(world, asked);
  }
}

TEST(Downsampling, other_queries_read_every_sample) {
  World world(downsampling());
  world.write_minutes("x_total", 30 * 60);
  world.clock.advance(Duration::hours(60));
  ASSERT_EQ(world.settle(), 4);
  for (const char* query : {"stddev_over_time(x_total[1h])", "changes(x_total[1h])", "deriv(x_total[1h])", "quantile_over_time(0.5, x_total[1h])",
                            "irate(x_total[1h])", "rate(x_total[7m])", "rate(x_total[1h] offset 3m)", "rate(x_total[1h] @ 1700010123)",
                            "rate(x_total[1h] anchored)", "x_total smoothed", "ts_of_min_over_time(x_total[1h])"}) {
    ASSERT_TRUE(world.range(query, 0, 10 * kHour, kHour)) << query;
    EXPECT_EQ(world.reads(), 0U) << query;
  }
  ASSERT_TRUE(world.range("rate(x_total[1h])", 1000, 10 * kHour, kHour));
  ASSERT_TRUE(world.range("rate(x_total[1h])", 0, 10 * kHour, kMinute));
  EXPECT_EQ(world.reads(), 0U);
  // The coarsest that fits.
  ASSERT_TRUE(world.range("rate(x_total[1h])", 0, 10 * kHour, kHour));
  EXPECT_EQ(world.reads("1h"), 1U);
  ASSERT_TRUE(world.range("rate(x_total[1h])", 0, 10 * kHour, 10 * kMinute));
  EXPECT_EQ(world.reads("5m"), 1U);
}

TEST(Downsampling, companions_are_made_of_days_that_are_over_and_go_with_a_rewrite) {
  World world(downsampling());
  world.write_minutes("x", 26 * 60);
  world.write_minutes("y", 60);
  EXPECT_EQ(world.settle(), 0);  // three hours after the day's end
  world.clock.advance(Duration::hours(2));
  EXPECT_EQ(world.settle(), 2);
  EXPECT_EQ(world.resolutions(), (std::vector<std::string>{"", "", "1h", "5m"}));
  EXPECT_EQ(world.store().stats().downsampled_blocks, 2U);
  world.restart();
  EXPECT_EQ(world.resolutions(), (std::vector<std::string>{"", "", "1h", "5m"}));
  EXPECT_EQ(world.settle(), 0);
  // Late samples: a merge of the day.
  world.write_minutes("z", 10);
  ASSERT_TRUE(world.store().run_once(true));
  ASSERT_TRUE(*world.store().compact_once());
  EXPECT_EQ(world.resolutions(), (std::vector<std::string>{"", ""}));
  EXPECT_EQ(world.settle(), 2);
  // A delete: until it is applied, what it touches is read raw, and no companion is made.
  const std::uint64_t before = world.reads();
  ASSERT_TRUE(world.store().delete_series({"t", {{model::Matcher::equal("__name__", "x")}}, kStart, kStart + Duration::hours(2)}));
  auto counted = world.range("count_over_time(x[1h])", 0, 4 * kHour, kHour);
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->series.at(0).values, (std::vector<double>{240, 240}));
  EXPECT_EQ(world.reads(), before);
  ASSERT_TRUE(world.store().clean_tombstones());
  EXPECT_EQ(world.resolutions(), (std::vector<std::string>{"", ""}));
  EXPECT_EQ(world.settle(), 2);
  counted = world.range("count_over_time(x[1h])", 0, 4 * kHour, kHour);
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->series.at(0).values, (std::vector<double>{240, 240}));
  EXPECT_GT(world.reads(), before);
  // One that touches nothing is noted for the companions too.
  ASSERT_TRUE(world.store().delete_series({"t", {{model::Matcher::equal("__name__", "nothing")}}, Timestamp::min(), Timestamp::max()}));
  ASSERT_TRUE(world.store().clean_tombstones());
  EXPECT_EQ(world.store().stats().tombstones, 0U);
  EXPECT_EQ(world.resolutions().size(), 4U);
}

TEST(Downsampling, a_damaged_companion_is_made_again_and_hides_nothing) {
  World world(downsampling());
  world.write_minutes("x_total", 20 * 60);
  world.clock.advance(Duration::hours(30));
  ASSERT_EQ(world.settle(), 2);
  const auto all = world.range("rate(x_total[1h])", kHour, 20 * kHour, kHour);
  const auto damage = [&](std::uint64_t at) {
    for (const auto& entry : world.store().block_entries()) {
      if (entry.resolution == Duration::hours(1)) world.files.damage("/data/objects/" + entry.key, at);
    }
    world.restart();
  };
  damage(20);  // a chunk
  const auto again = world.range("rate(x_total[1h])", kHour, 20 * kHour, kHour);
  ASSERT_TRUE(all && again);
  EXPECT_EQ(differences(*all, *again, 0), "");
  for (const auto& entry : world.store().block_entries()) {
    if (entry.resolution == Duration::hours(1)) damage(entry.size_bytes - 5);  // the footer
  }
  EXPECT_EQ(world.store().degraded().size(), 1U);
  EXPECT_EQ(world.settle(), 1);
  EXPECT_TRUE(world.store().degraded().empty());
  EXPECT_EQ(world.resolutions(), (std::vector<std::string>{"", "1h", "5m"}));
  const std::uint64_t before = world.reads("1h");
  const auto healed = world.range("rate(x_total[1h])", kHour, 20 * kHour, kHour);
  ASSERT_TRUE(healed);
  EXPECT_EQ(differences(*all, *healed, 0), "");
  EXPECT_EQ(world.reads("1h"), before + 1);
}

TEST(Downsampling, a_resolution_outlives_the_samples_by_its_own_retention) {
  sim::MetricsNodeOptions options = downsampling();
  options.retention = Duration::hours(48);
  options.retention_by_resolution = {{Duration::hours(1), Duration::hours(24 * 30)}};
  World world(options);
  world.write_minutes("x_total", 20 * 60);
  world.clock.advance(Duration::hours(80));
  // Nothing is removed before it is downsampled.
  ASSERT_TRUE(world.store().run_once(true));
  ASSERT_TRUE(world.store().drop_expired());
  EXPECT_EQ(world.resolutions(), (std::vector<std::string>{""}));
  const auto all = world.range("rate(x_total[1h])", kHour, 20 * kHour, kHour);
  EXPECT_EQ(world.settle(), 1);  // five minutes are past their time already
  ASSERT_TRUE(world.store().drop_expired());
  EXPECT_EQ(world.resolutions(), (std::vector<std::string>{"1h"}));
  EXPECT_EQ(world.settle(), 0);
  world.restart();
  const auto coarse = world.range("rate(x_total[1h])", kHour, 20 * kHour, kHour);
  ASSERT_TRUE(all && coarse);
  EXPECT_EQ(differences(*all, *coarse, 0), "");  // exact, so there is no warning
  const auto odd = world.range("rate(x_total[2h])", kHour + 7, 20 * kHour, kHour);
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->warnings, (std::vector<std::string>{"evaluated on data downsampled to 1h between 2023-11-15T00:00:00Z and 2023-11-15T19:00:00Z, "
                                                     "where the retention has removed the other samples"}));
  EXPECT_GT(odd->series.at(0).values.size(), 15U);
  // A plain selector has no gaps, and ends after the last sample.
  const auto plain = world.range("x_total", 0, 24 * kHour, 7 * kMinute);
  ASSERT_TRUE(plain);
  const auto& times = plain->series.at(0).timestamps;
  EXPECT_EQ(times.size(), static_cast<std::size_t>((20 * 60 + 4) / 7 + 1));
  // Deletes apply to it.
  ASSERT_TRUE(world.store().delete_series({"t", {{model::Matcher::equal("__name__", "x_total")}}, kStart, kStart + Duration::hours(10)}));
  ASSERT_TRUE(world.store().clean_tombstones());
  EXPECT_EQ(world.resolutions(), (std::vector<std::string>{"1h"}));
  const auto rest = world.range("count_over_time(x_total[1h])", kHour, 20 * kHour, kHour);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->series.at(0).timestamps.front(), kStart.ms + 11 * kHour);
  EXPECT_EQ(rest->series.at(0).values.front(), 240);
  // Late samples are merged into it.
  world.write_minutes("late", 10);
  ASSERT_TRUE(world.store().run_once(true));
  ASSERT_TRUE(*world.store().compact_once());
  EXPECT_EQ(world.resolutions(), (std::vector<std::string>{"1h"}));
  world.clock.advance(Duration::hours(24 * 31));
  ASSERT_TRUE(world.store().drop_expired());
  EXPECT_TRUE(world.store().block_entries().empty());
}

TEST(Downsampling, a_limit_of_size_counts_companions_and_takes_them_along) {
  sim::MetricsNodeOptions options = downsampling();
  World sizes(options);
  sizes.write_minutes("x", 40 * 60);
  sizes.clock.advance(Duration::hours(80));
  sizes.settle();
  std::uint64_t total = 0;
  for (const auto& entry : sizes.store().block_entries()) total += entry.size_bytes;
  options.retention_bytes = total - 1;
  World world(options);
  world.write_minutes("x", 40 * 60);
  world.clock.advance(Duration::hours(80));
  ASSERT_EQ(world.settle(), 4);
  ASSERT_TRUE(world.store().drop_expired());
  EXPECT_EQ(world.resolutions(), (std::vector<std::string>{"", "1h", "5m"}));  // of the second day
  EXPECT_EQ(world.store().block_entries()[0].min_time, kStart + Duration::hours(24));
}

TEST(Downsampling, a_dead_series_ends_also_without_its_samples) {
  sim::MetricsNodeOptions options = downsampling();
  options.retention = Duration::hours(48);
  options.retention_by_resolution = {{Duration::hours(1), Duration{}}};
  World world(options);
  model::SampleColumns samples;
  for (std::int64_t i = 0; i < 4 * 60 * 3; ++i) samples.push_float(kStart.ms + i * 15'000, 1);
  samples.push_float(kStart.ms + 3 * kHour, model::stale_nan());
  world.write({{"__name__", "x"}}, samples);
  world.clock.advance(Duration::hours(80));
  world.settle();
  ASSERT_TRUE(world.store().drop_expired());
  ASSERT_EQ(world.resolutions(), (std::vector<std::string>{"1h"}));
  const auto plain = world.range("x", 0, 6 * kHour, kMinute);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->series.at(0).timestamps.back(), kStart.ms + 3 * kHour - kMinute);
  EXPECT_EQ(plain->series.at(0).timestamps.size(), 180U);
  const auto late = world.range("x", kHour + 30 * kMinute, kHour + 31 * kMinute, kMinute);  // between two that are kept
  ASSERT_TRUE(late);
  EXPECT_EQ(late->series.at(0).values.size(), 2U);
}

}  // namespace
}  // namespace isobar::follower
