#include "tsdb/pair_table.h"

#include <string>

#include "model/labels.h"

namespace isobar::tsdb {

std::uint32_t PairTable::intern(std::string_view canonical_pair) {
  const auto known = numbers_.find(canonical_pair);
  if (known != numbers_.end()) return known->second;
  const std::string_view kept = arena_.copy(canonical_pair);
  const auto number = static_cast<std::uint32_t>(pairs_.size());
  pairs_.push_back(kept);
  numbers_.emplace(kept, number);
  return number;
}

std::optional<std::uint32_t> PairTable::find(std::string_view name, std::string_view value) const {
  std::string canonical;
  model::append_canonical(canonical, name, value);
  const auto known = numbers_.find(std::string_view(canonical));
  if (known == numbers_.end()) return std::nullopt;
  return known->second;
}

}  // namespace isobar::tsdb
