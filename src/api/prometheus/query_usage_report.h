// /api/v1/status/query_usage: which metrics are queried, joined with how many series they have. Our own, not of Prometheus.
// Described in docs/howto/find_unused_metrics.md. Internal to api/prometheus.
#pragma once

#include "api/prometheus/status_api.h"
#include "api/read_route.h"

namespace isobar::api {

// Parameters: limit (1 to 10000, default 100), unused (true: only metrics that no query named).
Result<http::Response> query_usage(const StatusParts& parts, const ReadCall& call);

}  // namespace isobar::api
