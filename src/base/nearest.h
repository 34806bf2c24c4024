// The candidate closest to a mistyped word, for "unknown key … did you mean …". Damerau-Levenshtein distance (adjacent
// transpositions count one); empty when nothing is within a third of the word's length, at least two edits.
#pragma once

#include <span>
#include <string_view>

namespace isobar {

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace isobar
