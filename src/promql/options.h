// Which optional parts of PromQL are on. Values.
#pragma once

#include <string_view>

#include "base/result.h"

namespace isobar::promql {

// Off by default, like Prometheus' flags of the same meaning.
struct Features {
  bool experimental_functions = false;  // promql-experimental-functions
  bool duration_expressions = true;     // stable since Prometheus 3.14
  bool extended_selectors = false;      // anchored, smoothed
  bool binop_fill = false;              // fill, fill_left, fill_right
  bool delayed_name_removal = false;    // promql-delayed-name-removal
  bool type_and_unit_labels = false;    // __type__ and __unit__ go with the name
  bool use_start_timestamps = true;     // rate and friends look at start timestamps

  static Features all() {
    Features f;
    f.experimental_functions = f.extended_selectors = f.binop_fill = true;
    return f;
  }
};

// Of names as Prometheus' --enable-feature takes them, separated by commas (prometheus.io/docs/prometheus/latest/feature_flags).
// What is on here anyway is taken as well. kInvalid: an unknown one.
Result<Features> features_of(std::string_view names);

}  // namespace isobar::promql
