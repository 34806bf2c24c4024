#include "base/bytes.h"
#include "model/histogram.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "model/sample.h"
#include "model/tenant.h"

namespace isobar::model {
namespace {

TEST(Labels, AreSortedUniqueAndWithoutEmptyValues) {
  const Labels labels{{"z", "1"}, {"__name__", "up"}, {"a", ""}, {"z", "2"}};
  EXPECT_EQ(labels.to_string(), R"(up{z="2"})");
  EXPECT_EQ(labels.size(), 2u);
  EXPECT_EQ(labels.get("z"), "2");
  EXPECT_EQ(labels.get("a"), "");
  EXPECT_EQ(*Labels::parse_canonical(labels.encoded()), labels);
}

TEST(Labels, LongValuesSurviveTheEncoding) {
  const std::string value(300, 'v');
  const Labels labels{{"a", value}, {"b", "x"}};
  EXPECT_EQ(labels.get("a"), value);
  EXPECT_EQ(labels.get("b"), "x");
}

TEST(Labels, QuoteNamesThatAreNoIdentifiers) {
  EXPECT_EQ((Labels{{"__name__", "my.metric"}, {"a b", "c\"d"}}.to_string()), R"({"my.metric", "a b"="c\"d"})");
  EXPECT_EQ(Labels{}.to_string(), "{}");
  EXPECT_EQ((Labels{{"__name__", "up"}}.to_string()), "up");
}

TEST(Labels, OrderIsPairByPair) {
  EXPECT_LT((Labels{{"a", "1"}}), (Labels{{"a", "1"}, {"b", "1"}}));
  EXPECT_LT((Labels{{"a", "1"}, {"c", "1"}}), (Labels{{"b", "0"}}));
  EXPECT_LT((Labels{{"a", "10"}}), (Labels{{"a", "2"}}));
}

TEST(Labels, DamagedBytesAreRejected) {
  for (const std::string& bad : {std::string("\x05"), std::string("\x01"
                                                                 "a\x00",
                                                                 3),
                                std::string("\x01"
                                            "b\x01"
                                            "1\x01"
                                            "a\x01"
                                            "1")}) {
    EXPECT_FALSE(Labels::parse_canonical(bad));
  }
}

TEST(LabelsBuilder, SetsAndRemoves) {
  LabelsBuilder builder(Labels{{"a", "1"}, {"b", "2"}});
  builder.set("c", "3").remove("a").set("b", "");
  EXPECT_EQ(builder.build(), (Labels{{"c", "3"}}));
}

TEST(Matcher, RegexIsAnchoredAndDotMatchesNewline) {
  const Matcher m = *Matcher::create(MatchType::kRegex, "a", "x.y|z");
  EXPECT_TRUE(m.matches("x\ny"));
  EXPECT_TRUE(m.matches("z"));
  EXPECT_FALSE(m.matches("zz"));
  EXPECT_TRUE(Matcher::create(MatchType::kNotEqual, "a", "b")->matches_empty());
  EXPECT_FALSE(Matcher::create(MatchType::kRegex, "a", "(")) << "unbalanced";
}

TEST(Tenant, Rules) {
  EXPECT_EQ(*parse_tenant(""), "anonymous");
  EXPECT_EQ(*parse_tenant("team-a"), "team-a");
  EXPECT_FALSE(parse_tenant("a|b"));
  EXPECT_FALSE(parse_tenant(".."));
  EXPECT_EQ(*parse_tenants("b|a|b"), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(parse_tenants("a||b"));
}

Histogram sample_histogram() {
  Histogram h;
  h.is_integer = true;
  h.schema = 1;
  h.count = 7;
  h.zero_count = 1;
  h.sum = 12.5;
  h.zero_threshold = 0.001;
  h.positive_spans = {{0, 2}, {3, 1}};
  h.positive_buckets = {1, 3, 2};
  return h;
}

TEST(Histogram, EncodingRoundTripsAndRejectsEveryCut) {
  const Histogram h = sample_histogram();
  std::string bytes;
  encode_histogram(bytes, h);
  std::string_view in = bytes;
  const Result<Histogram> back = decode_histogram(in);
  ASSERT_TRUE(back);
  EXPECT_TRUE(identical(h, *back));
  EXPECT_TRUE(in.empty());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    std::string_view cut(bytes.data(), n);
    EXPECT_FALSE(decode_histogram(cut)) << n;
  }
}

TEST(Histogram, ValidationNamesTheFault) {
  EXPECT_TRUE(validate(sample_histogram()));
  Histogram h = sample_histogram();
  h.positive_buckets.pop_back();
  EXPECT_EQ(validate(h).error().message, "positive side: spans need 3 buckets, have 2 buckets");
  h = sample_histogram();
  h.count = 9;
  EXPECT_EQ(validate(h).error().message, "7 observations found in buckets, but the Count field is 9");
  h = sample_histogram();
  h.schema = 9;
  EXPECT_FALSE(validate(h));
}

TEST(Histogram, IntegerCountsAreExact) {
  constexpr double kLargest = 9007199254740992;
  Histogram h;
  h.is_integer = true;
  h.count = h.zero_count = kLargest;
  EXPECT_TRUE(validate(h));
  h.count = h.zero_count = kLargest + 2;
  EXPECT_EQ(validate(h).error().message, "histogram has an integer count above 2^53");
  h = {};
  h.is_integer = true;
  h.count = 0x1p64;
  h.negative_spans = {{0, 1}};
  h.negative_buckets = {0x1p64};
  EXPECT_EQ(validate(h).error().message, "histogram has an integer count above 2^53");
  h.is_integer = false;
  EXPECT_TRUE(validate(h));
}

TEST(Histogram, BucketIndexesHaveBounds) {
  Histogram h;
  h.positive_buckets = {1, 1};
  h.positive_spans = {{1 << 29, 2}};
  EXPECT_EQ(validate(h).error().message, "positive side: span number 1 lies outside of the buckets that there are");
  h.positive_spans = {{INT32_MIN, 2}};
  EXPECT_FALSE(validate(h));
  h.positive_spans = {{0, 1}, {INT32_MAX, 1}};
  EXPECT_FALSE(validate(h));
  h.positive_spans = {{-(1 << 29), 1}, {(1 << 30) - 2, 1}};
  EXPECT_TRUE(validate(h));
}

TEST(Histogram, ZeroThresholdsArePositiveNumbers) {
  Histogram h;
  EXPECT_TRUE(validate(h));
  for (const double threshold : {-1e-9, static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    h.zero_threshold = threshold;
    EXPECT_FALSE(validate(h)) << threshold;
  }
}

TEST(Histogram, AnyCountsOfDecodedBytesCanBeEncoded) {
  Histogram h;
  h.is_integer = true;
  h.positive_spans = {{0, 4}};
  h.positive_buckets = {0x1p63, -0x1p63, 0x1p63, 1};
  std::string bytes;
  encode_histogram(bytes, h);
  std::string_view in = bytes;
  const Result<Histogram> back = decode_histogram(in);
  ASSERT_TRUE(back);
  EXPECT_TRUE(identical(h, *back));
}

TEST(SampleColumns, HistogramsAfterFloatsAlign) {
  SampleColumns columns;
  columns.push_float(1, 1.0);
  columns.push_histogram(2, std::make_shared<Histogram>(sample_histogram()), 1);
  columns.push_float(3, stale_nan());
  EXPECT_FALSE(columns.is_histogram(0));
  EXPECT_TRUE(columns.is_histogram(1));
  EXPECT_EQ(columns.start_timestamps, (std::vector<std::int64_t>{0, 1, 0}));
  EXPECT_TRUE(is_stale_nan(columns.values[2]));
}

}  // namespace
}  // namespace isobar::model
