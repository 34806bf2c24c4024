// The doors of samples as text, plain or compressed with gzip.
//
// InfluxDB's line protocol: POST /api/v1/push/influx/write (Mimir's), /write and /api/v2/write (InfluxDB's). Parameters: precision;
// db at the latter two becomes the label "db" (ingest/protocols/influx_line.h).
// Exposition: POST /api/v1/import/prometheus (VictoriaMetrics'). Parameters: timestamp (of samples without one, in
// milliseconds; absent: now), extra_label=name=value, repeatable. Content-Type may name OpenMetrics or protobuf.
//
// Answers are texts: 204 when everything is durable; 400 when something was refused and, of lines of InfluxDB and by
// limits, the rest written; 413, 415, 429 and 503 as for remote write.
#pragma once

#include "http/router.h"
#include "ingest/ingester.h"
#include "limits/tenant_limits.h"
#include "sys/clock.h"
#include "telemetry/memory_budget.h"
#include "telemetry/metrics.h"

namespace isobar::api {

// All must outlive the server.
struct TextWriteParts {
  ingest::Ingester& ingester;
  const limits::LimitsTable& limits;
  telemetry::Registry& metrics;
  const sys::Clock& clock;
  telemetry::MemoryBudget* decode_memory = nullptr;  // bodies while they are decompressed and decoded; null: unbounded
  std::uint64_t max_body_bytes = 32ULL << 20;        // as sent
};

// Uses the pool "ingest".
void add_text_write_routes(http::Router& router, TextWriteParts parts);

}  // namespace isobar::api
