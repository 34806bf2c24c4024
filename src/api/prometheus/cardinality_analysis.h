// Mimir's /api/v1/cardinality/{label_names,label_values,active_series}: parameters, texts of errors and JSON are those of
// Mimir 3, whose errors are plain text. Internal to api/prometheus.
#pragma once

#include "api/query_scope.h"
#include "api/read_route.h"
#include "api/server_status.h"

namespace isobar::api {

// A series is active if it may have a sample this young; Mimir's default.
inline constexpr Duration kActiveSeriesAge = Duration::minutes(20);

struct AnalysisParts {
  const StatusSource& status;  // where the head begins
  QueryResources queries;
};

// Parameters: selector, count_method (inmemory, active), limit (0 to 500, default 20).
Result<http::Response> label_names_cardinality(const AnalysisParts& parts, const ReadCall& call);
// Parameters: label_names[], and the same.
Result<http::Response> label_values_cardinality(const AnalysisParts& parts, const ReadCall& call);
// Parameters: selector.
Result<http::Response> active_series(const AnalysisParts& parts, const ReadCall& call);

}  // namespace isobar::api
