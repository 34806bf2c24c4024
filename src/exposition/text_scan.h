// Internal: finding the ends of names, label sets and tokens in the text formats. Pure, bounds-checked.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"

namespace isobar::exposition {

inline constexpr auto kNameCharacters = [] {
  std::array<bool, 256> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  table['_'] = table[':'] = true;
  return table;
}();

inline bool is_name_character(char c) { return kNameCharacters[static_cast<unsigned char>(c)]; }
inline bool is_blank(char c) { return c == ' ' || c == '\t'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline const char* skip_blanks(const char* at, const char* end) {
  while (at != end && is_blank(*at)) ++at;
  return at;
}
inline const char* skip_name(const char* at, const char* end) {
  while (at != end && is_name_character(*at)) ++at;
  return at;
}
// `at` is behind the opening quote; returns the closing quote, or null.
inline const char* find_closing_quote(const char* at, const char* end) {
  for (; at != end; ++at) {
    if (*at == '"') return at;
    if (*at == '\\' && ++at == end) return nullptr;
  }
  return nullptr;
}
// `at` is at '{'; returns the position behind the matching '}', or null. Quotes are respected, nothing else is checked.
inline const char* skip_label_set(const char* at, const char* end) {
  for (++at; at != end; ++at) {
    if (*at == '}') return at + 1;
    if (*at == '\n') return nullptr;
    if (*at == '"') {
      at = find_closing_quote(at + 1, end);
      if (at == nullptr) return nullptr;
    }
  }
  return nullptr;
}

// \\ to backslash, \n to newline, and \" to a quote where `quotes`; other escapes stay as they are.
std::string_view unescape(std::string_view text, bool quotes, Arena& arena);

}  // namespace isobar::exposition
