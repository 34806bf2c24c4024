// A query's syntax tree as JSON, field by field as Prometheus 3 gives it (web/api/v1/translate_ast.go), keys sorted as
// there. Pure function. Internal to api/prometheus.
//
// Ranges, offsets and steps are milliseconds; what a duration expression computes is known when the query runs, so it is
// 0 here, as there.
#pragma once

#include <string>
#include <string_view>

#include "promql/ast.h"

namespace isobar::api {

// `query` is the text that `expr` was parsed from.
std::string syntax_json(const promql::Expr& expr, std::string_view query);

}  // namespace isobar::api
