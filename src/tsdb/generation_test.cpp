// A generation, and the blocks made of it, against a naive model: a map by tenant, series and time; the first wins.
#include "tsdb/generation.h"

#include <bit>

#include "sys/random.h"
#include "tsdb/block_merge.h"
#include "tsdb/block_reader.h"
#include "tsdb/generation_blocks.h"

namespace isobar::tsdb {
namespace {

// An object in memory.
class StringObject final : public object_store::ObjectWriter {
 public:
  explicit StringObject(std::string& out) : out_(out) {}
  Result<void> append(std::string_view bytes) override {
    bytes_.append(bytes);
    return {};
  }
  Result<void> commit() override {
    out_ = bytes_;
    return {};
  }

 private:
  std::string& out_;
  std::string bytes_;
};

struct Sample {
  double value = 0;
  std::shared_ptr<const model::Histogram> histogram;
  std::int64_t start = 0;
};
using Samples = std::map<std::int64_t, Sample>;
using World = std::map<std::string, std::map<model::Labels, Samples>>;

constexpr std::int64_t kDay = 86'400'000;

class Bytes final : public sys::MappedFile {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

model::Labels random_labels(sys::Random& random) {
  model::LabelsBuilder builder;
  builder.set("__name__", random.chance(1, 2) ? "m" : "n");
  for (const char* name : {"a", "b", "c"}) {
    if (random.chance(2, 3)) builder.set(name, std::string(1 + random.below(2), static_cast<char>('x' + random.below(3))));
  }
  return builder.build();
}

// Applies random records to the generation and the model.
void fill(sys::Random& random, Generation& generation, World& world, int records) {
  ingest_log::MetricsPayloadEncoder encoder;
  for (int r = 0; r < records; ++r) {
    const std::string tenant = random.chance(1, 2) ? "t1" : "t2";
    std::vector<model::Labels> labels;
    for (std::uint64_t i = 0; i <= random.below(5); ++i) labels.push_back(random_labels(random));
    model::WriteBatch batch;
    ingest_log::MetricsPayloadEncoder::Selection all;
    for (const model::Labels& l : labels) all.series.push_back(batch.add_series(l.encoded()));
    const auto time = [&] { return random.chance(1, 3) ? random.between(-2 * kDay, 2 * kDay) : random.between(-20, 200) * 1000; };
    for (std::uint64_t i = 0; i < random.below(30); ++i) {
      const auto series = static_cast<std::uint32_t>(random.below(labels.size()));
      all.floats.push_back(static_cast<std::uint32_t>(batch.floats.size()));
      batch.floats.push_back({series, time(), static_cast<double>(random.below(5)), random.chance(1, 9) ? 77 : 0});
    }
    for (std::uint64_t i = 0; i < random.below(4); ++i) {
      auto h = std::make_shared<model::Histogram>();
      h->count = h->zero_count = static_cast<double>(random.below(3));
      all.histograms.push_back(static_cast<std::uint32_t>(batch.histograms.size()));
      batch.histograms.push_back({static_cast<std::uint32_t>(random.below(labels.size())), time(), std::move(h)});
    }
    // A record holds its floats before its histograms; so does the order of identity.
    for (const auto& f : batch.floats) world[tenant][labels[f.series]].try_emplace(f.timestamp, Sample{f.value, nullptr, f.start_timestamp});
    for (const auto& h : batch.histograms) {
      world[tenant][labels[h.series]].try_emplace(h.timestamp, Sample{h.histogram->sum, h.histogram, 0});
    }
    std::string payload;
    encoder.encode(batch, all, payload);
    ingest_log::Record record;
    record.header.tenant = tenant;
    record.payload = payload;
    for (std::uint64_t again = 0; again <= random.below(2); ++again) ASSERT_TRUE(generation.apply(record));
  }
}

void expect_samples(const Samples& expected, const model::SampleColumns& found, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  std::size_t i = 0;
  for (const auto& [t, sample] : expected) {
    ASSERT_EQ(found.timestamps[i], t) << what;
    ASSERT_EQ(found.is_histogram(i), sample.histogram != nullptr) << what << " at " << t;
    if (sample.histogram) {
      ASSERT_TRUE(model::identical(*found.histograms[i], *sample.histogram)) << what;
    } else {
      ASSERT_EQ(found.values[i], sample.value) << what << " at " << t;
    }
    ASSERT_EQ(found.start_timestamps.empty() ? 0 : found.start_timestamps[i], sample.start) << what;
    ++i;
  }
}

std::vector<std::vector<model::Matcher>> matcher_sets() {
  using enum model::MatchType;
  std::vector<model::Matcher> single;
  for (const auto type : {kEqual, kNotEqual}) {
    for (const char* value : {"", "x", "yy", "absent"}) {
      for (const char* name : {"a", "b", "nowhere"}) single.push_back(*model::Matcher::create(type, name, value));
    }
  }
  for (const auto type : {kRegex, kNotRegex}) {
    for (const char* value : {"", "x|y", ".*", ".+", "x+", "|z"}) {
      for (const char* name : {"a", "__name__", "nowhere"}) single.push_back(*model::Matcher::create(type, name, value));
    }
  }
  std::vector<std::vector<model::Matcher>> sets{{}};
  for (const auto& m : single) sets.push_back({m});
  for (std::size_t i = 0; i < single.size(); ++i) sets.push_back({single[i], single[(i * 7 + 3) % single.size()]});
  return sets;
}

bool matches(std::span<const model::Matcher> matchers, const model::Labels& labels) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const model::Matcher& m) { return m.matches(labels); });
}

