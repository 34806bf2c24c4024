// Algebra of the chains of a ValuePattern: sequence, alternatives, repeats. Every operation gives a superset of the
// language, and says so by `exact`, once a limit is reached. Internal to value_pattern.
#pragma once

#include "model/value_pattern.h"

namespace isobar::model {

// Alternatives; a value matches if it matches one.
struct ChainSet {
  std::vector<ValuePattern::Chain> chains;
  bool one_character = false;  // exactly one character, whichever: "."

  static ChainSet words(ValuePattern::Words words, bool exact = true);
  static ChainSet any(std::size_t least_characters, bool exact);
  bool finite() const { return chains.size() == 1 && chains.front().gaps.empty(); }
};

ChainSet sequence(const ChainSet& a, const ChainSet& b);
ChainSet alternatives(const std::vector<ChainSet>& sets);
// `most` of SIZE_MAX: unbounded.
ChainSet repeated(const ChainSet& what, std::size_t least, std::size_t most);

}  // namespace isobar::model
