// /api/v1/query_exemplars. Internal to api/prometheus.
#pragma once

#include "api/prometheus/query_api.h"
#include "api/read_route.h"

namespace isobar::api {

// Parameters: query, start, end. Exemplars of every series that a selector anywhere in the query matches.
Result<http::Response> query_exemplars(const QueryParts& parts, const ReadCall& call);

}  // namespace isobar::api
