#include "plan/check/terraform/hcl.h"

#include <gtest/gtest.h>

namespace isobar::plan::hcl {
namespace {

using Kind = Value::Kind;

const Value& field(const Value& value, std::string_view name) {
  const Value* found = value.find(name);
  EXPECT_NE(found, nullptr) << name;
  static const Value kNone;
  return found == nullptr ? kNone : *found;
}

TEST(Hcl, ReadsBlocksLabelsAndLiterals) {
  const File file = parse(R"(# comment
resource "aws_subnet" "a" { // one
  cidr_block = "10.0.0.0/24" # two
  map_public_ip_on_launch = true
  count = 2
  other = null
  tags = { Name = "a", "kubernetes.io/role/elb" : 1 }
  ids = ["x",
         "y", /* three */]
  timeouts { create = "5m" }
}
)");
  ASSERT_FALSE(file.problem.has_value()) << file.problem->message;
  ASSERT_EQ(file.blocks.size(), 1U);
  const Block& block = file.blocks[0];
  EXPECT_EQ(block.line, 2);
  EXPECT_EQ(block.labels, (std::vector<std::string>{"aws_subnet", "a"}));
  EXPECT_EQ(field(block.body, "cidr_block").text, "10.0.0.0/24");
  EXPECT_EQ(field(block.body, "map_public_ip_on_launch").kind, Kind::kBool);
  EXPECT_EQ(field(block.body, "count").kind, Kind::kNumber);
  EXPECT_EQ(field(block.body, "other").kind, Kind::kNull);
  EXPECT_EQ(field(block.body, "tags").fields[1].name, "kubernetes.io/role/elb");
  EXPECT_EQ(field(block.body, "ids").items.size(), 2U);
  EXPECT_EQ(field(block.body, "ids").items[1].line, 9);
  EXPECT_EQ(field(field(block.body, "timeouts").items[0], "create").text, "5m");
}

TEST(Hcl, KeepsWhatItDoesNotComputeAsText) {
  const File file = parse(R"(locals {
  name   = "${var.env}-vpc"
  zones  = slice(data.aws_availability_zones.available.names, 0, 3)
  first  = aws_subnet.private[0].id
  all    = aws_subnet.private[*].id
  keyed  = aws_subnet.private["a"].id
  count  = var.ha ? 3 : 1
  list   = [for s in aws_subnet.public : s.id]
  map    = { for k, v in var.x : k => v }
  sum    = 1 + length(var.x)
  plain  = "costs $${x} and $5"
  last   = element(aws_subnet.a[*].id, count.index).x
  index  = aws_subnet.b[count.index].id
  json   = jsonencode({ env = { A = "true" } })
  not    = !var.x
  nested = ["a", upper("b"), { c = "d" }]
}
)");
  ASSERT_FALSE(file.problem.has_value()) << file.problem->line << file.problem->message;
  const Value& locals = file.blocks[0].body;
  for (const char* name : {"name", "count", "list", "map", "sum", "last", "index", "not"})
    EXPECT_EQ(field(locals, name).kind, Kind::kUnknown) << name;
  EXPECT_EQ(field(locals, "zones").kind, Kind::kCall);
  EXPECT_EQ(field(locals, "zones").items.size(), 3U);
  EXPECT_EQ(field(locals, "zones").items[2].text, "3");
  for (const char* name : {"first", "all", "keyed"}) EXPECT_EQ(field(locals, name).kind, Kind::kReference) << name;
  EXPECT_EQ(field(locals, "first").text, "aws_subnet.private[0].id");
  EXPECT_EQ(field(locals, "count").text, "var.ha ? 3 : 1");
  EXPECT_EQ(field(locals, "list").references, (std::vector<std::string>{"aws_subnet.public", "s.id"}));
  EXPECT_EQ(field(locals, "plain").kind, Kind::kString);
  EXPECT_EQ(field(field(field(locals, "json").items[0], "env"), "A").text, "true");
  EXPECT_EQ(field(locals, "nested").items[2].fields.size(), 1U);
}

TEST(Hcl, ReadsHeredocsDynamicBlocksAndVariables) {
  const File file = parse(
      "a = <<-EOT\n  --max-pods=17\n  EOT\nb = <<X\n${y}\nX\nc = 1\nx \"y\" {\n  dynamic \"route\" {\n    for_each = var.r\n    "
      "content { a = 1 }\n  }\n  route { b = 2 }\n}\n");
  ASSERT_FALSE(file.problem.has_value()) << file.problem->message;
  ASSERT_EQ(file.attributes.size(), 3U);
  EXPECT_EQ(file.attributes[0].value.text, "  --max-pods=17\n");
  EXPECT_EQ(file.attributes[1].value.kind, Kind::kUnknown);
  EXPECT_EQ(file.attributes[2].value.line, 7);
  const Value& routes = field(file.blocks[0].body, "route");
  ASSERT_EQ(routes.items.size(), 2U);
  EXPECT_EQ(routes.items[0].kind, Kind::kUnknown);
  EXPECT_EQ(routes.items[1].kind, Kind::kObject);
}

TEST(Hcl, KeepsWhatStandsBeforeDamageAndSaysItsLine) {
  const struct {
    const char* text;
    int line;
  } cases[] = {{"a = 1\nb {\n", 3}, {"a = \"x\n", 1}, {"a = [1, 2\n", 2}, {"a = (1\n", 2}, {"a = <<E\nx\n", 3},
               {"a = <<E\r", 1},    {"a = 1 }\n", 1}, {"a\n", 1},         {"= 1", 1},      {"a = {x 1}", 1},
               {"/* x", 1},         {"a = \"${x", 1}, {"a = f(1", 1},     {"a = )", 1}};
  for (const auto& one : cases) {
    const File file = parse(one.text);
    ASSERT_TRUE(file.problem.has_value()) << one.text;
    EXPECT_EQ(file.problem->line, one.line) << one.text << file.problem->message;
  }
  EXPECT_EQ(parse("a = 1\nb {\n").attributes.size(), 1U);
}

TEST(Hcl, HoldsItsLimits) {
  EXPECT_TRUE(parse("a = " + std::string(200, '[') + std::string(200, ']')).problem.has_value());
  std::string templates = "a = ";
  for (int i = 0; i < 200; ++i) templates += "\"${";
  EXPECT_TRUE(parse(templates).problem.has_value());
  EXPECT_TRUE(parse(std::string((8U << 20) + 1, ' ')).problem.has_value());
}

}  // namespace
}  // namespace isobar::plan::hcl
