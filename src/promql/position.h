// Byte ranges of a query text, and how they are printed: line:column, both from 1, columns in bytes.
#pragma once

#include <string>
#include <string_view>

namespace isobar::promql {

struct PositionRange {
  int start = 0;
  int end = 0;
  bool operator==(const PositionRange&) const = default;
};

inline std::string position_text(std::string_view query, int offset) {
  int line = 1;
  int column = 1;
  for (int i = 0; i < offset && i < static_cast<int>(query.size()); ++i) {
    if (query[static_cast<std::size_t>(i)] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return std::to_string(line) + ":" + std::to_string(column);
}

}  // namespace isobar::promql
