// For operators and orchestrators: /-/healthy, /-/ready and /ready, /metrics, POST or PUT /-/reload.
#pragma once

#include <functional>

#include "api/server_status.h"
#include "base/result.h"
#include "http/router.h"
#include "telemetry/metrics.h"

namespace isobar::api {

// All must outlive the server.
struct AdminParts {
  const StatusSource& status;
  const telemetry::Registry& metrics;
  // Loads the configuration anew; null: /-/reload is not there. Must be thread-safe.
  std::function<Result<void>()> reload;
};

// Uses the pool "api". /-/ready is 200 while the process can serve, and names what is degraded.
void add_admin_routes(http::Router& router, AdminParts parts);

}  // namespace isobar::api
