#include "discovery/target_group_text.h"

#include <simdjson.h>

#include "base/utf8.h"
#include "codec/yaml.h"

namespace isobar::discovery {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxBytes = 64 << 20;

Result<model::Labels> make_labels(const std::map<std::string, std::string>& labels, std::string_view name) {
  std::vector<model::LabelView> pairs;
  for (const auto& [key, value] : labels) {
    if (key.empty() || !is_valid_utf8(key) || !is_valid_utf8(value)) {
      return fail(Code::kInvalid, fmt::format("{}: label names must not be empty and must be UTF-8", name));
    }
    pairs.push_back({key, value});
  }
  return model::Labels::from_pairs(std::move(pairs));
}

void add_target(TargetGroup& group, std::string_view address) {
  group.targets.push_back(model::Labels{{"__address__", address}});
}

tl::unexpected<Error> bad_json(std::string_view name, std::string_view what) {
  return fail(Code::kInvalid,
              fmt::format("{}: {} (write [{{\"targets\": [\"host:port\"], \"labels\": {{\"key\": \"value\"}}}}])", name, what));
}

Result<TargetGroup> read_group(dom::element element, std::string_view name) {
  dom::object object;
  if (element.get_object().get(object) != simdjson::SUCCESS) return bad_json(name, "a target group must be an object");
  TargetGroup group;
  std::map<std::string, std::string> labels;
  for (const auto& [key, value] : object) {
    if (key == "targets") {
      dom::array targets;
      if (value.get_array().get(targets) != simdjson::SUCCESS) return bad_json(name, "targets must be a list");
      for (const dom::element target : targets) {
        std::string_view address;
        if (target.get_string().get(address) != simdjson::SUCCESS) return bad_json(name, "a target must be a text");
        add_target(group, address);
      }
    } else if (key == "labels") {
      dom::object pairs;
      if (value.is_null()) continue;
      if (value.get_object().get(pairs) != simdjson::SUCCESS) return bad_json(name, "labels must be an object");
      for (const auto& [label, label_value] : pairs) {
        std::string_view text;
        if (label_value.get_string().get(text) != simdjson::SUCCESS) return bad_json(name, "a label value must be a text");
        labels[std::string(label)] = std::string(text);
      }
    } else {
      return bad_json(name, fmt::format("unknown key in a target group: {}", key));
    }
  }
  TRY(group.labels, make_labels(labels, name));
  return group;
}

struct YamlGroup {
  std::vector<std::string> targets;
  std::map<std::string, std::string> labels;
};
void bind(const YamlNode& node, YamlGroup& out, YamlProblems& problems) {
  YamlMap map(node, "a target group", problems);
  if (const YamlNode* targets = map.get("targets")) isobar::bind(*targets, out.targets, problems);
  if (const YamlNode* labels = map.get("labels")) isobar::bind(*labels, out.labels, problems);
  map.finish();
}

}  // namespace

Result<std::vector<TargetGroup>> parse_target_groups_json(std::string_view text, std::string_view name) {
  if (text.size() > kMaxBytes) return fail(Code::kTooLarge, fmt::format("{}: larger than {} bytes", name, kMaxBytes));
  dom::parser parser;
  dom::element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root); error != simdjson::SUCCESS) {
    return bad_json(name, fmt::format("not valid JSON: {}", simdjson::error_message(error)));
  }
  dom::array list;
  if (root.get_array().get(list) != simdjson::SUCCESS) return bad_json(name, "expected a list of target groups");
  std::vector<TargetGroup> groups;
  for (const dom::element element : list) {
    TRY(TargetGroup group, read_group(element, name));
    groups.push_back(std::move(group));
  }
  return groups;
}

Result<std::vector<TargetGroup>> parse_target_groups_yaml(std::string_view text, std::string_view name) {
  YamlProblems problems{std::string(name)};
  const YamlNode root = parse_yaml(text, problems);
  std::vector<TargetGroup> groups;
  if (!root.is_null() && expect_sequence(root, problems)) {
    for (const YamlNode& item : root.items) {
      YamlGroup read;
      bind(item, read, problems);
      TargetGroup& group = groups.emplace_back();
      for (const std::string& target : read.targets) add_target(group, target);
      TRY(group.labels, make_labels(read.labels, name));
    }
  }
  if (!problems.empty()) return fail(Code::kInvalid, problems.problems().front().to_string());
  return groups;
}

}  // namespace isobar::discovery
