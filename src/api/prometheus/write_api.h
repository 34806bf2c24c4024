// The doors of remote write 1.0 and 2.0: POST /api/v1/push (Mimir's), /api/v1/write and /prometheus/api/v1/write.
// Rules: prometheus.io/docs/specs/prw/remote_write_spec{,_2_0}.
//
// Answers are texts: 204 when everything is durable (series with invalid labels in 1.0 requests are skipped and
// counted), 400 when a part was refused and the rest written, 413 and 415 before anything is looked at, 429 and 503 with
// Retry-After when it should be sent again. 2.0 requests get the Written headers with every answer.
#pragma once

#include "http/router.h"
#include "ingest/ingester.h"
#include "limits/tenant_limits.h"
#include "telemetry/memory_budget.h"
#include "telemetry/metrics.h"

namespace isobar::api {

// All must outlive the server.
struct WriteParts {
  ingest::Ingester& ingester;
  const limits::LimitsTable& limits;
  telemetry::Registry& metrics;
  telemetry::MemoryBudget* decode_memory = nullptr;  // bodies while they are decompressed and decoded; null: unbounded
  std::uint64_t max_compressed_bytes = 32ULL << 20;
};

// Uses the pool "ingest".
void add_write_routes(http::Router& router, WriteParts parts);

}  // namespace isobar::api
