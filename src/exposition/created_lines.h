// Internal: start timestamps from the _created lines of one OpenMetrics family.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exposition/exposition.h"

namespace isobar::exposition {

class CreatedLines {
 public:
  // `lines` is everything between the metadata of this family and that of the next. Lines that do not parse are left
  // for the parser to report.
  void read_family(std::string_view family, model::MetricType type, std::string_view lines);
  bool empty() const { return starts_.empty(); }
  // Milliseconds, or 0 if the family has no such line for these labels.
  std::int64_t find(std::string_view series) const;

 private:
  std::string key_of(std::string_view series) const;

  model::MetricType type_ = model::MetricType::kUnknown;
  std::unordered_map<std::string, std::int64_t> starts_;  // by labels without name, le and quantile
};

}  // namespace isobar::exposition
