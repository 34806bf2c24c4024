// Sentences in files that people read: at most 78 columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isobar::plan::rendering {

// Lines of at most 78 columns, each begun with `head`; the first with `first` instead.
std::string wrapped(std::string_view text, std::string_view first = "", std::string_view head = "");
std::string bullets(const std::vector<std::string>& texts);
// Comment lines: "# ".
std::string comment(std::string_view text);

}  // namespace isobar::plan::rendering
