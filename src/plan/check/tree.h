// Reading a YAML or JSON tree by paths.
//
// Thread safety: functions of their arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/yaml.h"

namespace isobar::plan {

// at(node, "spec.template.spec"); null when any part is missing.
const YamlNode* at(const YamlNode& node, std::string_view path);
// The scalar there, or an empty text.
std::string text_at(const YamlNode& node, std::string_view path);
bool is(const YamlNode* node, std::string_view value);
// The items of the list there; none when it is no list.
const std::vector<YamlNode>& items_at(const YamlNode& node, std::string_view path);

}  // namespace isobar::plan
