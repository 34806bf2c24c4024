#include "tsdb/block_salvage.h"

namespace isobar::tsdb {
namespace {

class Bytes final : public sys::MappedFile {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

model::SampleColumns floats(std::size_t n, double seed) {
  model::SampleColumns columns;
  for (std::size_t i = 0; i < n; ++i)
    columns.push_float(static_cast<std::int64_t>(i) * 1000, seed + static_cast<double>(i % 7));
  return columns;
}

std::string block_of_three() {
  std::string bytes;
  BlockWriter writer([&bytes](std::string_view piece) {
    bytes.append(piece);
    return Result<void>{};
  });
  for (int i = 0; i < 3; ++i)
    writer.add_series("a", {{"__name__", "m"}, {"n", std::to_string(i)}}, floats(2500, i));
  writer.add_exemplars("a", {{{"__name__", "m"}, {"n", "0"}}, {{{{"trace_id", "x"}}, 7, {999}}}});
  writer.add_metadata("a", {"m", model::MetricType::kCounter, "help", "s"});
  EXPECT_TRUE(writer.finish());
  return bytes;
}

std::shared_ptr<const BlockReader> open(std::string bytes) {
  auto block = BlockReader::open("test", std::make_shared<Bytes>(std::move(bytes)));
  EXPECT_TRUE(block);
  return block ? *block : nullptr;
}

TEST(BlockSalvage, OfASoundBlockIsAllOfIt) {
  const std::string bytes = block_of_three();
  std::string again;
  BlockWriter writer([&again](std::string_view piece) {
    again.append(piece);
    return Result<void>{};
  });
  const BlockDamage damage = salvage_block(*open(bytes), &writer);
  ASSERT_TRUE(writer.finish());
  EXPECT_FALSE(damage.any());
  EXPECT_EQ(damage.kept.series, 3u);
  EXPECT_EQ(damage.kept.samples, 7500u);
  EXPECT_EQ(again, bytes);
}

// Any byte of the chunks: what is kept and what is lost is all there was, and what is written is sound and
// the same.
TEST(BlockSalvage, KeepsEveryOtherChunk) {
  const std::string bytes = block_of_three();
  const std::uint64_t chunks = 16;
  int tried = 0;
  for (std::uint64_t at = chunks; at < bytes.size(); at += 13) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const auto block = BlockReader::open("test", std::make_shared<Bytes>(damaged));
    if (!block || (*block)->verify()) continue;  // behind the chunks
    std::string saved;
    BlockWriter writer([&saved](std::string_view piece) {
      saved.append(piece);
      return Result<void>{};
    });
    const BlockDamage damage = salvage_block(**block, &writer);
    ASSERT_TRUE(writer.finish());
    ASSERT_TRUE(damage.any());
    ++tried;
    EXPECT_EQ(damage.kept.samples + damage.lost.samples, 7500u) << at;
    EXPECT_EQ(damage.names.size(), damage.lost.series);
    const auto sound = open(saved);
    ASSERT_TRUE(sound->verify());
    for (std::uint32_t i = 0; i < sound->series_count("a"); ++i) {
      model::SampleColumns kept;
      BlockReader::LostChunks none;
      const auto labels = sound->read_sound("a", i, kept, none);
      ASSERT_TRUE(labels);
      EXPECT_EQ(none.chunks, 0u);
      const double seed = std::stod(std::string(labels->get("n")));
      for (std::size_t s = 0; s < kept.size(); ++s)
        EXPECT_EQ(kept.values[s], seed + static_cast<double>(kept.timestamps[s] / 1000 % 7));
    }
    std::vector<model::SeriesExemplars> exemplars;
    ASSERT_TRUE(sound->exemplars("a", {}, Timestamp::min(), Timestamp::max(), exemplars));
    EXPECT_EQ(exemplars.size(), 1u);
  }
  EXPECT_GT(tried, 10);
}

}  // namespace
}  // namespace isobar::tsdb
