#include "plan/check/tree.h"

#include <algorithm>

namespace isobar::plan {

const YamlNode* at(const YamlNode& node, std::string_view path) {
  const YamlNode* here = &node;
  while (here != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    here = here->is_map() ? here->find(path.substr(0, dot)) : nullptr;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return here;
}

std::string text_at(const YamlNode& node, std::string_view path) {
  const YamlNode* found = at(node, path);
  return found == nullptr ? "" : found->scalar;
}

bool is(const YamlNode* node, std::string_view value) { return node != nullptr && node->scalar == value; }

const std::vector<YamlNode>& items_at(const YamlNode& node, std::string_view path) {
  static const std::vector<YamlNode> kNone;
  const YamlNode* found = at(node, path);
  return found == nullptr ? kNone : found->items;
}

}  // namespace isobar::plan
