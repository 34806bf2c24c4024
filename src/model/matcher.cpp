#include "model/matcher.h"

#include <re2/re2.h>

#include <fmt/format.h>

#include "model/names.h"
#include "model/value_pattern.h"

namespace isobar::model {

Matcher Matcher::equal(std::string name, std::string value) {
  Matcher m;
  m.matches_empty_ = value.empty();
  m.name_ = std::move(name);
  m.value_ = std::move(value);
  return m;
}

Result<Matcher> Matcher::create(MatchType type, std::string name, std::string value) {
  Matcher m;
  m.type_ = type;
  m.name_ = std::move(name);
  m.value_ = std::move(value);
  if (type == MatchType::kRegex || type == MatchType::kNotRegex) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(8 << 20);
    auto regex = std::make_shared<const re2::RE2>("(?s:" + m.value_ + ")", options);
    if (!regex->ok()) {
      return fail(Code::kInvalid, fmt::format("invalid regular expression: {}: \"{}\"", regex->error(), m.value_));
    }
    m.regex_ = std::move(regex);
    m.pattern_ = std::make_shared<const ValuePattern>(ValuePattern::parse(m.value_));
  }
  m.matches_empty_ = m.matches(std::string_view{});
  return m;
}

bool Matcher::matches(std::string_view value) const {
  switch (type_) {
    case MatchType::kEqual: return value == value_;
    case MatchType::kNotEqual: return value != value_;
    case MatchType::kRegex: return expression_matches(value);
    case MatchType::kNotRegex: return !expression_matches(value);
  }
  return false;
}

bool Matcher::expression_matches(std::string_view value) const {
  const bool may = pattern_->may_match(value);
  return may && (pattern_->exact() || re2::RE2::FullMatch({value.data(), value.size()}, *regex_));
}

std::string Matcher::to_string() const {
  static constexpr std::string_view kOperators[] = {"=", "!=", "=~", "!~"};
  std::string quoted;
  for (const char c : value_) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    if (c == '\n') {
      quoted.append("\\n");
    } else {
      quoted.push_back(c);
    }
  }
  const std::string name = is_legacy_label_name(name_) ? name_ : "\"" + name_ + "\"";
  return fmt::format("{}{}\"{}\"", name, kOperators[static_cast<int>(type_)], quoted);
}

}  // namespace isobar::model
