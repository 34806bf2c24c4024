// The label index of a generation.
#include "base/bytes.h"
#include "tsdb/head/generation_state.h"

namespace isobar::tsdb {

std::optional<LabelIndex::ValueId> HeadIndex::find(std::string_view name, std::string_view value) const {
  return tenant_.pairs.find(name, value);
}

PostingsView HeadIndex::postings(ValueId id) const { return tenant_.postings[id].view(); }

std::size_t HeadIndex::value_count(std::string_view name) const {
  const auto at = tenant_.pairs_by_name.find(name);
  return at == tenant_.pairs_by_name.end() ? 0 : at->second.size();
}

void HeadIndex::values(std::string_view name, std::string_view prefix, const VisitValue& visit) const {
  const auto at = tenant_.pairs_by_name.find(name);
  if (at != tenant_.pairs_by_name.end()) at->second.with_prefix(prefix, tenant_.pairs, visit);
}

void HeadIndex::names(const std::function<void(std::string_view)>& visit) const {
  for (const auto& [name, pairs] : tenant_.pairs_by_name) visit(name);
}

std::string_view HeadIndex::value_of(std::uint32_t series, std::string_view name) const {
  std::string_view value;
  state_.each_pair(state_.series[series], [&](std::uint32_t number) {
    ByteReader pair(tenant_.pairs.canonical(number));
    if (pair.bytes() != name) return true;
    value = pair.bytes();
    return false;
  });
  return value;
}

}  // namespace isobar::tsdb
