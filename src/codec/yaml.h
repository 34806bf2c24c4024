// YAML for configuration files: a tree with line numbers, and a strict binder that turns maps into structs.
//
// Parsing is yaml-cpp's; the tree is ours: duplicate keys are errors, "<<" merges are resolved, aliases are copied
// within a bound. The binder collects every problem instead of stopping at the first, each with file and line:
//
//   YamlMap map(node, "global", problems);
//   map.field("scrape_interval", out.scrape_interval);
//   map.finish();                       // unknown keys become problems that name the nearest known key
//
// Not thread-safe while binding; a parsed tree is a value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace isobar {

// A text that never prints: not in messages, not in the configuration that the API shows. Only reveal() gives it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

struct YamlPair;

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  int line = 0;  // from 1
  bool quoted = false;
  mutable bool is_secret = false;  // bound to a Secret, so write_yaml() hides it
  std::string scalar;
  std::vector<YamlNode> items;                         // kSequence
  std::vector<YamlPair> pairs;             // kMap, keys unique

  // Defined in the source: a pair of the incomplete node cannot be destroyed here.
  YamlNode();
  YamlNode(const YamlNode& other);
  YamlNode(YamlNode&& other) noexcept;
  YamlNode& operator=(const YamlNode& other);
  YamlNode& operator=(YamlNode&& other) noexcept;
  ~YamlNode();

  bool is_map() const { return kind == Kind::kMap; }
  bool is_null() const { return kind == Kind::kNull; }
  // Null if the map has no such key.
  const YamlNode* find(std::string_view key) const;
};

// Not std::pair: clang asks whether a pair can be made while the node inside it is still being declared.
struct YamlPair {
  std::string first;
  YamlNode second;
};

struct YamlProblem {
  std::string file;
  int line = 0;
  std::string message;
  std::string to_string() const;  // file:line: message
};

// Collects up to 100 problems; the rest is counted.
class YamlProblems {
 public:
  explicit YamlProblems(std::string file) : file_(std::move(file)) {}
  void add(int line, std::string message);
  void add(const YamlNode& node, std::string message) { add(node.line, std::move(message)); }
  void add(YamlProblem problem);
  // Accepted, but without effect: not an error.
  void warn(const YamlNode& node, std::string message);
  const std::string& file() const { return file_; }
  bool empty() const { return problems_.empty(); }
  const std::vector<YamlProblem>& problems() const { return problems_; }
  const std::vector<YamlProblem>& warnings() const { return warnings_; }

 private:
  std::string file_;
  std::vector<YamlProblem> problems_;
  std::vector<YamlProblem> warnings_;
};

struct YamlLimits {
  std::size_t bytes = 32 << 20;
  std::size_t nodes = 2'000'000;  // after aliases and merges are copied
  std::size_t depth = 100;
};

// The first document; an empty text gives a null node. Problems of syntax and structure go to `problems`.
YamlNode parse_yaml(std::string_view text, YamlProblems& problems, YamlLimits limits = {});

// Every document of a text in the manner of Kubernetes ("---" between them), with the lines of the whole text. Documents
// before a syntax error are kept.
std::vector<YamlNode> parse_yaml_documents(std::string_view text, YamlProblems& problems, YamlLimits limits = {});

// Block style, with <secret> for values bound to a Secret or under keys that hold one by name.
std::string write_yaml(const YamlNode& node);

// Binding of single values; each adds a problem if the node has another form.
void bind(const YamlNode& node, std::string& out, YamlProblems& problems);
void bind(const YamlNode& node, bool& out, YamlProblems& problems);
void bind(const YamlNode& node, std::int64_t& out, YamlProblems& problems);
void bind(const YamlNode& node, std::uint64_t& out, YamlProblems& problems);
void bind(const YamlNode& node, double& out, YamlProblems& problems);
void bind(const YamlNode& node, Duration& out, YamlProblems& problems);
void bind(const YamlNode& node, Secret& out, YamlProblems& problems);

// A number of bytes with a unit: 10MB, 1.5GiB, 512KB. Factors of 1024 in both spellings.
struct ByteSize {
  std::uint64_t bytes = 0;
  bool operator==(const ByteSize&) const = default;
};
void bind(const YamlNode& node, ByteSize& out, YamlProblems& problems);

// True, or a problem that says what was expected.
bool expect_sequence(const YamlNode& node, YamlProblems& problems);
bool expect_map(const YamlNode& node, YamlProblems& problems);

template <class T>
void bind(const YamlNode& node, std::vector<T>& out, YamlProblems& problems) {
  if (node.is_null()) return;
  if (!expect_sequence(node, problems)) return;
  out.clear();
  for (const YamlNode& item : node.items) bind(item, out.emplace_back(), problems);
}
template <class T>
void bind(const YamlNode& node, std::map<std::string, T>& out, YamlProblems& problems) {
  if (node.is_null()) return;
  if (!expect_map(node, problems)) return;
  for (const auto& [key, value] : node.pairs) bind(value, out[key], problems);
}
template <class T>
void bind(const YamlNode& node, std::optional<T>& out, YamlProblems& problems) {
  if (node.is_null()) return;
  bind(node, out.emplace(), problems);
}

class YamlMap {
 public:
  // `what` names the section in messages. A null node is an empty map; anything else but a map is a problem.
  YamlMap(const YamlNode& node, std::string what, YamlProblems& problems);

  // The value of a key, which becomes a known one; null if absent or null.
  const YamlNode* get(std::string_view key);
  template <class T>
  bool field(std::string_view key, T& out) {
    const YamlNode* value = get(key);
    if (value != nullptr) bind(*value, out, problems_);
    return value != nullptr;
  }
  // A known key that has no effect: a warning with `why`.
  void unused(std::string_view key, std::string_view why);
  // Call last.
  void finish();
  int line() const { return node_.line; }
  YamlProblems& problems() { return problems_; }

 private:
  const YamlNode& node_;
  std::string what_;
  YamlProblems& problems_;
  std::vector<std::string> known_;
};

}  // namespace isobar
