#include "plan/ledger/ledger.h"

#include <gtest/gtest.h>

#include "plan/compare/comparison.h"
#include "plan/compare/explain.h"
#include "plan/ledger/evaluation.h"

namespace isobar::plan {
namespace {

class Numbers final : public Scope {
 public:
  Result<Value> value_of(std::string_view name) override {
    if (name == "three") return Value::of(Rational(3));
    if (name == "kind") return Value::of(std::string("gp3"));
    if (name == "on") return Value::of(true);
    if (name == "unknown") return Value::not_measured("unknown");
    return fail(Code::kUnprocessable, "no such name");
  }
};

std::string value(std::string_view text) {
  Numbers scope;
  const Result<Expression> expression = Expression::parse(text);
  if (!expression) return expression.error().message;
  const Result<Value> result = expression->evaluate(scope);
  return result ? result->to_string() : result.error().message;
}

TEST(Rational, MoneyIsExact) {
  const Rational price = *Rational::parse("0.1504");
  const Rational month = *price.times(*Rational(3).times(730));
  EXPECT_EQ(month.to_string(), "329.376");
  EXPECT_EQ(*month.rounded(1'000'000), 329'376'000);
  EXPECT_EQ(*Rational::make(-5, 2)->rounded(), -3);  // halves away from zero
  EXPECT_EQ(*Rational::make(1, 3)->rounded(1'000'000), 333'333);
  EXPECT_EQ(Rational::make(1, 3)->to_string(4), "0.3333");
  EXPECT_EQ(Rational::parse("1_000.50")->to_string(), "1000.5");
  EXPECT_EQ(Rational::make(-1, 8)->floor()->to_string(), "-1");
  EXPECT_EQ(Rational::make(9, 8)->ceil()->to_string(), "2");
}

TEST(Rational, WhatDoesNotFitIsAnError) {
  EXPECT_FALSE(Rational(INT64_MAX).times(2));
  EXPECT_FALSE(Rational(1).over(0));
  for (const char* text : {"", "-", ".", "1.", "1e5", "0x10", "1,5", "99999999999999999999", "_1"}) EXPECT_FALSE(Rational::parse(text)) << text;
}

TEST(Expression, OperatorsBindAsInArithmetic) {
  EXPECT_EQ(value("1 + 2 * three"), "7");
  EXPECT_EQ(value("(1 + 2) * 3 - 10 / 4"), "6.5");
  EXPECT_EQ(value("10 - 4 - 3"), "3");
  EXPECT_EQ(value("-three + 1"), "-2");
  EXPECT_EQ(value("if kind == 'gp2' then 1 else 2"), "2");
  EXPECT_EQ(value("not on or three >= 3 and kind != 'gp2'"), "yes");
  EXPECT_EQ(value("max(1, three, 2) + ceil(1 / 3)"), "4");
}

TEST(Expression, WhatIsNotMeasuredStaysSo) {
  EXPECT_EQ(value("unknown * 2 + 1"), "not measured");
  EXPECT_EQ(value("max(unknown, 1)"), "not measured");
  EXPECT_EQ(value("if on then 1 else unknown"), "1");
}

TEST(Expression, ErrorsSayWhereAndWhat) {
  EXPECT_EQ(value("1 +"), "expected a number, a name or \"(\" at column 4 of the formula, found its end: 1 +");
  EXPECT_EQ(value("ciel(3)"), "unknown function, did you mean ceil: ciel");
  EXPECT_EQ(value("1 / 0"), "division by zero");
  EXPECT_EQ(value("kind + 1"), "expected a number, got gp3");
  EXPECT_EQ(value("if 3 then 1 else 2"), "expected yes or no, got 3");
  EXPECT_FALSE(Expression::parse(std::string(500, '(')));
  EXPECT_FALSE(Expression::parse("'open"));
}

constexpr const char* kLedger = R"(profiles:
  - {id: prod, title: production}
  - {id: dev, title: development}
decisions:
  - id: D1
    title: Nodes
    values:
      prod: {text: three, set: {nodes: 3}}
      dev: {text: one, set: {nodes: 1}}
    controls:
      - {control: CP-10, strength: partial, reason: another node stands, met_when: nodes >= 2}
  - id: D2
    title: Size
    values:
      prod: {text: large, set: {price_factor: 4}}
      dev: {text: small, set: {price_factor: 1}}
costs:
  - {id: nodes, title: nodes, formula: nodes * price_factor * price.node}
  - {id: fixed, title: control plane, fixed: true, formula: "73"}
components:
  - {id: app, title: app, when: nodes > 0, source: here, date: 2026-01, pods: [{name: app, replicas: nodes, memory_mib: measured.app}, {name: agent, kind: DaemonSet, replicas: nodes, volume_gib: 2}]}
prices:
  - {id: node, title: node, unit: month, usd: 10.005, source: here, date: 2026-01}
measurements:
  - {id: app, title: memory, unit: MiB, command: ./bench}
controls:
  - {id: CP-10, title: Recovery, baselines: [LOW], source: here, date: 2026-01}
)";

Ledger sample() { return *load_ledger({{"l.yaml", kLedger}}).ledger; }

TEST(Ledger, AProfileIsComputed) {
  const Ledger ledger = sample();
  const Evaluation prod = *evaluate(ledger, "prod");
  EXPECT_EQ(prod.total.micro_usd, 193'060'000);
  EXPECT_EQ(prod.fixed_total.micro_usd, 73'000'000);
  EXPECT_EQ(prod.footprint.pods.to_string(), "6");
  EXPECT_EQ(prod.footprint.volume_gib.to_string(), "6");
  EXPECT_EQ(prod.components[0].footprint.memory_mib.to_string(), "not measured");
  EXPECT_EQ(prod.footprint.memory_mib.to_string(), "0");  // and is in no total
}

TEST(Comparison, DecisionsAndTheirInteractionAddUp) {
  const Ledger ledger = sample();
  const Comparison c = *compare(ledger, "prod", "dev");
  EXPECT_EQ(c.total.month.micro_usd, 83'005'000 - 193'060'000);
  std::int64_t sum = c.interactions.month.micro_usd;
  for (const DecisionChange& change : c.decisions) sum += change.change.month.micro_usd;
  EXPECT_EQ(sum, c.total.month.micro_usd);
  ASSERT_EQ(c.decisions[0].waived.size(), 1u);
  EXPECT_EQ(c.decisions[0].waived[0]->control, "CP-10");
  EXPECT_EQ(c.controls[0].in_a, Strength::kPartial);
  EXPECT_EQ(c.controls[0].in_b, Strength::kNone);
}

TEST(Explain, GoesDownToThePrice) {
  const std::string text = *explain(sample(), "nodes", {"dev"});
  EXPECT_EQ(text,
            "nodes: nodes, dollars a month\n"
            "\n"
            "in dev\n"
            "  nodes = $10.01 a month\n"
            "    = nodes * price_factor * price.node  (l.yaml:18)\n"
            "    nodes = 1, decision D1 (Nodes)\n"
            "    price_factor = 1, decision D2 (Size)\n"
            "    price.node = 10.005 $/month: here, 2026-01\n");
  EXPECT_EQ(explain(sample(), "node", {}).has_value(), true);
  EXPECT_EQ(explain(sample(), "nodse", {}).error().message,
            "nothing in the ledger has this id, did you mean nodes: nodse");
}

// Each fault of a ledger, and what is said about it.
struct Fault {
  const char* from;
  const char* to;
  const char* message;
};

class LedgerFaults : public testing::TestWithParam<Fault> {};

TEST_P(LedgerFaults, NameFileLineAndCure) {
  std::string text = kLedger;
  const std::size_t at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string_view(GetParam().from).size(), GetParam().to);
  const LoadedLedger loaded = load_ledger({{"l.yaml", text}});
  EXPECT_FALSE(loaded.ledger);
  ASSERT_FALSE(loaded.problems.empty());
  EXPECT_EQ(loaded.problems[0].to_string(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Each, LedgerFaults,
    testing::Values(
        Fault{"strength: partial", "strenth: partial", "l.yaml:11: unknown key in control, did you mean strength: strenth"},
        Fault{"usd: 10.005", "usd: -1", "l.yaml:23: usd must not be negative: -1"},
        Fault{"usd: 10.005", "usd: ten", "l.yaml:23: usd: not a decimal number: \"ten\""},
        Fault{"source: here, date: 2026-01}\nmeasurements", "source: here}\nmeasurements",
              "l.yaml:23: a figure needs its source and its date: source: where it stands, date: 2026-07-20"},
        Fault{"nodes * price_factor * price.node", "nodes * price_factr", "l.yaml:18: no setting, quantity, price or assumption of this name, did you mean price_factor: price_factr"},
        Fault{"formula: \"73\"", "formula: cost.fixed + 1", "l.yaml:2: profile prod cannot be computed: l.yaml:19: depends on itself: cost.fixed"},
        Fault{"dev: {text: one, set: {nodes: 1}}", "prud: {text: one}", "l.yaml:5: D1: no such profile, did you mean prod: prud"},
        Fault{"      dev: {text: one, set: {nodes: 1}}\n", "", "l.yaml:5: D1: no value for a profile; add dev: {text: …}"},
        Fault{"set: {price_factor: 4}", "set: {nodes: 4}", "l.yaml:12: D2: profile prod does not set price_factor"},
        Fault{"{id: CP-10, title", "{id: CP-11, title", "l.yaml:11: D1: control is not in the ledger: CP-10"},
        Fault{"replicas: nodes, memory", "replicas: nodes - 5, memory", "l.yaml:21: footprint is negative in profile dev: app"},
        Fault{"met_when: nodes >= 2", "met_when: nodes", "l.yaml:11: met_when must be yes or no: nodes"}));

TEST(Ledger, AnOverrideReplacesARow) {
  const LoadedLedger loaded = load_ledger({{"l.yaml", kLedger}}, {{"mine.yaml", "prices: [{id: node, usd: 5, source: contract, date: 2026-02}]"}});
  ASSERT_TRUE(loaded.ledger);
  EXPECT_EQ(evaluate(*loaded.ledger, "dev")->total.micro_usd, 78'000'000);
  EXPECT_EQ(loaded.ledger->as_of, "2026-02");
}

}  // namespace
}  // namespace isobar::plan
