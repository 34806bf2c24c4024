// Chunks, columns and blocks: what goes in comes out, bit for bit, and damage is an error.
#include <bit>
#include <limits>

#include "sys/random.h"
#include "tsdb/block_format.h"
#include "tsdb/block_merge.h"
#include "tsdb/block_reader.h"
#include "tsdb/block_writer.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/sample_run.h"

namespace isobar::tsdb {
namespace {

constexpr double kHard[] = {0.0,
                            -0.0,
                            1.0,
                            std::numeric_limits<double>::denorm_min(),
                            -std::numeric_limits<double>::denorm_min(),
                            std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::max()};

double hard_value(sys::Random& random) {
  switch (random.below(5)) {
    case 0: return std::bit_cast<double>(0x7ff0000000000000ULL | (random.next() & 0x800fffffffffffffULL) | 1);  // a NaN
    case 1: return model::stale_nan();
    case 2: return std::bit_cast<double>(random.next());
    case 3: return static_cast<double>(random.between(0, 9));
    default: return kHard[random.below(std::size(kHard))];
  }
}

std::shared_ptr<const model::Histogram> histogram(sys::Random& random) {
  auto h = std::make_shared<model::Histogram>();
  h->is_integer = random.chance(1, 2);
  h->schema = static_cast<std::int8_t>(random.between(-4, 8));
  h->sum = hard_value(random);
  h->positive_spans = {{-2, 2}};
  h->positive_buckets = {static_cast<double>(random.below(9)), static_cast<double>(random.below(9))};
  h->count = h->positive_buckets[0] + h->positive_buckets[1];
  return h;
}

void expect_same(const model::SampleColumns& a, const model::SampleColumns& b) {
  ASSERT_EQ(a.timestamps, b.timestamps);
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint64_t>(a.values[i]), std::bit_cast<std::uint64_t>(b.values[i])) << i;
    ASSERT_EQ(a.is_histogram(i), b.is_histogram(i)) << i;
    if (a.is_histogram(i)) {
      ASSERT_TRUE(model::identical(*a.histograms[i], *b.histograms[i]));
    }
    const auto start = [i](const model::SampleColumns& c) { return c.start_timestamps.empty() ? 0 : c.start_timestamps[i]; };
    ASSERT_EQ(start(a), start(b)) << i;
  }
}

// Ascending samples; `mixed`: histograms among the floats.
model::SampleColumns samples(sys::Random& random, std::size_t n, bool mixed) {
  model::SampleColumns columns;
  std::int64_t t = random.chance(1, 4) ? INT64_MIN : random.between(-100'000, 100'000);
  const std::size_t starts_from = random.below(2 * n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::int64_t start = i >= starts_from ? (random.chance(1, 9) || t < 0 ? INT64_MAX : t - 5) : 0;
    if (mixed && random.chance(1, 3)) columns.push_histogram(t, histogram(random), start);
    else columns.push_float(t, hard_value(random), start);
    const std::int64_t step = random.chance(1, 2) ? 15'000 : static_cast<std::int64_t>(1 + random.below(1ULL << random.below(50)));
    if (i + 2 == n && random.chance(1, 4)) t = INT64_MAX;
    else if (i + 1 < n) t += step;
  }
  return columns;
}

TEST(Chunk, FloatsOfAnyKindRoundTrip) {
  sys::Random random(1);
  for (int round = 0; round < 500; ++round) {
    const model::SampleColumns in = samples(random, 1 + random.below(FloatChunkBuilder::kMaxSamples), false);
    const Chunk chunk = encode_float_chunk(in, 0, in.size());
    EXPECT_EQ(chunk.count, in.size());
    EXPECT_EQ(chunk.min_time, in.timestamps.front());
    EXPECT_EQ(chunk.max_time, in.timestamps.back());
    model::SampleColumns out;
    ASSERT_TRUE(decode_chunk({chunk.encoding, chunk.count, chunk.bytes}, out));
    expect_same(in, out);
  }
}

TEST(Chunk, ASnapshotIsAPrefixOfTheWhole) {
  sys::Random random(2);
  const model::SampleColumns in = samples(random, 120, false);
  RecyclingArena arena;
  FloatChunkBuilder builder;
  for (std::size_t i = 0; i < in.size(); ++i) {
    builder.append(arena, in.timestamps[i], in.values[i], in.start_timestamps.empty() ? 0 : in.start_timestamps[i]);
    const Chunk chunk = builder.snapshot();
    model::SampleColumns out, expected;
    ASSERT_TRUE(decode_chunk({chunk.encoding, chunk.count, chunk.bytes}, out));
    append_range(in, Timestamp::min(), {in.timestamps[i]}, expected);
    expect_same(expected, out);
  }
}

