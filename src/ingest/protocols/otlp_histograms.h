// Histograms of OTLP as native histograms. A delta histogram gets the hint that the counter was reset before it, which
// is what a delta is: rates and increases of such a series then add its samples up. Counts stay integers.
//
// Pure functions. kInvalid: what model::validate() refuses, or what has no native form; the message says why.
#pragma once

#include "base/result.h"
#include "ingest/protocols/otlp_data.h"
#include "model/histogram.h"

namespace isobar::ingest {

// Of an exponential histogram: the schema is the scale, at most 8 (finer ones are merged down); scales below -4 have
// none. OTLP's bucket i is bucket i + 1 here. A threshold of 0 becomes 1e-128, as in Prometheus.
Result<model::Histogram> otlp_exponential_histogram(const OtlpPoint& point, OtlpTemporality temporality);

// Of explicit bounds: schema -53.
Result<model::Histogram> otlp_custom_histogram(const OtlpPoint& point, OtlpTemporality temporality);

// Bounds finite and ascending, one count more than bounds or no counts at all.
Result<void> check_otlp_bounds(const OtlpPoint& point);

// For points without a recorded value.
model::Histogram stale_histogram();

}  // namespace isobar::ingest
