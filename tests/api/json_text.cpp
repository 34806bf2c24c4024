#include "json_text.h"

#include <vector>

#include <simdjson.h>

namespace isobar::api_test {
namespace {

constexpr std::size_t kLineLength = 110;

struct Node {
  std::string key;      // with quotes and colon, for members
  std::string scalar;   // raw
  char bracket = 0;     // '{', '[' or 0
  std::vector<Node> children;
};

// The text is valid: only structure is looked for.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Node value() {
    skip_space();
    Node node;
    if (text_[at_] != '{' && text_[at_] != '[') {
      node.scalar = scalar();
      return node;
    }
    node.bracket = text_[at_++];
    const char end = node.bracket == '{' ? '}' : ']';
    for (skip_space(); text_[at_] != end; skip_space()) {
      if (text_[at_] == ',') ++at_;
      std::string key;
      if (end == '}') {
        skip_space();
        key = scalar() + ": ";
        skip_space();
        ++at_;  // the colon
      }
      node.children.push_back(value());
      node.children.back().key = key;
    }
    ++at_;
    return node;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  std::string scalar() {
    const std::size_t start = at_;
    if (text_[at_] == '"') {
      for (++at_; text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\') ++at_;
      }
      ++at_;
    } else {
      while (at_ < text_.size() && std::string_view(",]}: \t\r\n").find(text_[at_]) == std::string_view::npos) ++at_;
    }
    return std::string(text_.substr(start, at_ - start));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string compact(const Node& node) {
  std::string out = node.key;
  if (node.bracket == 0) return out + node.scalar;
  out.push_back(node.bracket);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    if (i != 0) out += ", ";
    out += compact(node.children[i]);
  }
  out.push_back(node.bracket == '{' ? '}' : ']');
  return out;
}

void lay_out(const Node& node, std::size_t indent, std::string& out) {
  const std::string line = compact(node);
  if (node.bracket == 0 || node.children.empty() || indent + line.size() <= kLineLength) {
    out += line;
    return;
  }
  out += node.key;
  out.push_back(node.bracket);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out.append(indent + 2, ' ');
    lay_out(node.children[i], indent + 2, out);
  }
  out.push_back('\n');
  out.append(indent, ' ');
  out.push_back(node.bracket == '{' ? '}' : ']');
}

}  // namespace

std::optional<std::string> lay_out_json(std::string_view text) {
  simdjson::dom::parser parser;
  if (parser.parse(text.data(), text.size()).error() != simdjson::SUCCESS) return std::nullopt;
  std::string out;
  lay_out(Reader(text).value(), 0, out);
  return out;
}

}  // namespace isobar::api_test
