#include "tsdb/index/matching.h"

#include <algorithm>

namespace isobar::tsdb {
namespace {

Postings intersect(const Postings& a, const Postings& b) {
  Postings out;
  out.reserve(std::min(a.size(), b.size()));
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

Postings subtract(const Postings& a, const Postings& b) {
  Postings out;
  out.reserve(a.size());
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

// The union of the postings of all values of `name` for which `wanted` holds.
template <class Wanted>
Postings union_of(const LabelIndex& index, const std::string& name, const Wanted& wanted) {
  Postings out;
  Postings one;
  index.values(name, [&](std::string_view value) {
    if (!wanted(value)) return;
    index.postings(name, value, one);
    out.insert(out.end(), one.begin(), one.end());
  });
  std::sort(out.begin(), out.end());  // a series has one value per name, so nothing is there twice
  return out;
}

}  // namespace

Postings match_series(const LabelIndex& index, std::span<const model::Matcher> matchers) {
  // Matchers that need the label narrow down; those that also accept its absence only take away, so they come last.
  bool have = false;
  Postings result;
  for (const model::Matcher& m : matchers) {
    if (m.matches_empty()) continue;
    Postings found;
    if (m.type() == model::MatchType::kEqual) {
      index.postings(m.name(), m.value(), found);
    } else {
      found = union_of(index, m.name(), [&](std::string_view value) { return m.matches(value); });
    }
    result = have ? intersect(result, found) : std::move(found);
    have = true;
    if (result.empty()) return result;
  }
  if (!have) index.all(result);
  for (const model::Matcher& m : matchers) {
    if (!m.matches_empty()) continue;
    result = subtract(result, union_of(index, m.name(), [&](std::string_view value) { return !m.matches(value); }));
  }
  return result;
}

}  // namespace isobar::tsdb
