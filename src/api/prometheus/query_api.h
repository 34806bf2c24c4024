// Reading: /api/v1/{query,query_range,query_exemplars,format_query,parse_query,labels,label/<name>/values,series,metadata},
// also below /prometheus, remote read (/api/v1/read, remote_read.h), and /federate.
#pragma once

#include "api/prometheus/query_answer.h"
#include "api/query_scope.h"
#include "api/server_status.h"
#include "http/router.h"
#include "promql/engine.h"

namespace isobar::api {

// As the flags of Prometheus with the same meaning, and their defaults.
struct RemoteReadLimits {
  std::size_t max_samples = 50'000'000;   // --storage.remote.read-sample-limit: of a query that asks for SAMPLES; 0: none
  std::size_t max_frame_bytes = 1 << 20;  // --storage.remote.read-max-bytes-in-frame
};

// All must outlive the server.
struct QueryParts {
  QueryResources resources;
  const promql::Engine& engine;
  const StatusSource& status;  // external labels, for /federate
  RemoteReadLimits remote_read;
  std::shared_ptr<QueryFlights> flights = std::make_shared<QueryFlights>();  // identical queries under way
};

// Uses the pool "query".
void add_query_routes(http::Router& router, QueryParts parts);

}  // namespace isobar::api
