#include "ingest_log/delete_payload.h"

namespace isobar::ingest_log {
namespace {

model::SeriesDeletion example() {
  return {"team",
          {{model::Matcher::equal("__name__", "up"), *model::Matcher::create(model::MatchType::kRegex, "job", "a|b")},
           {*model::Matcher::create(model::MatchType::kNotEqual, "env", "")}},
          {-5},
          Timestamp::max()};
}

TEST(DeletePayload, RoundTrips) {
  std::string bytes;
  encode_delete_payload(bytes, example());
  const model::SeriesDeletion back = *decode_delete_payload("team", bytes);
  EXPECT_EQ(back.tenant, "team");
  EXPECT_EQ(back.selectors, example().selectors);
  EXPECT_EQ(back.min.ms, -5);
  EXPECT_EQ(back.max, Timestamp::max());
  EXPECT_TRUE(back.matches(model::Labels{{"__name__", "up"}, {"job", "b"}}));
  EXPECT_TRUE(back.matches(model::Labels{{"__name__", "down"}, {"env", "dev"}}));
  EXPECT_FALSE(back.matches(model::Labels{{"__name__", "up"}, {"job", "c"}}));
}

TEST(DeletePayload, EveryPrefixAndEveryAdditionIsRefused) {
  std::string bytes;
  encode_delete_payload(bytes, example());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto decoded = decode_delete_payload("team", std::string_view(bytes).substr(0, n));
    ASSERT_FALSE(decoded) << n;
    EXPECT_EQ(decoded.error().code, Code::kCorrupt) << n;
  }
  EXPECT_FALSE(decode_delete_payload("team", bytes + "x"));
}

TEST(DeletePayload, LimitsHold) {
  model::SeriesDeletion much = example();
  much.selectors.assign(101, {model::Matcher::equal("a", "b")});
  EXPECT_EQ(much.check().error().message, "a delete takes at most 100 selectors, send several requests: 101");
  std::string bytes;
  encode_delete_payload(bytes, much);
  EXPECT_FALSE(decode_delete_payload("team", bytes));
  much.selectors = {{model::Matcher::equal("a", std::string(70'000, 'x'))}};
  EXPECT_EQ(much.check().error().message, "the selectors of a delete take at most 65536 bytes, send several requests: 70005");
  much.selectors = {{model::Matcher::equal("a", "\xff")}};
  EXPECT_EQ(much.check().error().message, "names and values of a delete must be UTF-8");
  much.selectors = {};
  EXPECT_EQ(much.check().error().message, "a delete needs at least one series selector");
}

}  // namespace
}  // namespace isobar::ingest_log
