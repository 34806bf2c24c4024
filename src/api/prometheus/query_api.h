// Reading: /api/v1/{query,query_range,query_exemplars,format_query,parse_query,labels,label/<name>/values,series,metadata},
// also below /prometheus, and /federate.
#pragma once

#include "api/query_scope.h"
#include "api/server_status.h"
#include "http/router.h"
#include "promql/engine.h"

namespace isobar::api {

// All must outlive the server.
struct QueryParts {
  QueryResources resources;
  const promql::Engine& engine;
  const StatusSource& status;  // external labels, for /federate
};

// Uses the pool "query".
void add_query_routes(http::Router& router, QueryParts parts);

}  // namespace isobar::api
