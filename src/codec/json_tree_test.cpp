#include "codec/json_tree.h"

#include <gtest/gtest.h>

namespace isobar {
namespace {

TEST(JsonTree, KeepsLinesKindsAndText) {
  YamlProblems problems("a.json");
  const YamlNode root = parse_json_tree("{\n  \"a\": [1, true,\n    null, \"x\\ny\"],\n  \"b\": {\"c\": -2.5e3}\n}\n", problems);
  ASSERT_TRUE(problems.empty());
  const YamlNode& a = *root.find("a");
  EXPECT_EQ(a.line, 2);
  ASSERT_EQ(a.items.size(), 4U);
  EXPECT_EQ(a.items[0].scalar, "1");
  EXPECT_FALSE(a.items[0].quoted);
  EXPECT_EQ(a.items[1].scalar, "true");
  EXPECT_TRUE(a.items[2].is_null());
  EXPECT_EQ(a.items[3].scalar, "x\ny");
  EXPECT_TRUE(a.items[3].quoted);
  EXPECT_EQ(a.items[3].line, 3);
  EXPECT_EQ(root.find("b")->find("c")->scalar, "-2.5e3");
}

TEST(JsonTree, ReportsDamageWithItsLine) {
  for (const char* text : {"{\n\"a\": }", "{\n\"a\": [1, 2}", "", "[1] x", "{\"a\": tru}", "{\"a\": 1e}", "\"text\""}) {
    YamlProblems problems("a.json");
    parse_json_tree(text, problems);
    EXPECT_FALSE(problems.empty()) << text;
  }
}

TEST(JsonTree, HoldsItsLimits) {
  YamlProblems deep("a.json");
  parse_json_tree(std::string(200, '[') + std::string(200, ']'), deep, {.depth = 50});
  ASSERT_FALSE(deep.empty());
  YamlProblems wide("a.json");
  parse_json_tree("[1,2,3,4]", wide, {.nodes = 3});
  ASSERT_FALSE(wide.empty());
}

TEST(YamlDocuments, KeepsTheLinesOfTheWholeText) {
  YamlProblems problems("a.yaml");
  const std::vector<YamlNode> documents = parse_yaml_documents("a: 1\n---\n# nothing\n---\nb: 2\n...\n---\nc: 3\n", problems);
  ASSERT_TRUE(problems.empty());
  ASSERT_EQ(documents.size(), 4U);
  EXPECT_TRUE(documents[1].is_null());
  EXPECT_EQ(documents[2].find("b")->line, 5);
  EXPECT_EQ(documents[3].find("c")->line, 8);
}

TEST(YamlDocuments, KeepsWhatStandsBeforeAnError) {
  YamlProblems problems("a.yaml");
  const std::vector<YamlNode> documents = parse_yaml_documents("a: 1\n---\nb: [1\n", problems);
  EXPECT_EQ(documents.size(), 1U);
  EXPECT_FALSE(problems.empty());
}

TEST(YamlDocuments, EndAtAStrayToken) {
  for (const char* text : {",a b: v1\nc", "a: 1\n---\n]\n", ", rsion: v1\nakide\n"}) {
    YamlProblems problems("a.yaml");
    EXPECT_LE(parse_yaml_documents(text, problems).size(), 2U) << text;
    EXPECT_FALSE(problems.empty()) << text;
  }
}

}  // namespace
}  // namespace isobar