TEST(Chunk, DamageIsAnErrorOrOtherSamplesNeverACrash) {
  sys::Random random(3);
  for (int round = 0; round < 3000; ++round) {
    const model::SampleColumns in = samples(random, 1 + random.below(40), false);
    const bool histograms = random.chance(1, 2);
    model::SampleColumns only;
    for (std::size_t i = 0; i < in.size(); ++i) only.push_histogram(in.timestamps[i], histogram(random));
    Chunk chunk = histograms ? encode_histogram_chunk(only, 0, only.size()) : encode_float_chunk(in, 0, in.size());
    for (std::uint64_t k = 0; k <= random.below(3); ++k) {
      chunk.bytes[random.below(chunk.bytes.size())] = static_cast<char>(random.below(256));
    }
    if (random.chance(1, 3)) chunk.bytes.resize(random.below(chunk.bytes.size()));
    if (random.chance(1, 3)) chunk.count = static_cast<std::uint32_t>(random.next());
    model::SampleColumns out;
    (void)decode_chunk({chunk.encoding, chunk.count, chunk.bytes}, out);
    EXPECT_LE(out.size(), 8 * chunk.bytes.size() + 1);
  }
}

TEST(MergeColumns, IsTheUnionInWhichTheFirstWins) {
  sys::Random random(4);
  for (int round = 0; round < 500; ++round) {
    model::SampleColumns parts[2];
    std::map<std::int64_t, std::pair<int, std::size_t>> expected;
    for (int p = 0; p < 2; ++p) {
      std::int64_t t = random.between(0, 30);
      for (std::uint64_t i = 0; i < random.below(20); ++i, t += random.between(1, 3)) {
        if (random.chance(1, 4)) parts[p].push_histogram(t, histogram(random), random.between(0, 1));
        else parts[p].push_float(t, static_cast<double>(random.below(2)), random.between(0, 1));
        expected.try_emplace(t, p, parts[p].size() - 1);
      }
    }
    model::SampleColumns out, want;
    MergeCounts counts;
    merge_columns(parts[0], parts[1], out, &counts);
    for (const auto& [t, source] : expected) {
      const model::SampleColumns& from = parts[source.first];
      append_range(from, {t}, {t}, want);
    }
    expect_same(want, out);
    EXPECT_EQ(counts.duplicates + counts.conflicts, parts[0].size() + parts[1].size() - expected.size());
  }
}

class Bytes final : public sys::MappedFile {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

using Content = std::map<std::string, std::map<std::string, model::SampleColumns>>;

std::string example_block(Content* content) {
  sys::Random random(5);
  std::string block;
  BlockWriter writer([&block](std::string_view piece) {
    block.append(piece);
    return Result<void>{};
  });
  for (const char* tenant : {"a", "b"}) {
    for (int i = 0; i < 20; ++i) {
      const model::Labels labels{{"__name__", "m"}, {"i", std::string(1, static_cast<char>('a' + i))}, {tenant, "x"}};
      const model::SampleColumns columns = samples(random, 1 + random.below(1000), i % 3 == 0);
      writer.add_series(tenant, labels, columns);
      if (content != nullptr) (*content)[tenant][labels.to_string()] = columns;
    }
    writer.add_exemplars(tenant, {{{"__name__", "m"}}, {{{{"trace_id", "t"}}, 1.5, {7}}}});
    writer.add_metadata(tenant, {"m", model::MetricType::kGauge, "help", "unit"});
  }
  const auto size = writer.finish();
  EXPECT_EQ(size, block.size());
  return block;
}

TEST(Block, GivesBackWhatWasWritten) {
  Content content;
  const auto block = *BlockReader::open("b", std::make_shared<Bytes>(example_block(&content)));
  ASSERT_TRUE(block->verify());
  EXPECT_EQ(block->tenants(), (std::vector<std::string>{"a", "b"}));
  sys::Random random(6);
  for (const auto& [tenant, series] : content) {
    std::vector<SelectedSeries> found;
    ASSERT_TRUE(block->select(tenant, {}, Timestamp::min(), Timestamp::max(), found));
    ASSERT_EQ(found.size(), series.size());
    for (const SelectedSeries& s : found) {
      const model::SampleColumns& expected = series.at(s.labels.to_string());
      model::SampleColumns whole, part, want;
      ASSERT_TRUE(s.run->read(Timestamp::min(), Timestamp::max(), whole));
      expect_same(expected, whole);
      const Timestamp min{expected.timestamps[random.below(expected.size())]};
      const Timestamp max{expected.timestamps[random.below(expected.size())]};
      ASSERT_TRUE(s.run->read(min, max, part));
      append_range(expected, min, max, want);
      expect_same(want, part);
    }
    std::vector<model::Metadata> metadata;
    block->metadata(tenant, "m", metadata);
    EXPECT_EQ(metadata, (std::vector<model::Metadata>{{"m", model::MetricType::kGauge, "help", "unit"}}));
    std::vector<model::SeriesExemplars> exemplars;
    ASSERT_TRUE(block->exemplars(tenant, {}, Timestamp::min(), Timestamp::max(), exemplars));
    EXPECT_EQ(exemplars.size(), 1u);
  }
  std::vector<SelectedSeries> none;
  ASSERT_TRUE(block->select("c", {}, Timestamp::min(), Timestamp::max(), none));
  EXPECT_TRUE(none.empty());
}

TEST(Block, EveryFlippedByteIsNoticedOnOpenOrVerify) {
  const std::string bytes = example_block(nullptr);
  sys::Random random(7);
  for (int round = 0; round < 400; ++round) {
    std::string damaged = bytes;
    const std::size_t at = random.below(damaged.size());
    damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << random.below(8)));
    const auto block = BlockReader::open("b", std::make_shared<Bytes>(std::move(damaged)));
    EXPECT_TRUE(!block || !(*block)->verify()) << at;
  }
  for (std::size_t bit = 0; bit < kBlockHeaderBytes * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(BlockReader::open("b", std::make_shared<Bytes>(std::move(damaged)))) << bit;
  }
  std::string older = bytes;  // had no checksum there
  older.replace(12, 4, 4, '\0');
  EXPECT_TRUE((*BlockReader::open("b", std::make_shared<Bytes>(std::move(older))))->verify());
  for (std::size_t n = 0; n < bytes.size(); n += 97) {
    EXPECT_FALSE(BlockReader::open("b", std::make_shared<Bytes>(bytes.substr(0, n))));
  }
}

