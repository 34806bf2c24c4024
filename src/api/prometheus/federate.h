// /federate. Internal to api/prometheus.
#pragma once

#include "api/prometheus/query_api.h"
#include "api/read_route.h"

namespace isobar::api {

// Parameter: match[], at least one. The last sample of every matching series within the lookback, as text with
// timestamps. Series that ended, series without a name and native histograms, which the text cannot hold, are left out.
// Errors are texts.
Result<http::Response> federate(const QueryParts& parts, const ReadCall& call);

}  // namespace isobar::api
