// Which series match: matchers against any index that can list postings. Pure functions over an interface that the
// head and the blocks implement.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "model/matcher.h"
#include "tsdb/index/postings.h"

namespace isobar::tsdb {

class LabelIndex {
 public:
  // One name=value of the index; a number that only the index understands.
  using ValueId = std::uint64_t;

  virtual ~LabelIndex() = default;
  // All series of the tenant.
  virtual void all(Postings& out) const = 0;
  // Above every series number.
  virtual std::uint32_t series_bound() const = 0;
  virtual std::optional<ValueId> find(std::string_view name, std::string_view value) const = 0;
  virtual PostingsView postings(ValueId id) const = 0;
  virtual std::size_t value_count(std::string_view name) const = 0;
  // The values of `name` that begin with `prefix`, in any order, until `visit` says false.
  using VisitValue = std::function<bool(ValueId id, std::string_view value)>;
  virtual void values(std::string_view name, std::string_view prefix, const VisitValue& visit) const = 0;
  virtual void names(const std::function<void(std::string_view name)>& visit) const = 0;
  // The value of one label of one series, empty if it has none. Equal values of a name are the same bytes in memory.
  virtual std::string_view value_of(std::uint32_t series, std::string_view name) const = 0;
};

// Series that satisfy every matcher, ascending. Values are looked up where a matcher says which they can be, else only
// those are visited that begin as they must; the matcher with fewest series goes first, and one that would visit more
// values or postings than there are candidates left is asked about the labels of these instead.
Postings match_series(const LabelIndex& index, std::span<const model::Matcher> matchers);

}  // namespace isobar::tsdb
