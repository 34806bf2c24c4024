// Annotations of a query with the place they are about. The texts are Prometheus' own, which clients match
// on.
#pragma once

#include <string>
#include <string_view>

#include "eval/annotations.h"
#include "model/labels.h"
#include "promql/position.h"

namespace isobar::promql {

class Notes {
 public:
  explicit Notes(std::string_view query) : query_(query) {}

  void warn(PositionRange at, std::string_view text) {
    annotations_.warn(place("PromQL warning: ", text, at));
  }
  void info(PositionRange at, std::string_view text) { annotations_.info(place("PromQL info: ", text, at)); }

  void mixed_floats_histograms(PositionRange at, const model::Labels& series);
  void mixed_exponential_custom(PositionRange at, const model::Labels& series);
  void mixed_classic_native(PositionRange at, const model::Labels& series);
  void not_a_counter(PositionRange at, const model::Labels& series);
  void not_a_gauge(PositionRange at, const model::Labels& series);
  void possible_non_counter(PositionRange at, std::string_view metric);
  void invalid_quantile(PositionRange at, double quantile);
  void bad_bucket_label(PositionRange at, std::string_view value, std::string_view metric);
  void histograms_ignored_in_range(PositionRange at, const model::Labels& series);
  void reconciled_buckets(PositionRange at, std::string_view operation);
  void reset_conflict(PositionRange at, std::string_view operation);

  const eval::Annotations& annotations() const { return annotations_; }

 private:
  std::string place(std::string_view prefix, std::string_view text, PositionRange at) const;
  std::string_view query_;
  eval::Annotations annotations_;
};

// `for metric name "x"`, or nothing for series without a name.
std::string for_metric(std::string_view metric);

}  // namespace isobar::promql
