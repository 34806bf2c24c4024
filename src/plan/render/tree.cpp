#include "plan/render/tree.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace isobar::plan::rendering {
namespace {

constexpr std::size_t kWidth = 110;  // beyond it a comment stands above its line

bool looks_like_number(std::string_view text) {
  const bool digits = text.find_first_of("0123456789") != std::string_view::npos;
  return text.starts_with('.') || (digits && text.find_first_not_of("0123456789.eE+-_xo:abcdfABCDF") == std::string_view::npos);
}

bool is_word_of_yaml(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static constexpr std::string_view kWords[] = {"true", "false", "yes", "no", "on", "off", "null", "~", "y", "n"};
  return std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords);
}

bool needs_quotes(const std::string& text) {
  if (text.empty() || looks_like_number(text) || is_word_of_yaml(text)) return true;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@` ").find(text.front()) != std::string_view::npos) return true;
  return text.back() == ' ' || text.back() == ':' || text.find(": ") != std::string::npos || text.find(" #") != std::string::npos;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string scalar_text(const Tree& tree) {
  return !tree.plain && needs_quotes(tree.scalar) ? quoted(tree.scalar) : tree.scalar;
}
bool is_block(const Tree& tree) {
  return tree.kind == Tree::Kind::kScalar && tree.scalar.find('\n') != std::string::npos;
}
bool is_empty(const Tree& tree) {
  return tree.kind == Tree::Kind::kMap ? tree.pairs.empty() : tree.items.empty();
}

class YamlWriter {
 public:
  std::string write(const Tree& tree) {
    value(tree, 0, "");
    return std::move(out_);
  }

 private:
  void value(const Tree& tree, std::size_t indent, const std::string& head) {
    if (tree.kind == Tree::Kind::kScalar || is_empty(tree)) return leaf(tree, indent, head);
    if (!head.empty()) line(tree.comment, indent, head);
    const std::size_t inner = head.empty() ? indent : indent + 2;
    for (const Pair& pair : tree.pairs) value(pair.value, inner, key_text(pair.key) + ":");
    for (const Tree& item : tree.items) entry(item, inner);
  }

  // The first line of a map stands behind the dash.
  void entry(const Tree& item, std::size_t indent) {
    if (item.kind == Tree::Kind::kScalar || is_empty(item)) return leaf(item, indent, "-");
    if (!item.comment.empty()) lines_above(item.comment, indent);
    const std::size_t at = out_.size();
    value(item, indent + 2, "");
    std::size_t first = at;  // a comment may stand above it
    while (out_.compare(first + indent + 2, 1, "#") == 0) first = out_.find('\n', first) + 1;
    out_[first + indent] = '-';
  }

  void leaf(const Tree& tree, std::size_t indent, const std::string& head) {
    const std::string lead = head.empty() ? "" : head + " ";
    if (is_block(tree)) return block(tree, indent, lead);
    if (tree.kind == Tree::Kind::kScalar) return line(tree.comment, indent, lead + scalar_text(tree));
    line(tree.comment, indent, lead + (tree.kind == Tree::Kind::kMap ? "{}" : "[]"));
  }

  void block(const Tree& tree, std::size_t indent, const std::string& lead) {
    line(tree.comment, indent, lead + "|");
    std::size_t at = 0;
    while (at < tree.scalar.size()) {
      const std::size_t end = std::min(tree.scalar.find('\n', at), tree.scalar.size());
      const std::string text = tree.scalar.substr(at, end - at);
      out_ += text.empty() ? "\n" : std::string(indent + 2, ' ') + text + "\n";
      at = end + 1;
    }
  }

  void line(const std::string& comment, std::size_t indent, const std::string& text) {
    const bool above = comment.find('\n') != std::string::npos || indent + text.size() + comment.size() + 3 > kWidth;
    if (above) lines_above(comment, indent);
    out_ += std::string(indent, ' ') + text + (comment.empty() || above ? "" : "  # " + comment) + "\n";
  }

  void lines_above(const std::string& comment, std::size_t indent) {
    std::size_t at = 0;
    while (at <= comment.size()) {
      const std::size_t end = std::min(comment.find('\n', at), comment.size());
      out_ += std::string(indent, ' ') + "# " + comment.substr(at, end - at) + "\n";
      at = end + 1;
    }
  }

  static std::string key_text(const std::string& key) { return needs_quotes(key) ? quoted(key) : key; }

  std::string out_;
};

const Tree* named(const std::vector<Tree>& items, const Tree& like) {
  const Tree* name = like.find("name");
  for (const Tree& item : items) {
    const Tree* other = item.find("name");
    if (name != nullptr && other != nullptr && name->scalar == other->scalar) return &item;
  }
  return nullptr;
}

// Containers have a merge key in the API, so a patch need not repeat what stays.
Tree patch_of_containers(const Tree& from, const Tree& to) {
  Tree out = Tree::list();
  for (const Tree& item : to.items) {
    const Tree* before = named(from.items, item);
    if (before != nullptr && before->same_as(item)) continue;
    if (before == nullptr) {
      out.add(item);
      continue;
    }
    Tree patch = Tree::map({{"name", *item.find("name")}});
    const Tree changed = patch_between(*before, item);
    patch.pairs.insert(patch.pairs.end(), changed.pairs.begin(), changed.pairs.end());
    out.add(std::move(patch));
  }
  return out;
}

Tree null() {
  Tree out("null");
  out.plain = true;
  return out;
}

}  // namespace

Tree::Tree() = default;
Tree::Tree(const Tree& other) = default;
Tree::Tree(Tree&& other) noexcept = default;
Tree& Tree::operator=(const Tree& other) = default;
Tree& Tree::operator=(Tree&& other) noexcept = default;
Tree::~Tree() = default;

Tree::Tree(std::string text) : kind(Kind::kScalar), scalar(std::move(text)) {}
Tree::Tree(const char* text) : Tree(std::string(text)) {}
Tree::Tree(bool truth) : Tree(std::string(truth ? "true" : "false")) {
  plain = true;
}
Tree::Tree(std::int64_t number) : Tree(fmt::format("{}", number)) {
  plain = true;
}
Tree::Tree(int number) : Tree(std::int64_t{number}) {}

Tree Tree::list() { return list(std::vector<Tree>{}); }

Tree Tree::list(std::vector<Tree> items) {
  Tree out;
  out.kind = Kind::kList;
  out.items = std::move(items);
  return out;
}

Tree Tree::map() { return map(std::vector<Pair>{}); }

Tree Tree::map(std::vector<Pair> pairs) {
  Tree out;
  out.pairs = std::move(pairs);
  return out;
}

Tree& Tree::operator[](std::string_view key) {
  for (Pair& pair : pairs) {
    if (pair.key == key) return pair.value;
  }
  pairs.push_back({std::string(key), Tree()});
  return pairs.back().value;
}

const Tree* Tree::find(std::string_view key) const {
  for (const Pair& pair : pairs) {
    if (pair.key == key) return &pair.value;
  }
  return nullptr;
}

Tree& Tree::note(std::string text) {
  comment = std::move(text);
  return *this;
}

Tree& Tree::add(Tree item) {
  kind = Kind::kList;
  items.push_back(std::move(item));
  return items.back();
}

bool Tree::same_as(const Tree& other) const {
  if (kind != other.kind || plain != other.plain || scalar != other.scalar) return false;
  if (items.size() != other.items.size() || pairs.size() != other.pairs.size()) return false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].same_as(other.items[i])) return false;
  }
  return std::all_of(pairs.begin(), pairs.end(), [&](const Pair& pair) {
    const Tree* twin = other.find(pair.key);
    return twin != nullptr && pair.value.same_as(*twin);
  });
}

std::string to_yaml(const Tree& tree) {
  return YamlWriter().write(tree);
}

Tree patch_between(const Tree& from, const Tree& to) {
  Tree out;
  for (const Pair& pair : to.pairs) {
    const Tree* before = from.find(pair.key);
    if (before != nullptr && before->same_as(pair.value)) continue;
    const bool both = before != nullptr && before->kind == pair.value.kind;
    if (both && pair.value.kind == Tree::Kind::kMap) {
      out[pair.key] = patch_between(*before, pair.value).note(pair.value.comment);
    } else if (both && pair.key == "containers") {
      out[pair.key] = patch_of_containers(*before, pair.value);
    } else {
      out[pair.key] = pair.value;
    }
  }
  for (const Pair& pair : from.pairs) {
    if (to.find(pair.key) == nullptr) out[pair.key] = null();
  }
  return out;
}

}  // namespace isobar::plan::rendering
