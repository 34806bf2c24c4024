#include "api/admin/admin_api.h"

#include <fmt/format.h>

#include "api/envelope.h"
#include "api/header_field.h"
#include "api/read_route.h"
#include "api/time_text.h"
#include "exposition/text_writer.h"

namespace isobar::api {
namespace {

std::string degraded_lines(const std::vector<DegradedPart>& parts) {
  std::string text;
  for (const DegradedPart& part : parts) {
    text += fmt::format("degraded since {}: {}: {}", format_rfc3339(part.since), part.component, part.reason);
    if (!part.action.empty()) text += fmt::format(" ({})", part.action);
    text.push_back('\n');
  }
  return text;
}

http::Response ready_response(const StatusSource& status) {
  const std::string degraded = degraded_lines(status.degraded());
  if (status.ready()) return http::Response::text(200, "ready\n" + degraded);
  const char* why = status.replaced() ? "replaced: another process has this data\n" : "starting: cannot serve yet\n";
  http::Response response = http::Response::text(503, why + degraded);
  add_header(response, "Retry-After", "1");
  return response;
}

http::Response reload_response(const AdminParts& parts) {
  const Result<void> reloaded = parts.reload();
  if (reloaded) return http::Response::text(200, "configuration reloaded\n");
  return http::Response::text(500, fmt::format("configuration was not reloaded, the one before stays in force: {}\n",
                                               reloaded.error().message));
}

}  // namespace

void add_admin_routes(http::Router& router, AdminParts parts) {
  const http::RouteOptions options{.pool = std::string(kApiPool)};
  router.add({http::Method::kGet}, "/-/healthy", options,
             [](const http::Request&, Cancellation&) { return http::Response::text(200, "healthy\n"); });
  const auto ready = [parts](const http::Request&, Cancellation&) { return ready_response(parts.status); };
  router.add({http::Method::kGet}, "/-/ready", options, ready);
  router.add({http::Method::kGet}, "/ready", options, ready);
  router.add({http::Method::kGet}, "/metrics", options, [parts](const http::Request&, Cancellation&) {
    return http::Response{.content_type = std::string(exposition::kTextContentType),
                          .body = exposition::write_text(parts.metrics.snapshot())};
  });
  if (!parts.reload) return;
  router.add({http::Method::kPost, http::Method::kPut}, "/-/reload", options,
             [parts](const http::Request&, Cancellation&) { return reload_response(parts); });
}

}  // namespace isobar::api
