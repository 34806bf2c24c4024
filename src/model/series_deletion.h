// A delete by selector and time range, as it stands in the ingest log and in the manifest. A value; thread-safe to read.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/matcher.h"

namespace isobar::model {

struct SeriesDeletion {
  static constexpr std::size_t kMaxSelectors = 100;
  static constexpr std::size_t kMaxMatchers = 100;     // of one selector
  static constexpr std::size_t kMaxTextBytes = 65'536;  // names and values together

  std::string tenant;
  std::vector<std::vector<Matcher>> selectors;  // a series is meant if all matchers of any of them match
  Timestamp min;                                // of samples, both inclusive
  Timestamp max;

  bool matches(const Labels& labels) const;
  // kInvalid past a limit, without a selector, with max before min, and for text that is not UTF-8.
  Result<void> check() const;
};

}  // namespace isobar::model
