// A block that Thanos downsampled: refused in place, read and converted to downsampled blocks of ours, damage named.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "codec/crc32c.h"
#include "object_store/filesystem/filesystem_store.h"
#include "sys/posix/posix_file_system.h"
#include "tsdb/block_reader.h"
#include "tsdb/prometheus_block/aggregate_encoder.h"
#include "tsdb/prometheus_block/block_reader.h"
#include "tsdb/prometheus_block/conversion.h"
#include "tsdb/prometheus_block/index_writer.h"

namespace isobar::tsdb::prometheus {
namespace {

namespace fs = std::filesystem;
using model::Labels;

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kStart = 19'000 * kDay;

// Minutes of a counter that begins anew every 1,000 of them; each stands 10 s behind the minute.
model::SampleColumns counter(std::int64_t from, std::size_t n) {
  model::SampleColumns samples;
  for (std::size_t i = 0; i < n; ++i) samples.push_float(from + static_cast<std::int64_t>(i) * 60'000 + 10'000, static_cast<double>(i % 1000));
  return samples;
}

class AggregateBlock : public testing::Test {
 protected:
  AggregateBlock() {
    const char* name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::temp_directory_path() / fmt::format("isobar-aggregates-{}-{}", name, ::getpid());
    directory_ = (folder_ / "01ARZ3NDEKTSV4RRFFQ69G5FAV").string();
    fs::create_directories(directory_ + "/chunks");
    put_be32(segment_, kChunksMagic);
    segment_.append({1, 0, 0, 0});
  }
  ~AggregateBlock() override { fs::remove_all(folder_); }

  ChunkMeta add_chunk(Encoding encoding, std::string_view data, std::int64_t min_time, std::int64_t max_time) {
    const ChunkMeta chunk{min_time, max_time, segment_.size()};
    put_varint(segment_, data.size());
    const std::string body = std::string(1, static_cast<char>(encoding)) + std::string(data);
    segment_ += body;
    put_be32(segment_, codec::crc32c(body));
    return chunk;
  }
  // As Thanos: the chunk begins, for the index, with its first window's end.
  ChunkMeta add_aggregates(const model::SampleColumns& samples, std::int64_t resolution) {
    const AggregateColumns columns = aggregate(samples, resolution);
    return add_chunk(Encoding::kThanosAggregates, encode_aggregates(columns), columns.count.timestamps.front(), columns.count.timestamps.back());
  }
  void finish(const std::vector<std::pair<Labels, std::vector<ChunkMeta>>>& series, std::uint64_t resolution) {
    std::ofstream(directory_ + "/chunks/000001", std::ios::binary) << segment_;
    IndexWriter index;
    for (const auto& [labels, chunks] : series) index.add_series(labels, chunks);
    const auto file = FileWriter::create(files_, directory_ + "/index");
    ASSERT_TRUE(file);
    ASSERT_TRUE(index.write(**file));
    ASSERT_TRUE((*file)->finish());
    BlockMeta meta;
    meta.ulid = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    meta.min_time.ms = kStart;
    meta.end_time.ms = kStart + 3 * kDay;
    meta.external_labels = {{"cluster", "eu"}};
    meta.resolution_ms = resolution;
    std::ofstream(directory_ + "/meta.json", std::ios::binary) << encode_block_meta(meta);
  }
  std::shared_ptr<const BlockReader> open() {
    auto block = BlockReader::open(files_, directory_, BlockReader::Downsampled::kRead);
    EXPECT_TRUE(block) << block.error().message;
    return block ? *block : nullptr;
  }
  std::string fault() {
    const auto block = BlockReader::open(files_, directory_, BlockReader::Downsampled::kRead);
    if (!block) return block.error().message;
    const auto verified = (*block)->verify();
    return verified ? "" : verified.error().message;
  }

  fs::path folder_;
  std::string directory_;
  std::string segment_;
  sys::PosixFileSystem files_;
};

TEST_F(AggregateBlock, BecomesDownsampledBlocksOfEachDay) {
  const model::SampleColumns samples = counter(kStart, 36 * 60);
  model::SampleColumns few;
  append_range(samples, {kStart}, {kStart + kHour}, few);
  finish({{Labels{{"__name__", "a"}}, {add_aggregates(samples, kHour)}}, {Labels{{"__name__", "b"}}, {add_aggregates(few, kHour)}}}, kHour);
  const auto block = open();
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block->resolution().ms, kHour);
  EXPECT_FALSE(BlockReader::open(files_, directory_));

