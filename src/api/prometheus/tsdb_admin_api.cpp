#include "api/prometheus/tsdb_admin_api.h"

#include <fmt/format.h>

#include "api/envelope.h"
#include "api/parameters.h"
#include "api/prometheus/selectors.h"
#include "api/read_route.h"
#include "codec/json_writer.h"
#include "http/form.h"
#include "model/tenant.h"

namespace isobar::api {
namespace {

constexpr std::uint64_t kMaxFormBytes = 1 << 20;

struct AdminCall {
  http::Params params;
  std::string tenant;
};

http::Response disabled() {
  http::Response response =
      failure({Code::kUnavailable, "admin APIs disabled; start the server with --web.enable-admin-api to delete series, clean and take snapshots"});
  response.headers = {};  // coming again later is of no use
  return response;
}

Result<http::Response> delete_series(TsdbAdmin& admin, const AdminCall& call) {
  TRY(const TimeRange range, time_range_parameters(call.params));
  TRY(std::vector<MatcherSet> selectors, match_parameters(call.params));
  if (selectors.empty()) {
    return fail(invalid_parameter("match[]", "is missing, write at least one series selector like up or {job=\"a\"}"));
  }
  TRYV(admin.delete_series({call.tenant, std::move(selectors), range.start, range.end}));
  return http::Response{.status = 204};
}

Result<http::Response> clean_tombstones(TsdbAdmin& admin, const AdminCall&) {
  TRYV(admin.clean_tombstones());
  return http::Response{.status = 204};
}

Result<bool> boolean_parameter(const http::Params& params, std::string_view name) {
  const std::string_view text = params.get(name);
  for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"", "0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return fail(invalid_parameter(name, fmt::format("must be true or false: \"{}\"", text)));
}

Result<http::Response> snapshot(TsdbAdmin& admin, const AdminCall& call) {
  TRY(const bool skip_head, boolean_parameter(call.params, "skip_head"));
  TRY(const std::string name, admin.snapshot(skip_head));
  std::string data;
  codec::JsonWriter(data).begin_object().field("name", name).end_object();
  return success(data);
}

}  // namespace

void add_tsdb_admin_routes(http::Router& router, TsdbAdmin& admin, bool enabled) {
  using Endpoint = Result<http::Response> (*)(TsdbAdmin&, const AdminCall&);
  const auto add = [&](const std::string& path, Endpoint endpoint) {
    const auto answer = [&admin, enabled, endpoint](const http::Request& request, Cancellation&) {
      if (!enabled) return disabled();
      const auto call = [&]() -> Result<http::Response> {
        TRY(http::Params params, http::all_params(request));
        TRY(std::string tenant, model::parse_tenant(request.headers.get("x-scope-orgid")));
        return endpoint(admin, {std::move(params), std::move(tenant)});
      };
      Result<http::Response> response = call();
      return response ? *std::move(response) : failure(response.error());
    };
    for (const char* prefix : {"", "/prometheus"}) {
      router.add({http::Method::kPost, http::Method::kPut}, prefix + path,
                 {.max_body_bytes = kMaxFormBytes, .pool = std::string(kQueryPool)}, answer);
    }
  };
  add("/api/v1/admin/tsdb/delete_series", delete_series);
  add("/api/v1/admin/tsdb/clean_tombstones", clean_tombstones);
  add("/api/v1/admin/tsdb/snapshot", snapshot);
}

}  // namespace isobar::api
