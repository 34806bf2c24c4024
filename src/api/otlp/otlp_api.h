// The door of OTLP/HTTP for metrics: POST /otlp/v1/metrics (as Mimir), /api/v1/otlp/v1/metrics and
// /prometheus/api/v1/otlp/v1/metrics (as Prometheus). Rules: opentelemetry.io/docs/specs/otlp.
//
// Bodies are application/x-protobuf or application/json, plain or with Content-Encoding gzip; answers have the encoding of
// their request. 200 when all is durable, or a part of it (partial_success counts the data points that are not), 400 when
// nothing could be taken, 413 and 415 before anything is looked at, 429 and 503 with Retry-After when it should be sent
// again. Sending again changes nothing that was written before.
#pragma once

#include <functional>
#include <memory>

#include "http/router.h"
#include "ingest/ingester.h"
#include "ingest/protocols/otlp_settings.h"
#include "limits/tenant_limits.h"
#include "telemetry/memory_budget.h"
#include "telemetry/metrics.h"

namespace isobar::api {

// All must outlive the server.
struct OtlpParts {
  ingest::Ingester& ingester;
  const limits::LimitsTable& limits;
  telemetry::Registry& metrics;
  std::function<std::shared_ptr<const ingest::OtlpSettings>()> settings;  // those in force; called for each request
  telemetry::MemoryBudget* decode_memory = nullptr;  // bodies while they are decompressed and decoded; null: unbounded
  std::uint64_t max_compressed_bytes = 32ULL << 20;
};

// Uses the pool "ingest".
void add_otlp_routes(http::Router& router, OtlpParts parts);

}  // namespace isobar::api
