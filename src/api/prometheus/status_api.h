// /api/v1/targets, /api/v1/{rules,alerts,alertmanagers} (none), /api/v1/status/{buildinfo,runtimeinfo,config,flags,tsdb,query_usage} and
// /api/v1/cardinality/{label_names,label_values,active_series}, also below /prometheus.
#pragma once

#include "api/query_scope.h"
#include "api/server_status.h"
#include "http/router.h"

namespace isobar::api {

// All must outlive the server.
struct StatusParts {
  const StatusSource& status;
  QueryResources queries;  // for what counts series
};

// Uses the pools "api" and "query".
void add_status_routes(http::Router& router, StatusParts parts);

}  // namespace isobar::api
