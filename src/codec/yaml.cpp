#include "codec/yaml.h"

#include <unordered_set>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>

namespace isobar {
namespace {

int line_of(const YAML::Mark& mark) { return mark.line < 0 ? 0 : mark.line + 1; }

bool is_null_text(std::string_view text) { return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL"; }

// Ends the parse from inside a callback; caught where the library is called.
struct LimitReached : std::exception {};

// Builds our tree from the parser's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(YamlProblems& problems, const YamlLimits& limits) : problems_(problems), limits_(limits) {}

  YamlNode take() { return std::move(root_); }
  std::size_t nodes() const { return nodes_; }

  const YAML::Mark& start() const { return start_; }

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.line = line_of(mark);
    add(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto target = anchors_.find(anchor);
    if (target == anchors_.end()) {
      problems_.add(line_of(mark), "alias of an anchor that is not complete here");
      throw LimitReached();
    }
    YamlNode copy = target->second.first;
    count(target->second.second);
    copy.line = line_of(mark);
    add(std::move(copy), 0, target->second.second - 1);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    YamlNode node;
    node.line = line_of(mark);
    node.quoted = tag == "!";
    node.kind = !node.quoted && tag != "tag:yaml.org,2002:str" && is_null_text(value) ? YamlNode::Kind::kNull : YamlNode::Kind::kScalar;
    node.scalar = value;
    add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::size_t size = 1;  // nodes in it
    bool has_key = false;
    bool merge_key = false;
    std::string key;
    int key_line = 0;
    std::vector<YamlNode> merges;
    std::unordered_set<std::string> keys;
  };

  void count(std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ <= limits_.nodes) return;
    problems_.add(0, fmt::format("the document is larger than {} nodes", limits_.nodes));
    throw LimitReached();
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    count(1);
    if (stack_.size() >= limits_.depth) {
      problems_.add(line_of(mark), fmt::format("the document is nested deeper than {}", limits_.depth));
      throw LimitReached();
    }
    Open& opened = stack_.emplace_back();
    opened.node.kind = kind;
    opened.node.line = line_of(mark);
    opened.anchor = anchor;
  }

  void close() {
    Open closed = std::move(stack_.back());
    stack_.pop_back();
    for (YamlNode& merge : closed.merges) merge_into(closed, merge);
    add(std::move(closed.node), closed.anchor, closed.size - 1);
  }

  // Keys of the map itself win over merged ones; of several merges the first wins.
  void merge_into(Open& target, YamlNode& merge) {
    if (merge.kind == YamlNode::Kind::kSequence) {
      for (YamlNode& item : merge.items) merge_into(target, item);
      return;
    }
    if (!merge.is_map()) {
      problems_.add(merge, "<< must name a map or a list of maps");
      return;
    }
    for (auto& pair : merge.pairs) {
      if (target.keys.insert(pair.first).second) target.node.pairs.push_back(std::move(pair));
    }
  }

  void add(YamlNode node, YAML::anchor_t anchor, std::size_t inner = 0) {
    if (node.kind == YamlNode::Kind::kNull || node.kind == YamlNode::Kind::kScalar) count(1);
    if (anchor != 0) anchors_[anchor] = {node, inner + 1};
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    parent.size += inner + 1;
    if (parent.node.kind == YamlNode::Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      take_key(parent, node);
    } else {
      parent.has_key = false;
      if (parent.merge_key) {
        parent.merges.push_back(std::move(node));
      } else if (!parent.keys.insert(parent.key).second) {
        problems_.add(parent.key_line, fmt::format("key is given twice: {}", parent.key));
      } else {
        parent.node.pairs.push_back({std::move(parent.key), std::move(node)});
      }
    }
  }

  void take_key(Open& parent, const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kMap || node.kind == YamlNode::Kind::kSequence) {
      problems_.add(node, "a key must be a plain text");
    }
    parent.has_key = true;
    parent.merge_key = node.scalar == "<<" && !node.quoted;
    parent.key = node.scalar;
    parent.key_line = node.line;
  }

  YamlProblems& problems_;
  const YamlLimits limits_;
  YAML::Mark start_;
  std::size_t nodes_ = 0;
  std::vector<Open> stack_;
  std::unordered_map<YAML::anchor_t, std::pair<YamlNode, std::size_t>> anchors_;
  YamlNode root_;
};

}  // namespace

YamlNode::YamlNode() = default;
YamlNode::YamlNode(const YamlNode& other) = default;
YamlNode::YamlNode(YamlNode&& other) noexcept = default;
YamlNode& YamlNode::operator=(const YamlNode& other) = default;
YamlNode& YamlNode::operator=(YamlNode&& other) noexcept = default;
YamlNode::~YamlNode() = default;

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& [name, value] : pairs) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::vector<YamlNode> parse_yaml_documents(std::string_view text, YamlProblems& problems, YamlLimits limits) {
  std::vector<YamlNode> documents;
  if (text.size() > limits.bytes) {
    problems.add(0, fmt::format("the file is larger than {} bytes", limits.bytes));
    return documents;
  }
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    for (int at = -1;;) {
      TreeBuilder builder(problems, limits);
      if (!parser.HandleNextDocument(builder)) break;
      // Before a stray token yaml-cpp gives empty documents without end.
      if (builder.start().pos == at) {
        problems.add(line_of(builder.start()), "expected the end of the document");
        break;
      }
      at = builder.start().pos;
      limits.nodes -= std::min(limits.nodes, builder.nodes());
      documents.push_back(builder.take());
    }
  } catch (const LimitReached&) {
    return documents;
  } catch (const YAML::Exception& error) {
    problems.add(line_of(error.mark), error.msg);
  }
  return documents;
}

YamlNode parse_yaml(std::string_view text, YamlProblems& problems, YamlLimits limits) {
  if (text.size() > limits.bytes) {
    problems.add(0, fmt::format("the file is larger than {} bytes", limits.bytes));
    return {};
  }
  TreeBuilder builder(problems, limits);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    parser.HandleNextDocument(builder);
  } catch (const LimitReached&) {
    return {};
  } catch (const YAML::Exception& error) {
    problems.add(line_of(error.mark), error.msg);
    return {};
  }
  return builder.take();
}

}  // namespace isobar
