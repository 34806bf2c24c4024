#include "api/prometheus/names.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/envelope.h"
#include "api/parameters.h"
#include "api/prometheus/label_json.h"
#include "api/prometheus/selectors.h"
#include "base/utf8.h"

namespace isobar::api {
namespace {

constexpr std::string_view kTruncated = "results truncated due to limit";

using Names = std::vector<std::string>;

// `read(request)` per selector; the union, sorted.
template <class Read>
Result<Names> union_of(std::vector<model::SelectRequest>& requests, std::size_t limit, const Read& read) {
  Names all;
  for (model::SelectRequest& request : requests) {
    request.limit = limit;
    TRY(Names names, read(request));
    all.insert(all.end(), std::make_move_iterator(names.begin()), std::make_move_iterator(names.end()));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Result<http::Response> names_answer(Names names, std::size_t limit, QueryScope& scope) {
  if (limit != 0 && names.size() > limit) {
    names.resize(limit);
    scope.warnings().add(std::string(kTruncated));
  }
  telemetry::Reservation held(scope.budget());
  std::string data = "[";
  for (const std::string& name : names) {
    if (data.size() > 1) data.push_back(',');
    codec::append_json_string(data, name);
    if (data.size() > held.bytes()) TRYV(held.grow(data.size(), Code::kUnprocessable));
  }
  data.push_back(']');
  return success(data, {scope.warnings().take(), {}});
}

// Labels of all matching series; each once, sorted.
Result<std::vector<model::Labels>> matching_series(const QueryParts& parts, const ReadCall& call, QueryScope& scope,
                                                   telemetry::Reservation& held) {
  TRY(const std::vector<model::SelectRequest> requests, select_requests(call));
  std::vector<model::Labels> all;
  std::vector<std::shared_ptr<const model::Series>> batch;
  for (const model::SelectRequest& request : requests) {
    TRY(const auto set, parts.resources.reader.select(request, scope.context()));
    while (true) {
      TRYV(scope.cancellation().check());
      TRYV(set->next(batch));
      if (batch.empty()) break;
      std::uint64_t bytes = 0;
      for (const auto& series : batch) {
        all.push_back(series->labels());
        bytes += sizeof(model::Labels) + all.back().encoded().size();
      }
      TRYV(held.grow(bytes, Code::kUnprocessable));
    }
  }
  if (requests.size() > 1) {
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
  }
  return all;
}

void append_metadata(std::string& out, const model::Metadata& m) {
  codec::JsonWriter(out)
      .begin_object()
      .field("type", model::metric_type_name(m.type))
      .field("help", m.help)
      .field("unit", m.unit)
      .end_object();
}

// {"metric":[{…},…],…}; `all` is sorted by metric. Negative limits are none.
std::string metadata_json(const std::vector<model::Metadata>& all, std::int64_t limit, std::int64_t per_metric) {
  std::string data = "{";
  std::int64_t metrics = 0;
  std::int64_t in_metric = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool begins = i == 0 || all[i].metric != all[i - 1].metric;
    if (begins) {
      if (limit >= 0 && metrics == limit) break;
      if (metrics++ > 0) data += "],";
      codec::append_json_string(data, all[i].metric);
      data += ":[";
      in_metric = 0;
    }
    if (per_metric > 0 && in_metric >= per_metric) continue;
    if (in_metric++ > 0) data.push_back(',');
    append_metadata(data, all[i]);
  }
  data += metrics > 0 ? "]}" : "}";
  return data;
}

}  // namespace

Result<http::Response> label_names(const QueryParts& parts, const ReadCall& call) {
  TRY(const std::size_t limit, limit_parameter(call.params));
  TRY(std::vector<model::SelectRequest> requests, select_requests(call));
  QueryScope scope(parts.resources, call.cancellation, parts.resources.timeout);
  TRY(Names names, union_of(requests, limit, [&](const model::SelectRequest& request) {
        return parts.resources.reader.label_names(request, scope.context());
      }));
  return names_answer(std::move(names), limit, scope);
}

Result<http::Response> label_values(const QueryParts& parts, const ReadCall& call) {
  const std::string name = unescape_name(call.request.path_params.get("name"));
  if (name.empty() || !is_valid_utf8(name)) {
    return fail(Code::kInvalid, fmt::format("invalid label name: \"{}\"", name));
  }
  TRY(const std::size_t limit, limit_parameter(call.params));
  TRY(std::vector<model::SelectRequest> requests, select_requests(call));
  QueryScope scope(parts.resources, call.cancellation, parts.resources.timeout);
  TRY(Names values, union_of(requests, limit, [&](const model::SelectRequest& request) {
        return parts.resources.reader.label_values(name, request, scope.context());
      }));
  return names_answer(std::move(values), limit, scope);
}

Result<http::Response> series(const QueryParts& parts, const ReadCall& call) {
  if (!call.params.has("match[]")) {
    return fail(invalid_parameter("match[]", "is missing, write at least one series selector like up or {job=\"a\"}"));
  }
  TRY(const std::size_t limit, limit_parameter(call.params));
  QueryScope scope(parts.resources, call.cancellation, parts.resources.timeout);
  telemetry::Reservation held(scope.budget());
  TRY(std::vector<model::Labels> all, matching_series(parts, call, scope, held));
  if (limit != 0 && all.size() > limit) {
    all.resize(limit);
    scope.warnings().add(std::string(kTruncated));
  }
  std::string data = "[";
  std::uint64_t counted = 0;
  for (const model::Labels& labels : all) {
    if (data.size() > 1) data.push_back(',');
    append_labels(data, labels);
    if (data.size() <= counted) continue;
    TRYV(held.grow(data.size(), Code::kUnprocessable));
    counted += data.size();
  }
  data.push_back(']');
  return success(data, {scope.warnings().take(), {}});
}

Result<http::Response> metadata(const QueryParts& parts, const ReadCall& call) {
  TRY(const std::optional<std::int64_t> limit, integer_parameter(call.params, "limit"));
  TRY(const std::optional<std::int64_t> per_metric, integer_parameter(call.params, "limit_per_metric"));
  QueryScope scope(parts.resources, call.cancellation, parts.resources.timeout);
  const std::string metric(call.params.get("metric"));
  TRY(const std::vector<model::Metadata> all, parts.resources.reader.metadata(call.tenants, metric, scope.context()));
  return success(metadata_json(all, limit.value_or(-1), per_metric.value_or(-1)), {scope.warnings().take(), {}});
}

}  // namespace isobar::api
