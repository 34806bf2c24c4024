// POST /api/v1/read: remote read as Prometheus and Mimir answer it. Internal to api/prometheus.
#pragma once

#include "api/prometheus/query_api.h"
#include "http/router.h"

namespace isobar::api {

// The body is a prometheus.ReadRequest in snappy. The first of its accepted response types that is known decides:
//   SAMPLES (also if none is named)  application/x-protobuf, Content-Encoding snappy: one prometheus.ReadResponse
//   STREAMED_XOR_CHUNKS              application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse: frames
//                                    (remote_read_messages.h), series after series, streamed
// Series are sorted by labels. Errors are text. Runs on the pool "query" and counts against the budget of queries; a
// stream holds one series at a time.
void add_remote_read_routes(http::Router& router, const QueryParts& parts);

}  // namespace isobar::api
