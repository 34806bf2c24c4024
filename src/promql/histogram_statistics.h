// Histograms for queries that look at counts and sums only: without buckets, which makes copies and sums
// cheap, but with the reset hint that their buckets would have told.
#pragma once

#include "eval/step_series.h"
#include "model/sample.h"

namespace isobar::promql {

// Sample i of the columns, which is a histogram. An unknown hint is decided by the sample before it; it stays
// unknown for the first sample and after a float or a stale marker.
eval::HistogramPtr statistics_of(const model::SampleColumns& columns, std::size_t i);

}  // namespace isobar::promql
