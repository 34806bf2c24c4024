#include "api/ui/ui_api.h"

#include "api/envelope.h"
#include "api/header_field.h"
#include "api/read_route.h"
#include "api/ui/ui_assets.h"
#include "api/ui/ui_functions.h"
#include "api/ui/ui_state.h"
#include "model/tenant.h"

namespace isobar::api {
namespace {

http::Response state_response(const StatusSource& status, const http::Request& request) {
  const Result<std::string> tenant = model::parse_tenant(request.headers.get("x-scope-orgid"));
  if (!tenant) return failure(tenant.error());
  http::Response response = http::Response::json(200, state_json(status, *tenant));
  add_header(response, "Cache-Control", "no-store");
  return response;
}

}  // namespace

void add_ui_routes(http::Router& router, UiParts parts) {
  const http::RouteOptions options{.pool = std::string(kApiPool)};
  // Assets are compressed when they are embedded, once and better.
  const http::RouteOptions as_is{.pool = std::string(kApiPool), .gzip = false};
  router.add({http::Method::kGet}, "/", as_is, [parts](const http::Request& request, Cancellation&) {
    return asset_response(request, parts.assets, "index.html");
  });
  router.add({http::Method::kGet}, "/assets/{path...}", as_is, [parts](const http::Request& request, Cancellation&) {
    return asset_response(request, parts.assets, "assets/" + std::string(request.path_params.get("path")));
  });
  router.add({http::Method::kGet}, "/ui/v1/state", options, [parts](const http::Request& request, Cancellation&) {
    return state_response(parts.status, request);
  });
  router.add({http::Method::kGet}, "/ui/v1/functions", options, [](const http::Request&, Cancellation&) {
    return http::Response::json(200, functions_json());
  });
}

}  // namespace isobar::api
