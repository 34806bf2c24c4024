// An expression and a value after the first newline: the pattern must say what RE2 says.
#include <re2/re2.h>

#include "base/check.h"
#include "base/utf8.h"
#include "model/matcher.h"
#include "model/value_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\n');
  if (end == std::string_view::npos || end > 200) return 0;
  const std::string expression(input.substr(0, end));
  const std::string value(input.substr(end + 1));
  const auto matcher = model::Matcher::create(model::MatchType::kRegex, "a", expression);
  if (!matcher) {
    (void)model::ValuePattern::parse(expression);
    return 0;
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  const re2::RE2 plain("(?s:" + expression + ")", options);
  const auto check = [&](const std::string& text) {
    if (is_valid_utf8(text)) CHECK(matcher->matches(text) == re2::RE2::FullMatch(text, plain));
  };
  check(value);
  check("");
  if (const auto* words = matcher->pattern()->words(); words != nullptr && words->size() < 100) {
    for (const std::string& word : *words) check(word);
  }
  return 0;
}
