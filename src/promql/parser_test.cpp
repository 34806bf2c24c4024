#include "promql/parser.h"

#include <random>

#include "promql/aggregators.h"
#include "promql/functions.h"
#include "promql/lexer.h"
#include "promql/printer.h"

namespace isobar::promql {
namespace {

std::string error_of(std::string_view query) {
  const auto expr = parse(query, Features::all());
  return expr ? "no error" : expr.error().message;
}

std::string printed(std::string_view query) {
  const auto expr = parse(query, Features::all());
  return expr ? print(**expr) : expr.error().message;
}

TEST(Parser, ErrorsNameTheirPlace) {
  EXPECT_EQ(error_of(""), "1:1: parse error: no expression found in input");
  EXPECT_EQ(error_of("1 +"), "1:4: parse error: unexpected end of input");
  EXPECT_EQ(error_of("sum(up"), "1:7: parse error: unclosed left parenthesis");
  EXPECT_EQ(error_of("up)"), "1:3: parse error: unexpected right parenthesis ')'");
  EXPECT_EQ(error_of("up\n  + nope(1)"), "2:5: parse error: unknown function with name \"nope\"");
  EXPECT_EQ(error_of("rate(up)"),
            "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector");
  EXPECT_EQ(error_of("up{job="), "1:8: parse error: unexpected end of input inside braces");
  EXPECT_EQ(error_of("{}"), "1:1: parse error: vector selector must contain at least one non-empty matcher");
  EXPECT_EQ(error_of("{a=~\".*\"}"),
            "1:1: parse error: vector selector must contain at least one non-empty matcher");
  EXPECT_EQ(error_of("up{a=~\"(\"}").find("1:7: parse error: invalid regular expression: missing )"), 0u);
  EXPECT_EQ(error_of("foo{__name__=\"bar\"}"),
            "1:5: parse error: metric name must not be set twice: \"foo\" or \"bar\"");
  EXPECT_EQ(error_of("\"a\\q\""), "1:1: parse error: unknown escape sequence in string: \"a\\q\"");
  EXPECT_EQ(error_of("1s2"), "1:1: parse error: bad number or duration syntax: \"1s2\"");
  EXPECT_EQ(error_of("a § b"), "1:3: parse error: unexpected character: '§'");
}

TEST(Parser, OperatorsAreChecked) {
  EXPECT_EQ(error_of("1 == 2"), "1:1: parse error: comparisons between scalars must use BOOL modifier");
  EXPECT_EQ(error_of("a + bool b"),
            "1:5: parse error: bool modifier can only be used on comparison operators");
  EXPECT_EQ(error_of("1 and a"),
            "1:1: parse error: set operator \"and\" not allowed in binary scalar expression");
  EXPECT_EQ(error_of("a and on(x) group_left() b"),
            "1:1: parse error: no grouping allowed for \"and\" operation");
  EXPECT_EQ(error_of("a + on(x) group_left(x) b"),
            "1:1: parse error: label \"x\" must not occur in ON and GROUP clause at once");
  EXPECT_EQ(error_of("1 + on(x) a"),
            "1:1: parse error: vector matching only allowed between instant vectors");
  EXPECT_EQ(error_of("\"a\" + 1"),
            "1:1: parse error: binary expression must contain only scalar and instant vector types");
  EXPECT_EQ(error_of("-\"a\""),
            "1:1: parse error: unary expression only allowed on expressions of type scalar or instant "
            "vector, got \"string\"");
}

TEST(Parser, SelectorsAreChecked) {
  EXPECT_EQ(error_of("(a)[5m]"), "1:1: parse error: ranges only allowed for vector selectors");
  EXPECT_EQ(error_of("a offset 5m[5m]"), "1:12: parse error: no offset modifiers allowed before range");
  EXPECT_EQ(error_of("a @ 5[5m]"), "1:6: parse error: no @ modifiers allowed before range");
  EXPECT_EQ(error_of("a offset 5m offset 5m"), "1:13: parse error: offset may not be set multiple times");
  EXPECT_EQ(error_of("a[0s]"), "1:3: parse error: duration must be greater than 0");
  EXPECT_EQ(error_of("a @ inf"), "1:5: parse error: timestamp out of bounds for @ modifier: +Inf");
  EXPECT_EQ(error_of("1 offset 5m"),
            "1:3: parse error: offset modifier must be preceded by an instant vector selector or range "
            "vector selector "
            "or a subquery, but follows a numberLiteral instead");
  EXPECT_EQ(error_of("a[5m][5m:1m]"),
            "1:1: parse error: subquery is only allowed on instant vector, got range vector instead");
}

TEST(Parser, FeaturesAreOffByDefault) {
  EXPECT_FALSE(parse("first_over_time(a[5m])"));
  EXPECT_FALSE(parse("limitk(1, a)"));
  EXPECT_FALSE(parse("a + fill(0) b"));
  EXPECT_FALSE(parse("rate(a[5m] smoothed)"));
  EXPECT_TRUE(parse("rate(a[5m * 2])"));
  // Each error names what turns it on.
  for (const char* query : {"first_over_time(a[5m])", "limitk(1, a)", "a + fill(0) b", "rate(a[5m] smoothed)"}) {
    const std::string error = parse(query).error().message;
    const std::size_t at = error.find("--enable-feature ");
    ASSERT_NE(at, std::string::npos) << error;
    const std::string name = error.substr(at + 17, error.find(' ', at + 17) - at - 17);
    ASSERT_TRUE(features_of(name)) << name;
    EXPECT_TRUE(parse(query, *features_of(name))) << name;
  }
}

TEST(Parser, PrecedenceAndAssociativity) {
  const auto shape = [](std::string_view query) {
    // Parenthesise every binary expression.
    const std::function<std::string(const Expr&)> walk = [&](const Expr& e) -> std::string {
      if (e.kind == ExprKind::kBinary) {
        const auto& b = as<BinaryExpr>(e);
        return "(" + walk(*b.left) + std::string(op_text(b.op)) + walk(*b.right) + ")";
      }
      if (e.kind == ExprKind::kUnary) return "-" + walk(*as<UnaryExpr>(e).inner);
      return print(e);
    };
    return walk(**parse(query));
  };
  EXPECT_EQ(shape("a + b * c"), "(a+(b*c))");
  EXPECT_EQ(shape("a - b - c"), "((a-b)-c)");
  EXPECT_EQ(shape("a ^ b ^ c"), "(a^(b^c))");
  EXPECT_EQ(shape("-a ^ b"), "-(a^b)");
  EXPECT_EQ(shape("-a * b"), "(-a*b)");
  EXPECT_EQ(shape("a or b and c unless d"), "(aor((bandc)unlessd))");
  EXPECT_EQ(shape("a == b + c atan2 d"), "(a==(b+(catan2d)))");
}

TEST(Parser, NumbersAndStrings) {
  const auto number = [](std::string_view text) { return as<NumberLiteral>(**parse(text)).value; };
  EXPECT_EQ(number("0x1F"), 31);
  EXPECT_EQ(number("010"), 8);
  EXPECT_EQ(number("1e3"), 1000);
  EXPECT_EQ(number(".5"), 0.5);
  EXPECT_EQ(number("1m30s"), 90);
  EXPECT_EQ(number("--2"), 2);
  EXPECT_TRUE(std::isinf(number("-Inf")));
  const auto text = [](std::string_view query) { return as<StringLiteral>(**parse(query)).value; };
  EXPECT_EQ(text(R"("a\n\x41\u00e9\101")"), "a\nAéA");
  EXPECT_EQ(text("`a\\n`"), "a\\n");
  EXPECT_EQ(text("'it\\'s'"), "it's");
}

TEST(Parser, KeywordsAreMetricNamesToo) {
  EXPECT_EQ(printed("sum + offset + by + or"), "sum + offset + by + or");
  EXPECT_EQ(printed("SUM BY (a) (b)"), "sum by (a) (b)");
  EXPECT_EQ(printed("start offset 5m @ end()"), "start @ end() offset 5m");
  EXPECT_EQ(printed("{\"on\"} + {\"with space\", \"a.b\"=\"c\"}"),
            "{\"on\"} + {\"with space\",\"a.b\"=\"c\"}");
}

// Each line prints as itself.
TEST(Printer, CanonicalForms) {
  for (const std::string_view text : {
           "up",
           "up{job=\"a\",instance!~\"b.*\"}",
           "rate(http_requests_total[5m] @ 100.500 offset -1h)",
           "sum without (instance) (a) / on (job) group_left (x) b",
           "a == bool ignoring () b",
           "topk by (job) (3, a)",
           "quantile(0.9, a)",
           "a[10m:]",
           "max_over_time(a[10m:1m] offset 5m)",
           "rate(a[5m * 2 + step()])",
           "a offset (-5m + 1s)",
           "a + fill (0) b",
           "a + on (x) group_right () fill_left (1) fill_right (NaN) b",
           "rate(a[5m] anchored)",
           "a smoothed",
           "-a ^ 2",
           "Inf - -Inf",
           "1h30m",
           "\"a\\\"b\\\\\"",
           "time() - 1e+30",
           "h </ 5 >/ 2",
       }) {
    EXPECT_EQ(printed(text), text == "a + fill (0) b" ? "a + fill (0) b" : text);
  }
}

TEST(Printer, LongQueriesBreak) {
  const auto expr = *parse(
      "sum by (job, instance) (rate(http_requests_total{job=\"api\"}[5m])) / "
      "sum by (job, instance) (rate(http_requests_total{job=\"web\"}[5m]))");
  EXPECT_EQ(format(*expr),
            "  sum by (job, instance) (rate(http_requests_total{job=\"api\"}[5m]))\n"
            "/\n"
            "  sum by (job, instance) (rate(http_requests_total{job=\"web\"}[5m]))");
  EXPECT_EQ(print(**parse(format(*expr))), print(*expr));
}

TEST(Parser, DepthIsLimited) {
  EXPECT_FALSE(parse(fmt::format("{0:(>{1}}1{0:)>{1}}", "", 100'000)));
  EXPECT_FALSE(parse(fmt::format("{:->{}}a", "", 100'000)));
  std::string wide = "a";
  for (int i = 0; i < 10'000; ++i) wide += "+a";
  EXPECT_EQ(error_of(wide).find("1:1: parse error: expression is nested deeper than 500 levels"), 0u);
  std::string power = "a";
  for (int i = 0; i < 10'000; ++i) power += "^a";
  EXPECT_FALSE(parse(power));
  std::string fine = "a";
  for (int i = 0; i < 400; ++i) fine += "+a";
  EXPECT_TRUE(parse(fine));
}

TEST(Functions, TableIsCompleteAndItsExamplesParse) {
  const std::vector<const FunctionSpec*>& all = functions();
  EXPECT_GT(all.size(), 80u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const FunctionSpec& f = *all[i];
    EXPECT_FALSE(f.doc.empty()) << f.name;
    EXPECT_EQ(find_function(f.name), &f) << "names must be unique: " << f.name;
    const int codes = (f.code.range != nullptr) + (f.code.element != nullptr) + (f.code.build != nullptr);
    EXPECT_EQ(codes, 1) << f.name;
    EXPECT_TRUE(parse(f.example, Features::all())) << f.name << ": " << error_of(f.example);
    EXPECT_NE(f.example.find(std::string(f.name) + "("), std::string_view::npos) << f.name;
    EXPECT_EQ(signature(f).find(std::string(f.name) + "("), 0u);
  }
  for (const AggregatorSpec& a : aggregators()) {
    EXPECT_TRUE(parse(a.example, Features::all())) << a.name << ": " << error_of(a.example);
  }
  EXPECT_EQ(signature(*find_function("round")), "round(instant vector, [scalar]) instant vector");
}

// A short run of what promql_parser_fuzz does for long: damaged queries either fail or print to a fixpoint.
TEST(Printer, DamagedQueriesPrintToAFixpoint) {
  std::mt19937_64 random(11);
  std::vector<std::string> seeds{"a + on (x) group_left (y) fill (0) b",
                                 "m{a=\"b\"}[5m:1m] @ 1.5 offset -(2m * step())",
                                 "-1 ^ 2 or sum by (a, \"b c\") (x)", "{\"inf\"} smoothed == bool Inf"};
  for (const FunctionSpec* f : functions()) seeds.emplace_back(f->example);
  const char* rounds = std::getenv("ISOBAR_FUZZ_ROUNDS");
  const int count = rounds != nullptr ? std::atoi(rounds) : 20'000;
  constexpr std::string_view kBytes = "()[]{}:,+-*/%^=!~<>@\"'`\\ .0159eEinfxabmsh_#\n\xc3\xa9";
  for (int round = 0; round < count; ++round) {
    std::string text = seeds[random() % seeds.size()];
    if (random() % 4 == 0) text += seeds[random() % seeds.size()].substr(random() % 2);
    for (std::uint64_t n = random() % 4; n > 0 && !text.empty(); --n) {
      const std::size_t at = random() % text.size();
      const char byte = kBytes[random() % kBytes.size()];
      switch (random() % 3) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        default:
          text.erase(at, 1 + random() % 3);
          break;
      }
    }
    const auto first = parse(text, Features::all());
    if (!first) continue;
    const std::string once = print(**first);
    const auto second = parse(once, Features::all());
    ASSERT_TRUE(second) << text << " -> " << once << ": " << second.error().message;
    ASSERT_EQ(print(**second), once) << text;
    ASSERT_TRUE(parse(format(**first), Features::all())) << format(**first);
  }
}

TEST(Parser, SeriesSelector) {
  EXPECT_EQ(parse_series_selector("up{job=\"a\"}")->size(), 2u);
  EXPECT_FALSE(parse_series_selector("up + 1"));
  EXPECT_FALSE(parse_series_selector("rate(up[5m])"));
}

TEST(Features, AreNamedAsInPrometheus) {
  const Features f = *features_of("promql-experimental-functions,,promql-binop-fill-modifiers,native-histograms");
  EXPECT_TRUE(f.experimental_functions);
  EXPECT_TRUE(f.binop_fill);
  EXPECT_FALSE(f.extended_selectors);
  EXPECT_FALSE(features_of("")->experimental_functions);
  EXPECT_EQ(features_of("promql-experimental-function").error().message,
            "there is no such feature, write one of promql-experimental-functions, promql-extended-range-selectors, "
            "promql-binop-fill-modifiers, promql-delayed-name-removal: \"promql-experimental-function\"");
}

}  // namespace
}  // namespace isobar::promql
