// The evaluation times of a query: start, start + step, … An instant query is a grid of one. A value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace isobar::eval {

struct StepGrid {
  std::int64_t start = 0;  // ms
  std::int64_t step = 1;   // ms, > 0
  std::size_t count = 1;

  std::int64_t at(std::size_t i) const { return start + static_cast<std::int64_t>(i) * step; }
  std::int64_t last() const { return at(count == 0 ? 0 : count - 1); }
  // The grid that holds start, start + step, … up to and including `end`.
  static StepGrid covering(std::int64_t start, std::int64_t end, std::int64_t step) {
    if (end < start) return {start, step, 0};
    return {start, step, static_cast<std::size_t>((end - start) / step) + 1};
  }
};

}  // namespace isobar::eval
