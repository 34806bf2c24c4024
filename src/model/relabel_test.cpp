#include "model/relabel.h"

namespace isobar::model {
namespace {

using enum RelabelAction;

// The labels after the rules, or "dropped".
std::string relabel(const Labels& labels, const std::vector<RelabelRule>& rules) {
  const auto relabeler = Relabeler::create(rules);
  if (!relabeler) return relabeler.error().message;
  LabelsBuilder builder(labels);
  return relabeler->apply(builder) ? builder.build().to_string() : "dropped";
}

const Labels kLabels{{"a", "foo"}, {"b", "bar"}, {"c", "baz"}};

TEST(Relabel, Replace) {
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a"}, .regex = "f(.*)", .target_label = "d", .replacement = "ch${1}-ch$1"}}),
            R"({a="foo", b="bar", c="baz", d="choo-choo"})");
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a", "b"}, .regex = "(?P<x>f.*);b(.*)", .target_label = "a",
                               .replacement = "b${2}$x${x}m$$"}}),
            R"({a="barfoofoom$", b="bar", c="baz"})");
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a"}, .regex = "o+", .target_label = "d", .replacement = "x"}}),
            kLabels.to_string());  // anchored
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a"}, .regex = "f.*", .target_label = "b", .replacement = ""}}),
            R"({a="foo", c="baz"})");
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a"}, .regex = "(f).*", .target_label = "${1}_x", .replacement = "x$1y"}}),
            R"({a="foo", b="bar", c="baz", f_x="x"})");  // $1y names no group
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a"}, .regex = "(f).*", .target_label = "${1}_x", .replacement = "${1}y"}}),
            R"({a="foo", b="bar", c="baz", f_x="fy"})");
  EXPECT_EQ(relabel(kLabels, {{.target_label = "d", .replacement = "static"}}),
            R"({a="foo", b="bar", c="baz", d="static"})");
  EXPECT_EQ(relabel(Labels{{"a", "x\ny"}}, {{.source_labels = {"a"}, .regex = "x.y", .target_label = "b", .replacement = "z"}}),
            R"({a="x\ny", b="z"})");
}

TEST(Relabel, KeepAndDrop) {
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a"}, .regex = "f", .action = kKeep}}), "dropped");
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a"}, .regex = "f.*", .action = kKeep}}), kLabels.to_string());
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a", "b"}, .regex = "foo;bar", .action = kDrop}}), "dropped");
  EXPECT_EQ(relabel(Labels{{"a", "x"}, {"b", "x"}}, {{.source_labels = {"a"}, .target_label = "b", .action = kDropEqual}}), "dropped");
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a"}, .target_label = "b", .action = kKeepEqual}}), "dropped");
}

TEST(Relabel, HashModIsThatOfPrometheus) {
  // md5("foo") = acbd18db4cc2f85c edef654fccc4a4d8
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a"}, .modulus = 1000, .target_label = "d", .action = kHashMod}}),
            fmt::format(R"({{a="foo", b="bar", c="baz", d="{}"}})", 0xedef654fccc4a4d8ULL % 1000));
  // md5 of 100 times 'x' takes two blocks: aed563ecafb4bcc5 654c597a421547b2.
  EXPECT_EQ(relabel(Labels{{"a", std::string(100, 'x')}},
                    {{.source_labels = {"a"}, .modulus = 1'000'000'007, .target_label = "a", .action = kHashMod}}),
            fmt::format(R"({{a="{}"}})", 0x654c597a421547b2ULL % 1'000'000'007));
}

TEST(Relabel, LabelNames) {
  EXPECT_EQ(relabel(Labels{{"__meta_x", "1"}, {"__meta_y", "2"}, {"z", "3"}},
                    {{.regex = "__meta_(.+)", .action = kLabelMap}, {.regex = "__meta_.*", .action = kLabelDrop}}),
            R"({x="1", y="2", z="3"})");
  EXPECT_EQ(relabel(kLabels, {{.regex = "a|b", .action = kLabelKeep}}), R"({a="foo", b="bar"})");
}

TEST(Relabel, Case) {
  EXPECT_EQ(relabel(Labels{{"a", "FoO"}}, {{.source_labels = {"a"}, .target_label = "l", .action = kLowercase},
                                           {.source_labels = {"a"}, .target_label = "u", .action = kUppercase}}),
            R"({a="FoO", l="foo", u="FOO"})");
}

TEST(Relabel, BadRulesAreErrors) {
  EXPECT_EQ(relabel(kLabels, {{.target_label = "a"}, {.regex = "(", .target_label = "a"}}), "relabel rule 2: missing ): (: \"(\"");
  EXPECT_EQ(relabel(kLabels, {{}}), "relabel rule 1: this action needs a target_label");
  EXPECT_EQ(relabel(kLabels, {{.target_label = "a", .action = kHashMod}}), "relabel rule 1: hashmod needs a modulus above zero");
  EXPECT_EQ(relabel(kLabels, {{.source_labels = {"a"}, .action = kLabelDrop}}), "relabel rule 1: labeldrop and labelkeep take only a regex");
  EXPECT_EQ(*parse_relabel_action("LabelMap"), kLabelMap);
  EXPECT_EQ(parse_relabel_action("replase").error().message, "unknown relabel action, did you mean replace: replase");
}

}  // namespace
}  // namespace isobar::model
