// Aggregations that look at all members of a group at once: topk, bottomk, quantile, limitk, limit_ratio,
// count_values. Pure functions over collected series; `members` lists the series of one group in stream
// order.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "eval/step_series.h"

namespace isobar::eval {

// The members that are among the k largest (smallest) at `step`, best first; NaN comes last, ties in stream
// order. Histograms take no part.
std::vector<std::uint32_t> best_members(const StepMatrix& series, std::span<const std::uint32_t> members,
                                        std::size_t step, std::size_t k, bool largest);

// The phi-quantile of `values` (reordered): linear interpolation between closest ranks; NaN when empty or phi
// is NaN, -Inf below 0, +Inf above 1. Source: prometheus.io/docs/prometheus/latest/querying/operators,
// "quantile".
double quantile(double phi, std::vector<double>& values);

// Where a label set lies in [0, 1): the sampling key of limit_ratio.
double ratio_position(const model::Labels& labels);

}  // namespace isobar::eval
