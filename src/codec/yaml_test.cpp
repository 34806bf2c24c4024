#include "codec/yaml.h"

namespace isobar {
namespace {

std::vector<std::string> texts(const std::vector<YamlProblem>& problems) {
  std::vector<std::string> lines;
  for (const YamlProblem& problem : problems) lines.push_back(problem.to_string());
  return lines;
}
using Lines = std::vector<std::string>;

struct Inner {
  std::string name;
  Secret password;
};
struct Outer {
  Duration every;
  std::uint64_t count = 0;
  bool on = false;
  double ratio = 0;
  ByteSize size;
  std::vector<Inner> inner;
  std::map<std::string, std::string> labels;
};
void bind(const YamlNode& node, Inner& out, YamlProblems& problems) {
  YamlMap map(node, "inner", problems);
  map.field("name", out.name);
  map.field("password", out.password);
  map.finish();
}
void bind(const YamlNode& node, Outer& out, YamlProblems& problems) {
  YamlMap map(node, "outer", problems);
  map.field("every", out.every);
  map.field("count", out.count);
  map.field("on", out.on);
  map.field("ratio", out.ratio);
  map.field("size", out.size);
  map.field("inner", out.inner);
  map.field("labels", out.labels);
  map.unused("later", "accepted, not used yet");
  map.finish();
}

TEST(Yaml, BindsEveryKind) {
  YamlProblems problems("f.yml");
  const YamlNode node = parse_yaml(
      "every: 1m30s\ncount: 7\non: true\nratio: 0.5\nsize: 10MB\n"
      "inner:\n- name: a\n  password: hunter2\n- {name: 'b'}\nlabels: {x: 1, y: \"2\"}\nlater: [1]\n",
      problems);
  Outer outer;
  bind(node, outer, problems);
  EXPECT_EQ(texts(problems.problems()), Lines{});
  EXPECT_EQ(texts(problems.warnings()), Lines{"f.yml:11: accepted, not used yet: later"});
  EXPECT_EQ(outer.every, Duration::seconds(90));
  EXPECT_EQ(outer.count, 7u);
  EXPECT_TRUE(outer.on);
  EXPECT_EQ(outer.ratio, 0.5);
  EXPECT_EQ(outer.size.bytes, 10u << 20);
  EXPECT_EQ(outer.inner.size(), 2u);
  EXPECT_EQ(outer.inner[0].password.reveal(), "hunter2");
  EXPECT_EQ(outer.labels, (std::map<std::string, std::string>{{"x", "1"}, {"y", "2"}}));
  EXPECT_EQ(write_yaml(node),
            "every: 1m30s\ncount: 7\non: true\nratio: 0.5\nsize: 10MB\ninner:\n- name: a\n  password: <secret>\n"
            "- name: \"b\"\nlabels:\n  x: 1\n  y: \"2\"\nlater:\n- 1\n");
}

TEST(Yaml, ProblemsNameFileLineAndNearestKey) {
  YamlProblems problems("f.yml");
  const YamlNode node = parse_yaml(
      "evry: 1m\ncount: -1\non: maybe\nratio: x\nsize: 10\ninner: {name: a}\ncount: 3\nlabels: 1\nzzzzzz: 1\n", problems);
  Outer outer;
  bind(node, outer, problems);
  EXPECT_EQ(texts(problems.problems()),
            (Lines{"f.yml:7: key is given twice: count", "f.yml:2: expected a whole number that is not negative, found: -1",
                   "f.yml:3: expected true or false, found: maybe", "f.yml:4: expected a number, found: x",
                   "f.yml:5: expected a size like 10MB or 1GiB, found: 10",
                   "f.yml:6: expected a list (write - before each item, or [a, b])",
                   "f.yml:8: expected a map (write key: value)", "f.yml:1: unknown key in outer, did you mean every: evry",
                   "f.yml:9: unknown key in outer: zzzzzz"}));
}

TEST(Yaml, MergesAndAliases) {
  YamlProblems problems("f.yml");
  const YamlNode node = parse_yaml(
      "base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\nuse: {<<: *b, x: 5}\nboth: {<<: [*b, *o]}\ncopy: *b\n", problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(node.find("use")->find("x")->scalar, "5");
  EXPECT_EQ(node.find("use")->find("y")->scalar, "2");
  EXPECT_EQ(node.find("both")->find("y")->scalar, "2");
  EXPECT_EQ(node.find("both")->find("z")->scalar, "4");
  EXPECT_EQ(node.find("copy")->pairs.size(), 2u);
}

TEST(Yaml, BadTextIsAProblemAndBombsAreBounded) {
  YamlProblems problems("f.yml");
  parse_yaml("a: [1\nb: 2\n", problems);
  ASSERT_EQ(problems.problems().size(), 1u);
  EXPECT_GT(problems.problems()[0].line, 0);
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += fmt::format("a{}: &a{} [", i, i);
    for (int j = 0; j < 9; ++j) bomb += fmt::format("{}*a{}", j == 0 ? "" : ",", i - 1);
    bomb += "]\n";
  }
  YamlProblems of_bomb("bomb");
  parse_yaml(bomb, of_bomb, {.nodes = 10'000});
  EXPECT_EQ(texts(of_bomb.problems()), Lines{"bomb: the document is larger than 10000 nodes"});
  YamlProblems deep("deep");
  parse_yaml(std::string(5000, '['), deep);
  EXPECT_FALSE(deep.empty());
}

TEST(Yaml, WrittenTextReadsBack) {
  YamlProblems problems("f.yml");
  const std::string text =
      "a:\n- b: \"- x\"\n  c:\n  - 1\n  - d: \": \"\n- - nested\n  - list\ne: {}\nf: []\ng: null\n\"h: i\": \"line\\nbreak\"\n"
      "url: http://user:<secret>@host/path\n";
  const YamlNode node = parse_yaml(text, problems);
  EXPECT_EQ(texts(problems.problems()), Lines{});
  EXPECT_EQ(write_yaml(node), text);
}

}  // namespace
}  // namespace isobar
