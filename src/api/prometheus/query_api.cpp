#include "api/prometheus/query_api.h"

#include "api/prometheus/exemplars.h"
#include "api/prometheus/federate.h"
#include "api/prometheus/names.h"
#include "api/prometheus/query.h"
#include "api/prometheus/remote_read.h"
#include "api/read_route.h"

namespace isobar::api {

void add_query_routes(http::Router& router, QueryParts parts) {
  using Endpoint = Result<http::Response> (*)(const QueryParts&, const ReadCall&);
  const auto add = [&](Accept accept, std::string_view path, Endpoint endpoint) {
    add_read_route(router, accept, path, kQueryPool,
                   [parts, endpoint](const ReadCall& call) { return endpoint(parts, call); });
  };
  add(Accept::kGetAndPost, "/api/v1/query", instant_query);
  add(Accept::kGetAndPost, "/api/v1/query_range", range_query);
  add(Accept::kGetAndPost, "/api/v1/query_exemplars", query_exemplars);
  add(Accept::kGetAndPost, "/api/v1/format_query", format_query);
  add(Accept::kGetAndPost, "/api/v1/parse_query", parse_query);
  add(Accept::kGetAndPost, "/api/v1/labels", label_names);
  add(Accept::kGet, "/api/v1/label/{name}/values", label_values);
  add(Accept::kGetAndPost, "/api/v1/series", series);
  add(Accept::kGet, "/api/v1/metadata", metadata);
  add(Accept::kGet, "/federate", federate);
  add_remote_read_routes(router, parts);
}

}  // namespace isobar::api
