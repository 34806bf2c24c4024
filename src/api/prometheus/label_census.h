// Counts series by label: how many carry each value of each name. Internal to api/prometheus. Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/hash.h"
#include "model/series_reader.h"

namespace isobar::api {

class LabelCensus {
 public:
  struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return hash64(text); }
  };
  template <class T>
  using ByName = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;
  struct Label {
    ByName<std::uint64_t> series_by_value;
    std::uint64_t value_bytes = 0;  // of distinct values
    std::uint64_t series = 0;
  };

  // Counts labels of these names only; of all if there are none. Memory is bounded by the context's budget.
  static Result<LabelCensus> take(model::SeriesReader& reader, const model::ReadContext& context, model::SelectRequest request,
                                  const std::vector<std::string>& names = {});

  std::uint64_t series() const { return series_; }
  std::uint64_t pairs() const { return pairs_; }
  const ByName<Label>& labels() const { return labels_; }

 private:
  explicit LabelCensus(telemetry::MemoryBudget& budget) : held_(budget) {}
  Result<void> add(const model::Labels& labels, const std::vector<std::string>& names);

  telemetry::Reservation held_;
  ByName<Label> labels_;
  std::uint64_t series_ = 0;
  std::uint64_t pairs_ = 0;
};

}  // namespace isobar::api
