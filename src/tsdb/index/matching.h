// Which series match: matchers against any index that can list postings. Pure functions over an interface that the
// head and the blocks implement.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "model/matcher.h"

namespace isobar::tsdb {

// Series numbers, ascending.
using Postings = std::vector<std::uint32_t>;

class LabelIndex {
 public:
  virtual ~LabelIndex() = default;
  // All series of the tenant.
  virtual void all(Postings& out) const = 0;
  // Series that carry name=value; cleared first.
  virtual void postings(std::string_view name, std::string_view value, Postings& out) const = 0;
  // Every value of `name`, in any order; `visit` gets the value and may ask for its postings.
  virtual void values(std::string_view name, const std::function<void(std::string_view value)>& visit) const = 0;
  virtual void names(const std::function<void(std::string_view name)>& visit) const = 0;
};

// Series that satisfy every matcher, ascending.
Postings match_series(const LabelIndex& index, std::span<const model::Matcher> matchers);

}  // namespace isobar::tsdb
