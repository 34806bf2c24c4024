// Values between two samples, for the anchored and smoothed selectors. Pure functions.
// Source: Prometheus proposal PROM-52, "extended range selectors semantics".
#pragma once

#include <cstdint>

#include "eval/step_series.h"

namespace isobar::promql {

// Linear between (t1, v1) and (t2, v2). A counter that fell in between started again from zero.
double interpolate(std::int64_t t1, double v1, std::int64_t t2, double v2, std::int64_t t, bool is_counter);

// As above, bucket by bucket; null if the two cannot be combined (exponential and custom buckets). Sets `reconciled`, if
// given, to true when custom bounds differed.
eval::HistogramPtr interpolate(std::int64_t t1, const model::Histogram& h1, std::int64_t t2,
                               const model::Histogram& h2, std::int64_t t, bool is_counter,
                               bool* reconciled = nullptr);

}  // namespace isobar::promql
