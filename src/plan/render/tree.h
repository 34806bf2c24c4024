// A document that is to be written: maps in the order in which they were made, lists, scalars, and comments. One tree is
// written as YAML; two trees of the same object give a patch.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isobar::plan::rendering {

struct Pair;

struct Tree {
  enum class Kind { kMap, kList, kScalar };
  Kind kind = Kind::kMap;
  bool plain = false;  // kScalar: a number, a boolean or null, never quoted
  std::string scalar;
  std::string comment;  // behind the value where it fits, else above
  std::vector<Tree> items;
  std::vector<Pair> pairs;

  // Defined in the source: a pair of the incomplete tree cannot be destroyed here.
  Tree();
  Tree(const Tree& other);
  Tree(Tree&& other) noexcept;
  Tree& operator=(const Tree& other);
  Tree& operator=(Tree&& other) noexcept;
  ~Tree();

  Tree(std::string text);     // NOLINT: a text is a scalar
  Tree(const char* text);     // NOLINT
  Tree(bool truth);           // NOLINT
  Tree(std::int64_t number);  // NOLINT
  Tree(int number);           // NOLINT
  // Two each and no default argument, for the same reason.
  static Tree list();
  static Tree list(std::vector<Tree> items);
  static Tree map();
  static Tree map(std::vector<Pair> pairs);

  // The value at the key, made if it is absent. "a.b" is one key, not a path.
  Tree& operator[](std::string_view key);
  const Tree* find(std::string_view key) const;
  Tree& note(std::string text);
  Tree& add(Tree item);
  bool same_as(const Tree& other) const;  // comments do not count
};

// Not std::pair: clang asks whether a pair can be made while the tree inside it is still being declared.
struct Pair {
  std::string key;
  Tree value;
};

// A document without "---", with a final newline.
std::string to_yaml(const Tree& tree);
// What `to` says that `from` does not: a strategic merge patch of Kubernetes. Maps are merged, "containers" by name; other
// lists and scalars are replaced; a key that is gone becomes null. An empty map where nothing differs.
Tree patch_between(const Tree& from, const Tree& to);

}  // namespace isobar::plan::rendering
