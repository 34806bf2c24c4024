// Internal: [{"targets": ["host:port"], "labels": {"k": "v"}}], as files and HTTP endpoints list targets.
#pragma once

#include <string_view>
#include <vector>

#include "discovery/discovery.h"

namespace isobar::discovery {

// `name` prefixes error messages. Sources are left empty.
Result<std::vector<TargetGroup>> parse_target_groups_json(std::string_view text, std::string_view name);
Result<std::vector<TargetGroup>> parse_target_groups_yaml(std::string_view text, std::string_view name);

}  // namespace isobar::discovery
