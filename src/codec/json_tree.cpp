#include "codec/json_tree.h"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

namespace isobar {
namespace {

namespace ondemand = simdjson::ondemand;

class TreeReader {
 public:
  TreeReader(std::string_view text, YamlProblems& problems, YamlLimits limits)
      : text_(text), problems_(problems), limits_(limits) {}

  YamlNode read() {
    const simdjson::padded_string padded(text_);
    ondemand::parser parser;
    ondemand::document document;
    if (const auto error = parser.iterate(padded).get(document); error != simdjson::SUCCESS) return failed(1, error);
    counted_to_ = padded.data();
    YamlNode root;
    ondemand::value value;
    if (document.get_value().get(value) == simdjson::SUCCESS) {
      const bool whole = read_value(value, root, 0);
      if (whole && document.current_location().error() != simdjson::OUT_OF_BOUNDS) failed(line_, simdjson::TRAILING_CONTENT);
    } else {
      failed(1, simdjson::INCORRECT_TYPE);  // a document of one scalar says nothing to any reader of trees
    }
    return problems_.empty() ? std::move(root) : YamlNode{};
  }

 private:
  YamlNode failed(int line, simdjson::error_code error) {
    if (problems_.empty()) problems_.add(line, fmt::format("not valid JSON: {}", simdjson::error_message(error)));
    return {};
  }
  bool stop(simdjson::error_code error) {
    failed(line_, error);
    return false;
  }

  // Values come in the order of the text, so each newline is counted once.
  void move_to(const char* at) {
    if (at <= counted_to_) return;
    line_ += static_cast<int>(std::count(counted_to_, at, '\n'));
    counted_to_ = at;
  }

  bool enter(std::size_t depth) {
    if (++nodes_ > limits_.nodes) problems_.add(line_, fmt::format("the document is larger than {} nodes", limits_.nodes));
    else if (depth > limits_.depth) problems_.add(line_, fmt::format("the document is nested deeper than {}", limits_.depth));
    return problems_.empty();
  }

  bool read_value(ondemand::value& value, YamlNode& out, std::size_t depth) {
    move_to(value.raw_json_token().data());
    out.line = line_;
    if (!enter(depth)) return false;
    ondemand::json_type type{};
    if (const auto error = value.type().get(type); error != simdjson::SUCCESS) return stop(error);
    if (type == ondemand::json_type::array) return read_array(value, out, depth);
    if (type == ondemand::json_type::object) return read_object(value, out, depth);
    return read_scalar(value, type, out);
  }

  bool read_scalar(ondemand::value& value, ondemand::json_type type, YamlNode& out) {
    if (type == ondemand::json_type::null) return true;
    out.kind = YamlNode::Kind::kScalar;
    if (type == ondemand::json_type::string) {
      std::string_view text;
      if (const auto error = value.get_string().get(text); error != simdjson::SUCCESS) return stop(error);
      out.scalar = text;
      out.quoted = true;
      return true;
    }
    std::string_view token = value.raw_json_token();
    token = token.substr(0, token.find_first_of(" \t\r\n,]}"));
    if (type == ondemand::json_type::number) {
      if (const auto error = value.get_double().error(); error != simdjson::SUCCESS) return stop(error);
    } else if (const auto error = value.get_bool().error(); error != simdjson::SUCCESS) {
      return stop(error);
    }
    out.scalar = token;
    return true;
  }

  bool read_array(ondemand::value& value, YamlNode& out, std::size_t depth) {
    out.kind = YamlNode::Kind::kSequence;
    ondemand::array array;
    if (const auto error = value.get_array().get(array); error != simdjson::SUCCESS) return stop(error);
    for (auto element : array) {
      ondemand::value item;
      if (const auto error = element.get(item); error != simdjson::SUCCESS) return stop(error);
      if (!read_value(item, out.items.emplace_back(), depth + 1)) return false;
    }
    return true;
  }

  bool read_object(ondemand::value& value, YamlNode& out, std::size_t depth) {
    out.kind = YamlNode::Kind::kMap;
    ondemand::object object;
    if (const auto error = value.get_object().get(object); error != simdjson::SUCCESS) return stop(error);
    for (auto entry : object) {
      std::string_view name;
      if (const auto error = entry.unescaped_key().get(name); error != simdjson::SUCCESS) return stop(error);
      std::string key(name);
      ondemand::value item;
      if (const auto error = entry.value().get(item); error != simdjson::SUCCESS) return stop(error);
      YamlNode node;
      if (!read_value(item, node, depth + 1)) return false;
      put(out, std::move(key), std::move(node));
    }
    return true;
  }

  static void put(YamlNode& map, std::string key, YamlNode value) {
    // Long maps are not searched: nothing that is read here repeats a key in one of thousands.
    const auto same = map.pairs.size() > 256 ? map.pairs.end()
                                             : std::find_if(map.pairs.begin(), map.pairs.end(),
                                                            [&](const YamlPair& pair) { return pair.first == key; });
    if (same == map.pairs.end()) map.pairs.push_back({std::move(key), std::move(value)});
    else same->second = std::move(value);
  }

  std::string_view text_;
  YamlProblems& problems_;
  const YamlLimits limits_;
  const char* counted_to_ = nullptr;
  int line_ = 1;
  std::size_t nodes_ = 0;
};

}  // namespace

YamlNode parse_json_tree(std::string_view text, YamlProblems& problems, YamlLimits limits) {
  if (text.size() > limits.bytes) {
    problems.add(0, fmt::format("the file is larger than {} bytes", limits.bytes));
    return {};
  }
  return TreeReader(text, problems, limits).read();
}

}  // namespace isobar
