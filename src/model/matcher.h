// One label matcher: =, !=, =~, !~. Regular expressions are RE2 syntax (= Go's), anchored at both ends, and "." also
// matches a newline, as in Prometheus 3. An absent label has the empty value. Immutable; thread-safe; cheap to copy.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/labels.h"

namespace re2 {
class RE2;
}

namespace isobar::model {

class ValuePattern;

enum class MatchType { kEqual, kNotEqual, kRegex, kNotRegex };

class Matcher {
 public:
  static Matcher equal(std::string name, std::string value);
  // An invalid pattern, or one that compiles to more than 1 MiB of program, is Code::kInvalid.
  static Result<Matcher> create(MatchType type, std::string name, std::string value);

  bool matches(std::string_view value) const;
  bool matches(const Labels& labels) const { return matches(labels.get(name_)); }
  // True if a series without the label is selected.
  bool matches_empty() const { return matches_empty_; }

  MatchType type() const { return type_; }
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }
  // What the expression of =~ or !~ demands (value_pattern.h); null for the other types.
  const ValuePattern* pattern() const { return pattern_.get(); }
  // a="b", with the value quoted.
  std::string to_string() const;
  bool operator==(const Matcher& o) const { return type_ == o.type_ && name_ == o.name_ && value_ == o.value_; }

 private:
  MatchType type_ = MatchType::kEqual;
  bool matches_empty_ = false;
  std::string name_;
  std::string value_;
  std::shared_ptr<const re2::RE2> regex_;
  std::shared_ptr<const ValuePattern> pattern_;

  bool expression_matches(std::string_view value) const;
};

}  // namespace isobar::model
