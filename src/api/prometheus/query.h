// /api/v1/query, query_range, format_query and parse_query. Internal to api/prometheus.
#pragma once

#include "api/prometheus/query_api.h"
#include "api/read_route.h"

namespace isobar::api {

inline constexpr std::size_t kMaxQueryBytes = 1 << 20;
inline constexpr std::int64_t kMaxPoints = 11'000;  // per series of a range query, as in Prometheus

// Parameters: query, time, timeout, limit, lookback_delta, stats.
Result<http::Response> instant_query(const QueryParts& parts, const ReadCall& call);
// Parameters: query, start, end, step, timeout, limit, lookback_delta, stats.
Result<http::Response> range_query(const QueryParts& parts, const ReadCall& call);
// Parameters: query.
Result<http::Response> format_query(const QueryParts& parts, const ReadCall& call);
// Parameters: query. The syntax tree, syntax_json.h.
Result<http::Response> parse_query(const QueryParts& parts, const ReadCall& call);

// The parameter "query": present, and not too long.
Result<std::string> query_parameter(const http::Params& params);
// 'invalid parameter "query": 1:5: parse error: …' for what the language refuses; other errors stay.
Error query_error(Error error);

}  // namespace isobar::api