std::shared_ptr<const BlockReader> block_of(const std::vector<std::pair<model::Labels, model::SampleColumns>>& series, std::string name) {
  std::string block;
  BlockWriter writer([&block](std::string_view piece) {
    block.append(piece);
    return Result<void>{};
  });
  for (const auto& [labels, samples] : series) writer.add_series("t", labels, samples);
  EXPECT_TRUE(writer.finish().has_value());
  return *BlockReader::open(std::move(name), std::make_shared<Bytes>(std::move(block)));
}

model::SampleColumns floats(std::initializer_list<std::pair<std::int64_t, double>> samples) {
  model::SampleColumns columns;
  for (const auto& [t, v] : samples) columns.push_float(t, v);
  return columns;
}

TEST(BlockMerge, the_first_block_wins_and_series_of_all_are_there) {
  const model::Labels a{{"__name__", "a"}};
  const model::Labels b{{"__name__", "b"}};
  const model::Labels c{{"__name__", "c"}};
  const std::vector blocks{block_of({{a, floats({{10, 1}, {30, 3}})}, {c, floats({{5, 5}})}}, "first"),
                           block_of({{a, floats({{10, 9}, {20, 2}, {30, 3}})}, {b, floats({{7, 7}})}}, "second")};
  std::string merged;
  BlockWriter writer([&merged](std::string_view piece) {
    merged.append(piece);
    return Result<void>{};
  });
  MergeCounts counts;
  ASSERT_TRUE(merge_blocks(blocks, writer, counts).has_value());
  EXPECT_EQ(counts.conflicts, 1U);
  EXPECT_EQ(counts.duplicates, 1U);
  EXPECT_EQ(writer.summary().series, 3U);
  EXPECT_EQ(writer.summary().samples, 5U);
  ASSERT_TRUE(writer.finish().has_value());
  const auto block = *BlockReader::open("merged", std::make_shared<Bytes>(std::move(merged)));
  std::vector<std::string> found;
  for (std::uint32_t i = 0; i < block->series_count("t"); ++i) {
    const auto series = *block->series_at("t", i);
    model::SampleColumns samples;
    ASSERT_TRUE(series.run->read(Timestamp::min(), Timestamp::max(), samples).has_value());
    for (std::size_t s = 0; s < samples.size(); ++s) {
      found.push_back(series.labels.to_string() + " " + std::to_string(samples.timestamps[s]) + " " + std::to_string(static_cast<int>(samples.values[s])));
    }
  }
  EXPECT_EQ(found, (std::vector<std::string>{"a 10 1", "a 20 2", "a 30 3", "b 7 7", "c 5 5"}));
}

TEST(BlockWriter, tells_the_error_of_its_sink_and_asks_it_no_more) {
  int calls = 0;
  BlockWriter writer([&calls](std::string_view) -> Result<void> {
    ++calls;
    return fail(Code::kUnavailable, "disk is full");
  });
  model::SampleColumns noise;
  sys::Random random(5);
  for (std::int64_t i = 0; i < 200'000; ++i) noise.push_float(i, std::bit_cast<double>(random.next() >> 2));
  writer.add_series("t", {{"__name__", "m"}}, noise);
  EXPECT_EQ(writer.finish().error().message, "disk is full");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace isobar::tsdb
