// JSON as text for reading: compact where it fits a line, else one member per line. Numbers stay as they were written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace isobar::api_test {

// Nothing if the text is not valid JSON.
std::optional<std::string> lay_out_json(std::string_view text);

}  // namespace isobar::api_test
