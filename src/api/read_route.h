// How read endpoints are mounted: at their path and below /prometheus, with parameters and tenants parsed, errors in the
// envelope, and cross-origin headers as Prometheus sends them by default (any origin). Internal to api/.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "http/message.h"
#include "http/router.h"

namespace isobar::api {

struct ReadCall {
  const http::Request& request;
  http::Params params;               // form body first, then the query string
  std::vector<std::string> tenants;  // of X-Scope-OrgID
  Cancellation& cancellation;
};

using ReadEndpoint = std::function<Result<http::Response>(const ReadCall& call)>;

inline constexpr std::string_view kQueryPool = "query";
inline constexpr std::string_view kApiPool = "api";
inline constexpr std::string_view kIngestPool = "ingest";

enum class Accept { kGet, kGetAndPost };

// `path` starts with '/'. Only /api/v1 paths answer OPTIONS.
void add_read_route(http::Router& router, Accept accept, std::string_view path, std::string_view pool,
                    ReadEndpoint endpoint);

}  // namespace isobar::api
