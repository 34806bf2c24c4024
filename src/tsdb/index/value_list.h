// The values of one label name in the head, as pair numbers, so that those with a prefix are found without reading all.
//
// Sorted runs of falling size in one array, and behind them up to 64 numbers as they came. A full tail becomes a run and
// is merged with those before it that are not twice its size: adding costs the logarithm of the size in comparisons, and
// reading changes nothing, so a frozen generation needs no further step. Not thread-safe; const members are.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "tsdb/pair_table.h"

namespace isobar::tsdb {

// The value of a pair in its canonical encoding.
std::string_view value_of_pair(std::string_view canonical_pair);

class ValueList {
 public:
  // A pair of this name that is not yet there.
  void add(std::uint32_t pair, const PairTable& pairs);
  std::size_t size() const { return numbers_.size(); }
  // All, in no order.
  std::span<const std::uint32_t> pairs() const { return numbers_; }
  // Pairs whose value begins with `prefix`, in no order, until `visit` says false.
  void with_prefix(std::string_view prefix, const PairTable& pairs,
                   const std::function<bool(std::uint64_t pair, std::string_view value)>& visit) const;
  std::size_t bytes() const { return numbers_.capacity() * 4 + run_begins_.capacity() * 4; }

 private:
  static constexpr std::size_t kTail = 64;
  std::size_t sorted_end() const { return numbers_.size() - tail_; }

  std::vector<std::uint32_t> numbers_;
  std::vector<std::uint32_t> run_begins_;
  std::size_t tail_ = 0;  // numbers at the end that are in no run
};

}  // namespace isobar::tsdb
