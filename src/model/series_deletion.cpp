#include "model/series_deletion.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"

namespace isobar::model {

bool SeriesDeletion::matches(const Labels& labels) const {
  return std::any_of(selectors.begin(), selectors.end(), [&](const std::vector<Matcher>& selector) {
    return std::all_of(selector.begin(), selector.end(), [&](const Matcher& matcher) { return matcher.matches(labels); });
  });
}

Result<void> SeriesDeletion::check() const {
  if (selectors.empty()) return fail(Code::kInvalid, "a delete needs at least one series selector");
  if (selectors.size() > kMaxSelectors) {
    return fail(Code::kInvalid, fmt::format("a delete takes at most {} selectors, send several requests: {}", kMaxSelectors, selectors.size()));
  }
  if (max < min) return fail(Code::kInvalid, "the end of a delete must not be before its start");
  std::size_t bytes = tenant.size();
  for (const std::vector<Matcher>& selector : selectors) {
    if (selector.size() > kMaxMatchers) {
      return fail(Code::kInvalid, fmt::format("a selector of a delete takes at most {} matchers: {}", kMaxMatchers, selector.size()));
    }
    for (const Matcher& matcher : selector) {
      bytes += matcher.name().size() + matcher.value().size();
      if (!is_valid_utf8(matcher.name()) || !is_valid_utf8(matcher.value())) {
        return fail(Code::kInvalid, "names and values of a delete must be UTF-8");
      }
    }
  }
  if (bytes > kMaxTextBytes) {
    return fail(Code::kInvalid, fmt::format("the selectors of a delete take at most {} bytes, send several requests: {}", kMaxTextBytes, bytes));
  }
  return {};
}

}  // namespace isobar::model
