// Keywords of PromQL are identifiers to the lexer; case does not matter for them.
#pragma once

#include <string_view>

namespace isobar::promql {

// True if `text` is `keyword` (given in lower case), whatever its case.
constexpr bool is_keyword(std::string_view text, std::string_view keyword) {
  if (text.size() != keyword.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != keyword[i]) return false;
  }
  return true;
}

}  // namespace isobar::promql
