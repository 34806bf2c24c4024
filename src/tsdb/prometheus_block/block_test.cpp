// Blocks of Prometheus: written, read back, converted; deleted samples, external labels, older indices, damage.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "codec/crc32c.h"
#include "object_store/filesystem/filesystem_store.h"
#include "sys/posix/posix_file_system.h"
#include "sys/random.h"
#include "tsdb/block_reader.h"
#include "tsdb/generation_blocks.h"
#include "tsdb/prometheus_block/block_reader.h"
#include "tsdb/prometheus_block/block_writer.h"
#include "tsdb/prometheus_block/conversion.h"
#include "tsdb/prometheus_block/index_reader.h"
#include "tsdb/prometheus_block/mounted_blocks.h"
#include "tsdb/prometheus_block/tombstones.h"
#include "tsdb/prometheus_block/ulid.h"
#include "tsdb/series_merge.h"

namespace isobar::tsdb::prometheus {
namespace {

namespace fs = std::filesystem;
using model::Labels;
using model::Matcher;

const std::string kUlid = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
constexpr std::int64_t kDay = 86'400'000;

class PrometheusBlock : public testing::Test {
 protected:
  PrometheusBlock() {
    const char* name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::temp_directory_path() / fmt::format("isobar-promblock-{}-{}", name, ::getpid());
    fs::create_directories(folder_);
  }
  ~PrometheusBlock() override { fs::remove_all(folder_); }

  using Content = std::vector<std::pair<Labels, model::SampleColumns>>;

