#include "tsdb/index/value_list.h"

#include <algorithm>

#include "base/bytes.h"

namespace isobar::tsdb {

std::string_view value_of_pair(std::string_view canonical_pair) {
  ByteReader in(canonical_pair);
  in.bytes();
  return in.bytes();
}

void ValueList::add(std::uint32_t pair, const PairTable& pairs) {
  numbers_.push_back(pair);
  if (++tail_ < kTail) return;
  const auto less = [&pairs](std::uint32_t a, std::uint32_t b) {
    return value_of_pair(pairs.canonical(a)) < value_of_pair(pairs.canonical(b));
  };
  const auto at = [this](std::size_t i) { return numbers_.begin() + static_cast<std::ptrdiff_t>(i); };
  std::size_t begin = numbers_.size() - tail_;
  std::sort(at(begin), numbers_.end(), less);
  while (!run_begins_.empty() && begin - run_begins_.back() < 2 * (numbers_.size() - begin)) {
    std::inplace_merge(at(run_begins_.back()), at(begin), numbers_.end(), less);
    begin = run_begins_.back();
    run_begins_.pop_back();
  }
  run_begins_.push_back(static_cast<std::uint32_t>(begin));
  tail_ = 0;
}

void ValueList::with_prefix(std::string_view prefix, const PairTable& pairs,
                            const std::function<bool(std::uint64_t pair, std::string_view value)>& visit) const {
  const auto value = [&](std::size_t i) { return value_of_pair(pairs.canonical(numbers_[i])); };
  for (std::size_t run = 0; run < run_begins_.size(); ++run) {
    const std::size_t end = run + 1 < run_begins_.size() ? run_begins_[run + 1] : sorted_end();
    std::size_t low = run_begins_[run];
    for (std::size_t high = prefix.empty() ? low : end; low < high;) {
      const std::size_t middle = low + (high - low) / 2;
      if (value(middle) < prefix) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    for (; low < end; ++low) {
      const std::string_view found = value(low);
      if (!found.starts_with(prefix)) break;
      if (!visit(numbers_[low], found)) return;
    }
  }
  for (std::size_t i = sorted_end(); i < numbers_.size(); ++i) {
    const std::string_view found = value(i);
    if (found.starts_with(prefix) && !visit(numbers_[i], found)) return;
  }
}

}  // namespace isobar::tsdb
