// /api/v1/targets and /api/v1/status/{buildinfo,runtimeinfo,config,flags,tsdb}, also below /prometheus.
#pragma once

#include "api/query_scope.h"
#include "api/server_status.h"
#include "http/router.h"

namespace isobar::api {

// All must outlive the server.
struct StatusParts {
  const StatusSource& status;
  QueryResources queries;  // for status/tsdb, which counts series
};

// Uses the pools "api" and "query".
void add_status_routes(http::Router& router, StatusParts parts);

}  // namespace isobar::api
