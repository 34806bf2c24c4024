// UTF-8 validation (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). Pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace isobar {

bool is_valid_utf8(std::string_view text);
bool is_ascii(std::string_view text);
// Number of code points; `text` must be valid.
std::size_t utf8_length(std::string_view text);

}  // namespace isobar
