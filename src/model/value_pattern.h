// What a regular expression demands of a value, found without running it: the words that it can match, or how a match
// begins and ends and what stands in between. An index uses it to look only at values that can match, a matcher to
// answer most values without RE2. Anchored at both ends; "." matches a newline, as in matcher.h.
//
// An expression becomes alternatives, each a chain of word sets with gaps of any text between: `(a|b).*c.+` is
// {a,b}, gap of 0 or more characters, {c}, gap of 1 or more, {}. What the chain cannot say (classes, assertions, repeats of
// more than a character) is widened to a gap, and the pattern is then not exact(). Values must be valid UTF-8.
// Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace isobar::model {

class ValuePattern {
 public:
  // `expression` must be valid RE2 syntax; whatever is not understood accepts every value and is not exact.
  static ValuePattern parse(std::string_view expression);

  // True: may_match() is the answer of the expression. False: an accepted value must still be put to RE2.
  bool exact() const { return exact_; }
  // False only if the expression does not match.
  bool may_match(std::string_view value) const;
  // All values that can match, sorted and unique, if they are finitely many (at most 10,000); else null.
  const std::vector<std::string>* words() const { return finite_ ? &chains_.front().head : nullptr; }
  // Each match begins with one of these. Sorted; none is a prefix of another; {""} if nothing is known.
  std::vector<std::string> prefixes() const;

  // Parts of the parser, public for it only.
  using Words = std::vector<std::string>;  // sorted, unique, never empty
  struct Gap {
    std::size_t least_characters;
    Words next;  // what follows it; of the last gap, how the value ends
    bool operator==(const Gap&) const = default;
  };
  struct Chain {
    Words head;
    std::vector<Gap> gaps;
    bool exact = true;
  };

 private:
  std::vector<Chain> chains_;
  bool exact_ = false;
  bool finite_ = false;
};

}  // namespace isobar::model