void expect_world(const World& world, const std::vector<std::vector<model::Matcher>>& sets, const auto& select) {
  for (const auto& [tenant, series] : world) {
    for (const auto& matchers : sets) {
      std::map<model::Labels, model::SampleColumns> found;
      select(tenant, matchers, found);
      std::size_t expected = 0;
      for (const auto& [labels, samples] : series) {
        if (samples.empty() || !matches(matchers, labels)) continue;
        ++expected;
        ASSERT_TRUE(found.contains(labels)) << labels.to_string();
        expect_samples(samples, found[labels], labels.to_string());
      }
      ASSERT_EQ(found.size(), expected) << (matchers.empty() ? "" : matchers[0].to_string());
    }
  }
}

TEST(Generation, AgreesWithTheModelInHeadFrozenAndBlocks) {
  const auto sets = matcher_sets();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    sys::Random random(seed);
    telemetry::MemoryBudget budget("head", 0, "");
    World world;
    auto generation = std::make_shared<Generation>(ingest_log::Position{0}, &budget);
    fill(random, *generation, world, 60);
    const auto collect = [](std::vector<SelectedSeries>& selected, std::map<model::Labels, model::SampleColumns>& found) {
      for (const SelectedSeries& s : selected) {
        ASSERT_TRUE(s.run->read(Timestamp::min(), Timestamp::max(), found[s.labels]));
      }
    };
    const auto from_head = [&](const std::string& tenant, const auto& matchers, auto& found) {
      std::vector<SelectedSeries> selected;
      generation->select(tenant, matchers, Timestamp::min(), Timestamp::max(), selected);
      collect(selected, found);
    };
    expect_world(world, sets, from_head);
    generation->freeze({100});
    expect_world(world, {{}}, from_head);
    MergeCounts counts;
    std::vector<std::shared_ptr<const BlockReader>> blocks;
    Timestamp last = Timestamp::min();
    std::map<std::int64_t, std::string> objects;
    const auto written = GenerationBlocks(*generation).write([&](std::int64_t bucket) { return std::make_unique<StringObject>(objects[bucket]); }, counts);
    ASSERT_TRUE(written.has_value());
    for (const FinishedBlock& block : *written) {
      EXPECT_TRUE(blocks.empty() || last < block.summary.min_time);
      EXPECT_LT(block.summary.max_time.ms - block.summary.min_time.ms, kDay);
      EXPECT_EQ(bucket_of(block.summary.min_time.ms), block.bucket);
      EXPECT_EQ(objects[block.bucket].size(), block.size_bytes);
      last = block.summary.max_time;
      blocks.push_back(*BlockReader::open("b", std::make_shared<Bytes>(objects[block.bucket])));
    }
    EXPECT_GT(blocks.size(), 2u);
    const auto from_blocks = [&](const std::string& tenant, const auto& matchers, auto& found) {
      for (const auto& block : blocks) {
        std::vector<SelectedSeries> selected;
        ASSERT_TRUE(block->select(tenant, matchers, Timestamp::min(), Timestamp::max(), selected));
        collect(selected, found);
      }
    };
    expect_world(world, sets, from_blocks);
    std::string merged;
    BlockWriter writer([&merged](std::string_view piece) {
      merged.append(piece);
      return Result<void>{};
    });
    MergeCounts none;
    ASSERT_TRUE(merge_blocks(blocks, writer, none).has_value());
    ASSERT_TRUE(writer.finish().has_value());
    EXPECT_EQ(none.duplicates + none.conflicts, 0U);
    blocks = {*BlockReader::open("merged", std::make_shared<Bytes>(std::move(merged)))};
    expect_world(world, sets, from_blocks);
    EXPECT_EQ(budget.used_bytes(), generation->stats().bytes);
    std::uint64_t kept = 0;
    for (const auto& [tenant, series] : world) {
      for (const auto& [labels, samples] : series) kept += samples.size();
    }
    const GenerationStats stats = generation->stats();
    EXPECT_EQ(stats.samples, kept + stats.duplicates + stats.conflicts + counts.duplicates + counts.conflicts);
    generation.reset();
    EXPECT_EQ(budget.used_bytes(), 0u);
  }
}

TEST(Generation, ASeriesWithExemplarsOnlyHasNoSamplesToSelect) {
  auto generation = std::make_shared<Generation>(ingest_log::Position{0}, nullptr);
  const model::Labels labels{{"__name__", "m"}};
  model::WriteBatch batch;
  batch.add_series(labels.encoded());
  batch.exemplars.push_back({0, {{{"trace_id", "abc"}}, 1, {5}}});
  std::string payload;
  ingest_log::MetricsPayloadEncoder().encode(batch, {{0}, {}, {}, {0}, {}}, payload);
  ingest_log::Record record;
  record.header.tenant = "t";
  record.payload = payload;
  ASSERT_TRUE(generation->apply(record));
  std::vector<SelectedSeries> selected;
  generation->select("t", {}, Timestamp::min(), Timestamp::max(), selected);
  EXPECT_TRUE(selected.empty());
  std::vector<model::SeriesExemplars> exemplars;
  generation->exemplars("t", {}, Timestamp::min(), Timestamp::max(), exemplars);
  EXPECT_EQ(exemplars.size(), 1u);
}

}  // namespace
}  // namespace isobar::tsdb
