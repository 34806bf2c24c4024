// Secrets in plain sight, told apart from what only looks like one: names of Secret objects, paths, references, switches.
//
// Thread safety: functions of their arguments.
#pragma once

#include <string>
#include <string_view>

namespace isobar::plan {

// Whether a setting of this name with this value is a password, token or key, for certain.
bool is_plain_secret(std::string_view name, std::string_view value);

// The value is never printed: "DB_PASSWORD: 12 characters in plain text".
std::string masked(std::string_view name, std::string_view value);

}  // namespace isobar::plan