  object_store::FilesystemStore objects(files_, (folder_ / "objects").string());
  ConversionTarget target{"team", [](const Labels&) { return 0U; }, [&](std::uint32_t, std::int64_t day) { return objects.create(fmt::format("{}", day)); }};
  ConversionCounts counts;
  const auto converted = convert_block(*block, target, counts);
  ASSERT_TRUE(converted) << converted.error().message;
  ASSERT_EQ(converted->size(), 2U);
  EXPECT_EQ(counts.series, 2U);
  EXPECT_EQ(counts.inexact, 0U);
  const auto survey = survey_block(*block);
  ASSERT_TRUE(survey);
  EXPECT_EQ(survey->samples, counts.samples);

  double count = 0, sum = 0;
  for (const std::int64_t day : {19'000, 19'001}) {
    const auto ours = tsdb::BlockReader::open("ours", *objects.map(fmt::format("{}", day)), Duration::hours(1));
    ASSERT_TRUE(ours) << ours.error().message;
    std::vector<SelectedSeries> selected;
    ASSERT_TRUE((*ours)->select("team", {}, Timestamp::min(), Timestamp::max(), selected));
    ASSERT_EQ(selected.size(), day == 19'000 ? 2U : 1U);
    const auto a = std::find_if(selected.begin(), selected.end(), [](const SelectedSeries& s) { return s.labels.get("__name__") == "a"; });
    EXPECT_EQ(a->labels.to_string(), R"(a{cluster="eu"})");
    EXPECT_EQ(a->run->resolution().ms, kHour);
    model::SampleColumns out;
    ASSERT_TRUE(a->run->read(Timestamp::min(), Timestamp::max(), out));
    EXPECT_EQ(out.timestamps.front(), day == 19'000 ? kStart + 10'000 : kStart + kDay + kHour - 1 - 59 * 59'999);
    for (std::size_t i = 0; i < out.size(); ++i) {
      count += out.weight(i);
      sum += out.sum(i);
    }
  }
  EXPECT_EQ(count, 36 * 60);
  EXPECT_EQ(sum, 2 * 499'500 + 160 * 159 / 2);
}

// Thanos has left chunks of samples in downsampled blocks, most of them empty.
TEST_F(AggregateBlock, ChunksOfSamplesAreRead) {
  const model::SampleColumns samples = counter(kStart + kHour, 5);
  const EncodedChunk plain = encode_chunks(samples)[0];
  finish({{Labels{{"__name__", "a"}}, {add_aggregates(counter(kStart, 60), 300'000), add_chunk(Encoding::kXor, std::string(2, '\0'), kStart + kHour, kStart + kHour),
                                       add_chunk(plain.encoding, plain.data, plain.min_time, plain.max_time)}}},
         300'000);
  const auto block = open();
  ASSERT_NE(block, nullptr);
  const auto series = block->series_at((*block->references())[0]);
  ASSERT_TRUE(series);
  model::SampleColumns out;
  const auto run = block->run_of(*series);
  ASSERT_TRUE(run->read(Timestamp::min(), Timestamp::max(), out));
  EXPECT_GE(run->sample_count_bound(), out.size());
  EXPECT_EQ(out.size(), 12 * 2 + 5U);
  EXPECT_EQ(out.timestamps.back(), samples.timestamps.back());
}

TEST_F(AggregateBlock, DamageIsNamedWithItsPlace) {
  AggregateColumns columns = aggregate(counter(kStart, 60), kHour);
  columns.count.values[0] = 0;
  finish({{Labels{{"__name__", "a"}}, {add_chunk(Encoding::kThanosAggregates, encode_aggregates(columns), kStart, kStart + kHour)}}}, kHour);
  EXPECT_EQ(fault(), directory_ + "/chunks/000001: chunk at 8: chunk of aggregates is damaged (a count of 0)");
}

TEST_F(AggregateBlock, OtherResolutionsAreRefused) {
  finish({{Labels{{"__name__", "a"}}, {add_aggregates(counter(kStart, 60), 600'000)}}}, 600'000);
  EXPECT_EQ(fault(), directory_ + ": block is downsampled to 600000 ms; Thanos and this program know 300000 and 3600000");
}

TEST_F(AggregateBlock, AggregatesInABlockOfSamplesAreRefused) {
  finish({{Labels{{"__name__", "a"}}, {add_aggregates(counter(kStart, 60), kHour)}}}, 0);
  EXPECT_EQ(fault(), directory_ + "/chunks/000001: chunk at 8: chunk holds Thanos' downsampled aggregates, not samples, and meta.json says nothing of it");
}

}  // namespace
}  // namespace isobar::tsdb::prometheus
