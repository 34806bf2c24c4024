#include "blocks/block_name.h"

namespace isobar::blocks {
namespace {

TEST(BlockName, IsReadBackAsItWasWritten) {
  for (const char* text :
       {"0000-0000000000000000-0000000000000726-99b6", "0003-0000000000000001-ffffffffffffffff-1-2",
        "0000-00000000000001a4-00000000000001c4-99b6-01M86FEQP0WT6WTG3AY3PCX4J6-2",
        "0000-00000000000001a4-00000000000001c4-99b6-1h", "0000-00000000000001a4-00000000000001c4-99b6-5m-2"}) {
    const auto name = parse_block_name(text);
    ASSERT_TRUE(name) << text;
    EXPECT_EQ(format_block_name(*name), text);
  }
  const auto name = parse_block_name("0002-0000000000000010-0000000000000020-99b7");
  EXPECT_EQ(name->partition.value, 2u);
  EXPECT_EQ(name->first.value, 16u);
  EXPECT_EQ(name->end.value, 32u);
  EXPECT_EQ(name->bucket, -19676);
  EXPECT_FALSE(name->imported());
  EXPECT_EQ(name->resolution.ms, 0);
  const auto companion = parse_block_name("0000-00000000000001a4-00000000000001c4-99b6-5m-2");
  EXPECT_EQ(companion->resolution, Duration::minutes(5));
  EXPECT_EQ(companion->suffix, "2");
}

TEST(BlockName, IsNothingElse) {
  for (const char* text :
       {"", "readme", "0000", "0000-1-2-3", "0000-0000000000000020-0000000000000010-99b6",
        "0000-0000000000000000-0000000000000726-", "0000-0000000000000000-0000000000000726-99b6-../x",
        "-0-0-0", "0000-0000000000000000-0000000000000726-99b6-"}) {
    EXPECT_FALSE(parse_block_name(text)) << text;
  }
}

TEST(BlockName, AFreeOneHasTheLeastNumber) {
  const auto name = *parse_block_name("0000-0000000000000000-0000000000000726-99b6-2");
  const std::string plain = "0000-0000000000000000-0000000000000726-99b6";
  EXPECT_EQ(free_block_name(name, [](const std::string&) { return false; }), plain);
  EXPECT_EQ(free_block_name(name, [&](const std::string& id) { return id == plain || id == plain + "-2"; }),
            plain + "-3");
  const auto imported = *parse_block_name(plain + "-01M86FEQP0WT6WTG3AY3PCX4J6");
  EXPECT_TRUE(imported.imported());
  EXPECT_EQ(
      free_block_name(imported, [&](const std::string& id) { return id == format_block_name(imported); }),
      plain + "-01M86FEQP0WT6WTG3AY3PCX4J6-2");
}

}  // namespace
}  // namespace isobar::blocks
