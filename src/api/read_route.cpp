#include "api/read_route.h"

#include <memory>

#include "api/envelope.h"
#include "api/header_field.h"
#include "http/form.h"
#include "model/tenant.h"

namespace isobar::api {
namespace {

constexpr std::uint64_t kMaxFormBytes = 4 << 20;  // a query of 1 MB, percent-encoded

void add_cross_origin_headers(const http::Request& request, http::Response& response) {
  if (!request.headers.has("origin")) return;
  add_header(response, "Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin, X-Scope-OrgID");
  add_header(response, "Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  add_header(response, "Access-Control-Allow-Origin", "*");
  add_header(response, "Access-Control-Expose-Headers", "Date");
  add_header(response, "Vary", "Origin");
}

Result<http::Response> call_endpoint(const ReadEndpoint& endpoint, const http::Request& request,
                                     Cancellation& cancellation) {
  TRY(http::Params params, http::all_params(request));
  TRY(std::vector<std::string> tenants, model::parse_tenants(request.headers.get("x-scope-orgid")));
  return endpoint({request, std::move(params), std::move(tenants), cancellation});
}

}  // namespace

void add_read_route(http::Router& router, Accept accept, std::string_view path, std::string_view pool,
                    ReadEndpoint endpoint) {
  const auto shared = std::make_shared<const ReadEndpoint>(std::move(endpoint));
  const auto handler = [shared](const http::Request& request, Cancellation& cancellation) {
    Result<http::Response> answer = call_endpoint(*shared, request, cancellation);
    http::Response response = answer ? *std::move(answer) : failure(answer.error());
    add_cross_origin_headers(request, response);
    return response;
  };
  const auto preflight = [](const http::Request& request, Cancellation&) {
    http::Response response{.status = 204};
    add_cross_origin_headers(request, response);
    return response;
  };
  std::vector<http::Method> methods{http::Method::kGet};
  if (accept == Accept::kGetAndPost) methods.push_back(http::Method::kPost);
  for (const std::string_view prefix : {"", "/prometheus"}) {
    const std::string full = std::string(prefix) + std::string(path);
    router.add(methods, full, {.max_body_bytes = kMaxFormBytes, .pool = std::string(pool)}, handler);
    if (path.starts_with("/api/")) {
      router.add({http::Method::kOptions}, full, {.pool = std::string(kApiPool)}, preflight);
    }
  }
}

}  // namespace isobar::api
