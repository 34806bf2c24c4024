// The label index of a generation.
#include "base/bytes.h"
#include "tsdb/generation_state.h"

namespace isobar::tsdb {

std::optional<LabelIndex::ValueId> HeadIndex::find(std::string_view name, std::string_view value) const {
  // Pairs are of all tenants; this one may have no series with it.
  const auto pair = state_.pairs.find(name, value);
  if (!pair || !tenant_.postings.contains(*pair)) return std::nullopt;
  return *pair;
}

PostingsView HeadIndex::postings(ValueId id) const { return tenant_.postings.find(static_cast<std::uint32_t>(id))->second.view(); }

std::size_t HeadIndex::value_count(std::string_view name) const {
  const auto at = tenant_.pairs_by_name.find(name);
  return at == tenant_.pairs_by_name.end() ? 0 : at->second.size();
}

void HeadIndex::values(std::string_view name, std::string_view prefix, const VisitValue& visit) const {
  const auto at = tenant_.pairs_by_name.find(name);
  if (at != tenant_.pairs_by_name.end()) at->second.with_prefix(prefix, state_.pairs, visit);
}

void HeadIndex::names(const std::function<void(std::string_view)>& visit) const {
  for (const auto& [name, pairs] : tenant_.pairs_by_name) visit(name);
}

std::string_view HeadIndex::value_of(std::uint32_t series, std::string_view name) const {
  const HeadSeries& s = state_.series(series);
  for (std::uint32_t i = 0; i < s.pair_count; ++i) {
    ByteReader pair(state_.pairs.canonical(state_.series_pairs[s.first_pair + i]));
    if (pair.bytes() == name) return pair.bytes();
  }
  return {};
}

}  // namespace isobar::tsdb
