// The notation of series in test scripts and rule tests: up{job="a"} 1 _ 3+2x4 stale {{schema:0 count:1}}x2.
// Source: prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules, "series". Pure functions.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/histogram.h"
#include "model/labels.h"

namespace isobar::promql {

// One place of a sequence: a gap, a float (stale markers included) or a histogram.
struct SequenceValue {
  bool omitted = false;
  double value = 0;
  std::shared_ptr<const model::Histogram> histogram;
  bool hint_given = false;  // counter_reset_hint was written
};

struct SeriesDescription {
  model::Labels labels;
  bool is_start_timestamps =
      false;  // metric@st: the values are durations relative to the samples of the same place
  std::vector<SequenceValue> values;
  std::vector<std::int64_t> starts;  // ms, with is_start_timestamps; kNoStart where there is none
};
inline constexpr std::int64_t kNoStart = INT64_MIN;

Result<SeriesDescription> parse_series_description(std::string_view line);
Result<model::Histogram> parse_histogram_description(std::string_view text, bool& hint_given);

}  // namespace isobar::promql
