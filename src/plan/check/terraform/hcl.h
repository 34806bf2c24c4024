// HCL in its native syntax, as Terraform files are written: blocks, attributes, literals, lists, objects, heredocs
// (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md). What is no literal keeps its text and the names in it, and
// nothing is computed: conditionals, operators, templates and "for" are unknown values.
//
// A syntax error is a problem with its line; what stands before it is kept. Limits: 8 MiB, 200,000 values, 64 levels.
// Thread safety: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isobar::plan::hcl {

struct Field;

struct Value {
  //   kReference  a name alone: aws_subnet.private[0].id, local.azs
  //   kCall       a function: text is its name, items its arguments
  enum class Kind { kUnknown, kNull, kBool, kNumber, kString, kList, kObject, kReference, kCall };
  Kind kind = Kind::kUnknown;
  std::string text;  // the literal without quotes, or the source of what is unknown
  int line = 0;
  std::vector<Value> items;
  std::vector<Field> fields;
  std::vector<std::string> references;  // every name in it: aws_subnet.private[0].id

  Value();
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();

  bool is_literal() const { return kind == Kind::kBool || kind == Kind::kNumber || kind == Kind::kString; }
  const Value* find(std::string_view name) const;
};

struct Field {
  std::string name;
  Value value;
};

// `resource "aws_subnet" "a" { … }`: blocks inside are fields too, each a list of objects; a dynamic block is one unknown
// item of that list.
struct Block {
  std::string type;
  std::vector<std::string> labels;
  Value body;
  int line = 0;
};

struct Problem {
  int line = 0;
  std::string message;
};

struct File {
  std::vector<Block> blocks;
  std::vector<Field> attributes;  // outside of blocks: of a .tfvars file
  std::optional<Problem> problem;
};

File parse(std::string_view text);

}  // namespace isobar::plan::hcl
