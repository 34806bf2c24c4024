// What there is to query: label names, label values, series, metadata. Internal to api/prometheus.
#pragma once

#include "api/prometheus/query_api.h"
#include "api/read_route.h"

namespace isobar::api {

// Parameters: match[], start, end, limit.
Result<http::Response> label_names(const QueryParts& parts, const ReadCall& call);
Result<http::Response> label_values(const QueryParts& parts, const ReadCall& call);
// The same; at least one match[].
Result<http::Response> series(const QueryParts& parts, const ReadCall& call);
// Parameters: metric, limit (metrics), limit_per_metric.
Result<http::Response> metadata(const QueryParts& parts, const ReadCall& call);

}  // namespace isobar::api
