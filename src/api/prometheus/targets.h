// /api/v1/targets. Internal to api/prometheus.
#pragma once

#include "api/read_route.h"
#include "api/server_status.h"

namespace isobar::api {

// Parameters: state (active, dropped, any), scrapePool.
Result<http::Response> targets_response(const StatusSource& status, const ReadCall& call);

}  // namespace isobar::api