  std::string write(const Content& content, std::uint64_t segment_bytes = kSegmentBytes) {
    auto writer = BlockWriter::create(files_, folder_.string(), kUlid, segment_bytes);
    EXPECT_TRUE(writer) << writer.error().message;
    for (const auto& [labels, samples] : content) EXPECT_TRUE((*writer)->add_series(labels, samples));
    const auto finished = (*writer)->finish();
    EXPECT_TRUE(finished) << finished.error().message;
    return (folder_ / kUlid).string();
  }
  std::shared_ptr<const BlockReader> open(const std::string& directory) {
    auto block = BlockReader::open(files_, directory);
    EXPECT_TRUE(block) << block.error().message;
    return block ? *block : nullptr;
  }
  std::string fault_of(const std::string& directory) {
    const auto block = BlockReader::open(files_, directory);
    if (!block) return block.error().message;
    const auto verified = (*block)->verify();
    return verified ? "" : verified.error().message;
  }
  static std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write_file(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  static std::vector<std::pair<std::string, std::vector<std::int64_t>>> times_of(std::vector<SelectedSeries> selected, Timestamp min = Timestamp::min(),
                                                                                 Timestamp max = Timestamp::max()) {
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> out;
    for (const SelectedSeries& series : selected) {
      model::SampleColumns samples;
      const auto read = series.run->read(min, max, samples);
      EXPECT_TRUE(read) << read.error().message;
      out.emplace_back(series.labels.to_string(), samples.timestamps);
    }
    return out;
  }

  fs::path folder_;
  sys::PosixFileSystem files_;
};

model::SampleColumns floats(std::initializer_list<std::int64_t> times) {
  model::SampleColumns samples;
  for (const std::int64_t t : times) samples.push_float(t, static_cast<double>(t) / 4);
  return samples;
}

model::SampleColumns every(std::int64_t from, std::int64_t step, std::size_t n) {
  model::SampleColumns samples;
  for (std::size_t i = 0; i < n; ++i) samples.push_float(from + static_cast<std::int64_t>(i) * step, static_cast<double>(i % 7));
  return samples;
}

TEST_F(PrometheusBlock, WhatIsWrittenIsReadBack) {
  sys::Random random(11);
  Content content;
  for (int i = 0; i < 300; ++i) {
    content.emplace_back(Labels{{"__name__", i % 2 == 0 ? "even" : "odd"}, {"i", fmt::format("{:03}", i)}},
                         every(1'700'000'000'000 + i, 15'000, 1 + random.below(500)));
  }
  std::sort(content.begin(), content.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto block = open(write(content, 20'000));  // small segments, to have several
  ASSERT_NE(block, nullptr);
  std::uint64_t samples = 0;
  for (const auto& entry : content) samples += entry.second.size();
  EXPECT_EQ(block->meta().series, 300U);
  EXPECT_EQ(block->meta().samples, samples);
  EXPECT_EQ(block->meta().min_time.ms, 1'700'000'000'000);
  EXPECT_GT(std::distance(fs::directory_iterator(folder_ / kUlid / "chunks"), {}), 2);

  const auto references = block->references();
  ASSERT_TRUE(references);
  ASSERT_EQ(references->size(), content.size());
  for (std::size_t i = 0; i < content.size(); ++i) {
    const auto series = block->series_at((*references)[i]);
    ASSERT_TRUE(series);
    EXPECT_EQ(series->labels, content[i].first);
    model::SampleColumns out;
    ASSERT_TRUE(block->run_of(*series)->read(Timestamp::min(), Timestamp::max(), out));
    EXPECT_EQ(out.timestamps, content[i].second.timestamps);
    EXPECT_EQ(out.values, content[i].second.values);
    EXPECT_EQ(block->run_of(*series)->sample_count_bound(), out.size());
  }
  EXPECT_TRUE(block->verify());
}

TEST_F(PrometheusBlock, MatchersAndTimesSelect) {
  const auto block = open(write({{Labels{{"__name__", "a"}, {"job", "x"}}, floats({1000, 2000, 3000})},
                                 {Labels{{"__name__", "a"}, {"job", "y"}}, floats({5000})},
                                 {Labels{{"__name__", "b"}}, floats({1000})}}));
  const auto select = [&](std::vector<Matcher> matchers, std::int64_t min, std::int64_t max) {
    std::vector<SelectedSeries> out;
    EXPECT_TRUE(block->select(matchers, {min}, {max}, out));
    return times_of(std::move(out), {min}, {max});
  };
  using Expected = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;
  EXPECT_EQ(select({Matcher::equal("__name__", "a")}, 0, 9000), (Expected{{R"(a{job="x"})", {1000, 2000, 3000}}, {R"(a{job="y"})", {5000}}}));
  EXPECT_EQ(select({Matcher::equal("__name__", "a")}, 2000, 2999), (Expected{{R"(a{job="x"})", {2000}}}));
  EXPECT_EQ(select({*Matcher::create(model::MatchType::kRegex, "job", "x|z|")}, 0, 1000), (Expected{{R"(a{job="x"})", {1000}}, {"b", {1000}}}));
  EXPECT_EQ(select({*Matcher::create(model::MatchType::kNotEqual, "job", "")}, 0, 9000).size(), 2U);
  EXPECT_EQ(select({}, 0, 9000).size(), 3U);
  EXPECT_EQ(select({Matcher::equal("job", "none")}, 0, 9000).size(), 0U);
}

TEST_F(PrometheusBlock, DeletedSamplesAreNotGiven) {
  const std::string directory = write({{Labels{{"__name__", "a"}}, floats({1000, 2000, 3000, 4000, 5000})}, {Labels{{"__name__", "b"}}, floats({1000, 2000})}});
  const auto references = open(directory)->references();
  write_file(directory + "/tombstones", encode_tombstones({{(*references)[0], {{2000, 3500}, {5000, INT64_MAX}}}, {(*references)[1], {{INT64_MIN, 2000}}}}));
  std::vector<SelectedSeries> out;
  ASSERT_TRUE(open(directory)->select({}, Timestamp::min(), Timestamp::max(), out));
  EXPECT_EQ(times_of(out), (std::vector<std::pair<std::string, std::vector<std::int64_t>>>{{"a", {1000, 4000}}, {"b", {}}}));
}

TEST(Tombstones, OverlapsAreJoinedAndDamageIsSaid) {
  const std::string bytes = encode_tombstones({{7, {{10, 20}, {15, 30}, {40, 50}}}});
  const auto decoded = decode_tombstones(bytes);
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->at(7).size(), 2U);
  EXPECT_EQ(decoded->at(7)[0].max_time, 30);
  std::string flipped = bytes;
  flipped[6] ^= 1;
  EXPECT_EQ(decode_tombstones(flipped).error().message, "checksum of tombstones does not fit");
  EXPECT_EQ(decode_tombstones(bytes.substr(0, 8)).error().message, "tombstones are cut short");
  EXPECT_EQ(decode_tombstones(std::string(20, 'x')).error().message, "not a file of tombstones");
}

TEST(Ulid, CountsFromTheLowestBit) {
  EXPECT_EQ(make_ulid({0}, {0, 0}), "00000000000000000000000000");
  EXPECT_EQ(make_ulid({0xffff'ffff'ffff}, {~0ULL, ~0ULL}), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  // The example of the specification: 1469918176385 is 01ARYZ6S41.
  EXPECT_EQ(make_ulid({1469918176385}, {0, 0}).substr(0, 10), "01ARYZ6S41");
  EXPECT_TRUE(is_ulid(kUlid));
  EXPECT_FALSE(is_ulid(kUlid + ".tmp-for-creation"));
  EXPECT_FALSE(is_ulid("8ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
  EXPECT_FALSE(is_ulid("wal"));
}

TEST(BlockMetaJson, OfThreePrograms) {
  const auto prometheus = parse_block_meta(R"({"ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","minTime":10,"maxTime":20,"stats":{"numSamples":5,"numSeries":2,"numChunks":3},
    "compaction":{"level":2,"sources":["01ARZ3NDEKTSV4RRFFQ69G5FAW"],"hints":["from-out-of-order"]},"version":1})");
  ASSERT_TRUE(prometheus) << prometheus.error().message;
  EXPECT_EQ(prometheus->samples, 5U);
  EXPECT_EQ(prometheus->end_time.ms, 20);
  EXPECT_EQ(prometheus->sources, std::vector<std::string>{"01ARZ3NDEKTSV4RRFFQ69G5FAW"});
  const auto thanos = parse_block_meta(R"({"ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","minTime":10,"maxTime":20,"version":1,
    "thanos":{"labels":{"cluster":"eu"},"downsample":{"resolution":300000},"source":"compactor"}})");
  ASSERT_TRUE(thanos);
  EXPECT_EQ(thanos->external_labels.at("cluster"), "eu");
  EXPECT_EQ(thanos->resolution_ms, 300'000U);
  const auto again = parse_block_meta(encode_block_meta(*thanos));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->external_labels, thanos->external_labels);
  EXPECT_EQ(again->resolution_ms, thanos->resolution_ms);
}

TEST(BlockMetaJson, WhatIsWrongIsNamed) {
  const auto fault = [](std::string_view json) { return parse_block_meta(json).error().message; };
  EXPECT_EQ(fault("{"), "meta.json:1: not valid JSON: The JSON document has an improper structure: missing or superfluous commas, braces, missing keys, etc.");
  EXPECT_EQ(fault(R"({"version":1,"ulid":"x","minTime":1})"), "meta.json:1: \"maxTime\" is missing");
  EXPECT_EQ(fault(R"({"version":3,"ulid":"x","minTime":1,"maxTime":2})"), "block version is 3, this program reads 1");
  EXPECT_EQ(fault(R"({"version":1,"ulid":"x","minTime":1,"maxTime":2})"), "meta.json: \"ulid\" is none");
  EXPECT_EQ(fault(R"({"version":1,"ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","minTime":3,"maxTime":2})"),
            "meta.json: minTime 3 and maxTime 2 are no time range of a block");
  EXPECT_EQ(parse_block_meta(R"({"version":1,"ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","minTime":0,"maxTime":900000000000000})").error().code, Code::kCorrupt);
}

TEST_F(PrometheusBlock, ExternalLabelsOfThanosBelongToTheSeries) {
  const std::string directory = write({{Labels{{"__name__", "a"}}, floats({1000})}, {Labels{{"__name__", "a"}, {"b", "1"}}, floats({2000})}});
  BlockMeta meta = open(directory)->meta();
  meta.external_labels = {{"cluster", "eu"}, {"__org_id__", "7"}};
  write_file(directory + "/meta.json", encode_block_meta(meta));
  const auto block = open(directory);
  const auto count = [&](Matcher matcher) {
    std::vector<Labels> labels;
    EXPECT_TRUE(block->select_labels({&matcher, 1}, Timestamp::min(), Timestamp::max(), labels));
    return labels.size();
  };
  EXPECT_EQ(count(Matcher::equal("cluster", "eu")), 2U);
  EXPECT_EQ(count(Matcher::equal("cluster", "us")), 0U);
  EXPECT_EQ(count(Matcher::equal("__org_id__", "7")), 0U);

  // In the index {__name__="a"} comes first; with the label, {b="1"} does, as b sorts before cluster.
  std::vector<Labels> order;
  object_store::FilesystemStore objects(files_, (folder_ / "objects").string());
  ConversionTarget target{"t", [&](const Labels& labels) {
                            order.push_back(labels);
                            return 0U;
                          },
                          [&](std::uint32_t, std::int64_t) { return objects.create("block"); }};
  ConversionCounts counts;
  ASSERT_TRUE(convert_block(*block, target, counts));
  EXPECT_EQ(order.front().to_string(), R"(a{b="1", cluster="eu"})");
  EXPECT_EQ(order.back().to_string(), R"(a{cluster="eu"})");
  EXPECT_EQ(counts.series, 2U);
}

TEST_F(PrometheusBlock, ADownsampledBlockIsRefused) {
  const std::string directory = write({{Labels{{"__name__", "a"}}, floats({1000})}});
  BlockMeta meta = open(directory)->meta();
  meta.external_labels = {{"cluster", "eu"}};
  meta.resolution_ms = 300'000;
  write_file(directory + "/meta.json", encode_block_meta(meta));
  EXPECT_EQ(fault_of(directory), directory + ": block is downsampled to 300 s (Thanos) and is not read in place; isobar import takes it over");
}

TEST_F(PrometheusBlock, SamplesOutsideOfTheBlocksTimeAreNotGiven) {
  const std::string directory = write({{Labels{{"__name__", "a"}}, floats({1000, 2000, 3000})}});
  BlockMeta meta = open(directory)->meta();
  meta.min_time.ms = 1500;
  meta.end_time.ms = 3000;
  write_file(directory + "/meta.json", encode_block_meta(meta));
  std::vector<SelectedSeries> out;
  ASSERT_TRUE(open(directory)->select({}, Timestamp::min(), Timestamp::max(), out));
  EXPECT_EQ(times_of(out)[0].second, std::vector<std::int64_t>{2000});
}

// Series are named by plain offsets and symbols by their place in the file.
TEST_F(PrometheusBlock, AnIndexOfVersion1IsRead) {
  std::string index;
  const auto section = [&index](const std::string& content) {
    const std::size_t at = index.size();
    put_be32(index, static_cast<std::uint32_t>(content.size()));
    index += content;
    put_be32(index, codec::crc32c(content));
    return at;
  };
  put_be32(index, kIndexMagic);
  put_u8(index, 1);
  std::string symbols;
  put_be32(symbols, 2);
  const std::uint64_t name_at = index.size() + 8;
  put_bytes(symbols, "__name__");
  const std::uint64_t value_at = name_at + 9;
  put_bytes(symbols, "up");
  const std::size_t symbols_at = section(symbols);
  const std::size_t series_at = index.size();
  std::string series;
  for (const std::uint64_t v : {std::uint64_t{1}, name_at, value_at, std::uint64_t{1}, zigzag(1000), std::uint64_t{500}, std::uint64_t{8}}) put_varint(series, v);
  put_bytes(index, series);
  put_be32(index, codec::crc32c(series));
  std::string list;
  put_be32(list, 1);
  put_be32(list, static_cast<std::uint32_t>(series_at));
  const std::size_t list_at = section(list);
  std::string table;
  put_be32(table, 2);
  for (const auto& [name, value] : {std::pair{"", ""}, std::pair{"__name__", "up"}}) {
    put_varint(table, 2);
    put_bytes(table, name);
    put_bytes(table, value);
    put_varint(table, list_at);
  }
  const std::size_t table_at = section(table);
  std::string toc;
  for (const std::size_t offset : {symbols_at, series_at, list_at, table_at, list_at, table_at}) put_be64(toc, offset);
  put_be32(toc, codec::crc32c(toc));
  index += toc;
  write_file((folder_ / "index").string(), index);

  const auto reader = IndexReader::open(*files_.map((folder_ / "index").string()));
  ASSERT_TRUE(reader) << reader.error().message;
  const Matcher up = Matcher::equal("__name__", "up");
  const auto found = (*reader)->match({&up, 1});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 1U);
  Labels labels;
  std::vector<ChunkMeta> chunks;
  ASSERT_TRUE((*reader)->series((*found)[0], labels, &chunks));
  EXPECT_EQ(labels.to_string(), "up");
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].min_time, 1000);
  EXPECT_EQ(chunks[0].max_time, 1500);
  EXPECT_EQ(chunks[0].ref, 8U);
}

TEST_F(PrometheusBlock, DamageIsNamedWithItsFile) {
  const std::string directory = write({{Labels{{"__name__", "a"}}, every(0, 1000, 200)}, {Labels{{"__name__", "b"}}, every(0, 1000, 200)}});
  EXPECT_EQ(fault_of(directory), "");
  const auto with_flip = [&](const std::string& file, std::size_t at) {
    const std::string whole = read_file(directory + "/" + file);
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    write_file(directory + "/" + file, flipped);
    const std::string fault = fault_of(directory);
    write_file(directory + "/" + file, whole);
    return fault;
  };
  EXPECT_EQ(with_flip("chunks/000001", 40), directory + "/chunks/000001: chunk at 8 is damaged (checksum)");
  EXPECT_EQ(with_flip("chunks/000001", 0), directory + "/chunks/000001: not a segment of chunks");
  EXPECT_EQ(with_flip("index", 0), directory + "/index: index is damaged (not an index)");
  EXPECT_EQ(with_flip("index", 4), directory + "/index: index version is 18, this program reads 1 and 2");
  EXPECT_EQ(with_flip("index", 15), directory + "/index: index is damaged (symbols)");
  const std::size_t size = read_file(directory + "/index").size();
  EXPECT_EQ(with_flip("index", size - 10), directory + "/index: index is damaged (table of contents)");
  EXPECT_EQ(with_flip("tombstones", 6), directory + "/tombstones: checksum of tombstones does not fit");
  // Every byte of the index is under some checksum or is padding.
  std::size_t unseen = 0;
  for (std::size_t at = 0; at < size; ++at) unseen += with_flip("index", at).empty() ? 1U : 0U;
  EXPECT_LT(unseen, 100U);  // padding, and tables that nobody reads
  fs::remove(directory + "/chunks/000001");
  EXPECT_EQ(fault_of(directory), directory + "/chunks: segment number 1 of the chunks is missing");
}

TEST_F(PrometheusBlock, ConversionGivesOneBlockForEachPartitionAndDay) {
  const std::int64_t start = 19'000 * kDay + 20 * 3'600'000;  // 20:00 of a day
  const auto block = open(write({{Labels{{"__name__", "a"}}, every(start, 60'000, 480)}, {Labels{{"__name__", "b"}}, every(start, 60'000, 60)}}));
  object_store::FilesystemStore objects(files_, (folder_ / "objects").string());
  const auto key = [](std::uint32_t partition, std::int64_t bucket) { return fmt::format("{}-{}", partition, bucket); };
  ConversionTarget target{"team", [](const Labels& labels) { return labels.get("__name__") == "a" ? 0U : 1U; },
                          [&](std::uint32_t partition, std::int64_t bucket) { return objects.create(key(partition, bucket)); }};
  ConversionCounts counts;
  const auto converted = convert_block(*block, target, counts);
  ASSERT_TRUE(converted) << converted.error().message;
  ASSERT_EQ(converted->size(), 3U);  // both on the first day, a on the second
  EXPECT_EQ(counts.series, 2U);
  EXPECT_EQ(counts.samples, 540U);
  EXPECT_EQ(counts.refused, 0U);
  EXPECT_EQ((*converted)[0].summary.samples, 240U);
  EXPECT_EQ((*converted)[2].bucket, 19'001);
  const auto ours = tsdb::BlockReader::open("ours", *objects.map(key(0, 19'001)));
  ASSERT_TRUE(ours);
  std::vector<SelectedSeries> selected;
  ASSERT_TRUE((*ours)->select("team", {}, Timestamp::min(), Timestamp::max(), selected));
  const auto times = times_of(selected);
  ASSERT_EQ(times.size(), 1U);
  EXPECT_EQ(times[0].second.front(), 19'001 * kDay);
  EXPECT_EQ(times[0].second.size(), 240U);

  const auto survey = survey_block(*block);
  ASSERT_TRUE(survey);
  EXPECT_EQ(survey->series, 2U);
  EXPECT_EQ(survey->samples, 540U);
}

// A store with the series that it is given, of tenant t.
class Store final : public model::SeriesReader {
 public:
  explicit Store(std::vector<std::pair<Labels, model::SampleColumns>> content) : content_(std::move(content)) {}
  Result<std::unique_ptr<model::SeriesSet>> select(const model::SelectRequest& request, const model::ReadContext& context) override {
    std::vector<SelectedSeries> selected;
    for (const auto& [labels, samples] : content_) {
      Labels shown = request.tenants.size() > 1 ? model::LabelsBuilder(labels).set("__tenant_id__", "t").build() : labels;
      selected.push_back({std::move(shown), std::make_shared<Fixed>(samples)});
    }
    return merge_series(std::move(selected), telemetry::Reservation(context.budget));
  }
  Result<std::vector<std::string>> label_names(const model::SelectRequest&, const model::ReadContext&) override { return std::vector<std::string>{"__name__", "zone"}; }
  Result<std::vector<std::string>> label_values(const std::string&, const model::SelectRequest&, const model::ReadContext&) override { return std::vector<std::string>{"b", "x"}; }
  Result<std::vector<model::SeriesExemplars>> exemplars(const model::SelectRequest&, const model::ReadContext&) override { return std::vector<model::SeriesExemplars>{}; }
  Result<std::vector<model::Metadata>> metadata(const std::vector<std::string>&, const std::string&, const model::ReadContext&) override { return std::vector<model::Metadata>{}; }

 private:
  class Fixed final : public SampleRun {
   public:
    explicit Fixed(model::SampleColumns samples) : samples_(std::move(samples)) {}
    Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
      append_range(samples_, min, max, out);
      return {};
    }
    std::size_t sample_count_bound() const override { return samples_.size(); }

   private:
    model::SampleColumns samples_;
  };
  std::vector<std::pair<Labels, model::SampleColumns>> content_;
};

TEST_F(PrometheusBlock, MountedBlocksStandBesideAStore) {
  const auto block = open(write({{Labels{{"__name__", "a"}}, floats({1000})}, {Labels{{"__name__", "b"}, {"job", "j"}}, floats({1000, 2000, 3000})}}));
  model::SampleColumns mine;
  mine.push_float(2000, -1);
  mine.push_float(4000, -2);
  Store store({{Labels{{"__name__", "b"}, {"job", "j"}}, mine}, {Labels{{"__name__", "c"}}, floats({5000})}});
  MountedBlocks mounted(store, {block}, "t");
  telemetry::MemoryBudget budget("test", 0, "");
  Cancellation cancellation;
  model::Warnings warnings;
  const model::ReadContext context{budget, cancellation, warnings};
  model::SelectRequest request;
  request.tenants = {"t"};
  request.min = {0};
  request.max = {9000};

  const auto values = [&] {
    auto set = mounted.select(request, context);
    EXPECT_TRUE(set) << set.error().message;
    std::vector<std::string> out;
    for (std::vector<std::shared_ptr<const model::Series>> batch; (*set)->next(batch) && !batch.empty();) {
      for (const auto& series : batch) {
        model::SampleColumns samples;
        EXPECT_TRUE(series->read({0}, {9000}, samples));
        EXPECT_GE(series->sample_count_bound(), samples.size());
        std::string line = series->labels().to_string();
        for (std::size_t i = 0; i < samples.size(); ++i) line += fmt::format(" {}={}", samples.timestamps[i], samples.values[i]);
        out.push_back(std::move(line));
      }
    }
    return out;
  };
  EXPECT_EQ(values(), (std::vector<std::string>{"a 1000=250", "b{job=\"j\"} 1000=250 2000=-1 3000=750 4000=-2", "c 5000=1250"}));
  EXPECT_EQ(*mounted.label_names(request, context), (std::vector<std::string>{"__name__", "job", "zone"}));
  EXPECT_EQ(*mounted.label_values("__name__", request, context), (std::vector<std::string>{"a", "b", "x"}));
  request.limit = 2;
  EXPECT_EQ(*mounted.label_names(request, context), (std::vector<std::string>{"__name__", "job"}));
  EXPECT_EQ(warnings.take(), std::vector<std::string>{"results truncated due to limit"});

  request.tenants = {"t", "u"};
  EXPECT_EQ(values(), (std::vector<std::string>{"a{__tenant_id__=\"t\"} 1000=250", "b{__tenant_id__=\"t\", job=\"j\"} 1000=250 2000=-1 3000=750 4000=-2",
                                                "c{__tenant_id__=\"t\"} 5000=1250"}));
  request.matchers = {Matcher::equal("__tenant_id__", "u")};
  EXPECT_EQ(values().size(), 2U);  // the store's own; it takes no matchers here
  request.matchers.clear();
  request.tenants = {"u"};
  EXPECT_EQ(values().size(), 2U);
  request.tenants = {"t"};
  request.min = {8000};
  EXPECT_EQ(values().size(), 2U);

  telemetry::MemoryBudget small("query", 100, "--memory.query");
  request.min = {0};
  const auto refused = mounted.select(request, {small, cancellation, warnings});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnprocessable);
}

TEST_F(PrometheusBlock, HistogramsThatDoNotHoldTogetherAreCounted) {
  auto good = std::make_shared<model::Histogram>();
  good->is_integer = true;
  good->positive_spans = {{0, 1}};
  good->positive_buckets = {3};
  good->count = 3;
  auto bad = std::make_shared<model::Histogram>(*good);
  bad->count = 5;
  model::SampleColumns samples;
  samples.push_histogram(1000, good);
  samples.push_histogram(2000, bad);
  const auto block = open(write({{Labels{{"__name__", "h"}}, samples}}));
  const auto survey = survey_block(*block);
  ASSERT_TRUE(survey);
  EXPECT_EQ(survey->samples, 1U);
  EXPECT_EQ(survey->refused, 1U);
  EXPECT_EQ(survey->first_refusal, "h: 3 observations found in buckets, but the Count field is 5");
}

}  // namespace
}  // namespace isobar::tsdb::prometheus
