// What a query did, as JSON: {"operation":"rate","expression":"rate(m[5m])","series":2,"samples":40,"bytes":640,
// "seconds":0.0004,"children":[…]}. Not an API of Prometheus. Internal to api/prometheus.
#pragma once

#include <string>

#include "promql/result.h"

namespace isobar::api {

std::string explain_json(const promql::PlanNode& plan);

}  // namespace isobar::api
