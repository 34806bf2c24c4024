// What a pattern says of an expression, against RE2 itself.
#include "model/value_pattern.h"

#include <re2/re2.h>

#include "model/matcher.h"
#include "sys/random.h"

namespace isobar::model {
namespace {

using Words = std::vector<std::string>;

void expect_words(const std::string& expression, const Words& words) {
  const ValuePattern p = ValuePattern::parse(expression);
  ASSERT_NE(p.words(), nullptr) << expression;
  EXPECT_EQ(*p.words(), words) << expression;
  EXPECT_TRUE(p.exact()) << expression;
}

TEST(ValuePattern, ExpandsFiniteExpressions) {
  expect_words("", {""});
  expect_words("abc", {"abc"});
  expect_words("a|b|c", {"a", "b", "c"});
  expect_words("foo(1|2)", {"foo1", "foo2"});
  expect_words("[ab]c", {"ac", "bc"});
  expect_words("a(bc)?d?", {"a", "abc", "abcd", "ad"});
  expect_words("^a$|^b$", {"a", "b"});
  expect_words("x{2,3}", {"xx", "xxx"});
  expect_words("(?i)get", {"GET", "GEt", "GeT", "Get", "gET", "gEt", "geT", "get"});
  expect_words("(?i:k)", {"K", "k", "\u212a"});
  expect_words(R"(10\.0\.0\.[1-3]:80)", {"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"});
  expect_words(R"(\Qa.b\E|)", {"", "a.b"});
  expect_words("é|[äö]", {"ä", "é", "ö"});
  expect_words("(?P<n>a)(?:b)", {"ab"});
  expect_words("a{,2}", {"a{,2}"});
  expect_words("a{02}", {"a{02}"});
}

TEST(ValuePattern, ListsOfDashboardsStayLists) {
  std::string expression;
  for (int i = 0; i < 5000; ++i) expression += (i == 0 ? "(host-" : "|host-") + std::to_string(i);
  const ValuePattern p = ValuePattern::parse(expression + "):9100");
  ASSERT_NE(p.words(), nullptr);
  EXPECT_EQ(p.words()->size(), 5000U);
  EXPECT_TRUE(p.exact());
  EXPECT_TRUE(p.may_match("host-4999:9100"));
  EXPECT_FALSE(p.may_match("host-5000:9100"));
}

TEST(ValuePattern, ChainsNeedNoExpression) {
  for (const char* expression : {".*", ".+", "a.*", ".*a", ".*a.*", "a.+b", "(a|b).*(c|d)", "a.*b.*c", "a.*|b.*", ".{3,}", "^a.*$"}) {
    EXPECT_TRUE(ValuePattern::parse(expression).exact()) << expression;
    EXPECT_EQ(ValuePattern::parse(expression).words(), nullptr) << expression;
  }
  EXPECT_EQ(ValuePattern::parse("a.*|b.*c|ab.*").prefixes(), (Words{"a", "b"}));
  EXPECT_EQ(ValuePattern::parse("node-[0-9]+").prefixes(), (Words{"node-0", "node-1", "node-2", "node-3", "node-4", "node-5", "node-6",
                                                                    "node-7", "node-8", "node-9"}));
  EXPECT_EQ(ValuePattern::parse(R"(web-\d+|db-.)").prefixes(), (Words{"db-", "web-"}));
  EXPECT_EQ(ValuePattern::parse(".*").prefixes(), (Words{""}));
  const ValuePattern gap = ValuePattern::parse("é.+é");
  EXPECT_TRUE(gap.may_match("éxé"));
  EXPECT_FALSE(gap.may_match("éé"));
}

TEST(ValuePattern, WhatIsNotUnderstoodAcceptsAll) {
  for (const char* expression : {R"(\x41)", R"(\101)", "a)|(b", "^*a"}) {
    const ValuePattern p = ValuePattern::parse(expression);
    EXPECT_FALSE(p.exact()) << expression;
    EXPECT_TRUE(p.may_match("zzz")) << expression;
    EXPECT_EQ(p.prefixes(), (Words{""})) << expression;
  }
}

std::string random_expression(sys::Random& random, int depth) {
  static constexpr const char* kAtoms[] = {"a", "b", "ab", "k", ".", ".*", ".+", ".?", "[ab]", "[^a]", "[a-c]", "é", "\\.", "\\d", "\\w", "^", "$",
                                           "\\b", "", "1", "\\Qa.\\E", "[[:digit:]]", "\\pL", ".{2,}", "[k-s]", "\n", "[]a]", "[a-]"};
  const auto part = [&] { return random_expression(random, depth - 1); };
  switch (depth == 0 ? 0 : random.below(9)) {
    case 0:
    case 1: return kAtoms[random.below(std::size(kAtoms))];
    case 2:
    case 3: return part() + part();
    case 4: return part() + "|" + part();
    case 5: return "(" + part() + ")";
    case 6: return "(?:" + part() + ")" + std::array{"*", "+", "?", "{2}", "{0,2}", "{1,}", "*?"}[random.below(7)];
    case 7: return "(?i:" + part() + ")";
    default: return (random.chance(1, 2) ? "(?-s:" : "(?i)(?:") + part() + ")" + part();
  }
}

std::string random_value(sys::Random& random) {
  static constexpr const char* kPieces[] = {"a", "b", "A", "B", "é", "k", "\u212a", "1", ".", "\n", "s", "ſ", "]", "-"};
  std::string value;
  for (std::uint64_t n = random.below(7); n > 0; --n) value += kPieces[random.below(std::size(kPieces))];
  return value;
}

TEST(ValuePattern, AgreesWithRe2OnRandomExpressionsAndValues) {
  sys::Random random(11);
  re2::RE2::Options options;
  options.set_log_errors(false);
  int valid = 0;
  int exact = 0;
  int matched = 0;
  for (int round = 0; round < 8000; ++round) {
    const std::string expression = random_expression(random, 4);
    const auto matcher = Matcher::create(MatchType::kRegex, "a", expression);
    const re2::RE2 plain("(?s:" + expression + ")", options);
    ASSERT_EQ(matcher.has_value(), plain.ok()) << expression;
    if (!matcher) continue;
    ++valid;
    const ValuePattern& pattern = *matcher->pattern();
    exact += pattern.exact() ? 1 : 0;
    std::vector<std::string> values;
    for (int i = 0; i < 20; ++i) values.push_back(random_value(random));
    if (pattern.words() != nullptr) values.insert(values.end(), pattern.words()->begin(), pattern.words()->end());
    const Words prefixes = pattern.prefixes();
    for (const std::string& value : values) {
      const bool wanted = re2::RE2::FullMatch(value, plain);
      matched += wanted ? 1 : 0;
      ASSERT_EQ(matcher->matches(value), wanted) << expression << " on " << value;
      if (!wanted) continue;
      const auto begins = [&](const std::string& prefix) { return value.starts_with(prefix); };
      ASSERT_EQ(std::count_if(prefixes.begin(), prefixes.end(), begins), 1) << expression << " on " << value;
    }
  }
  EXPECT_GT(valid, 6000);
  EXPECT_GT(exact, 1200);
  EXPECT_GT(matched, 8000);
}

}  // namespace
}  // namespace isobar::model
