#include "api/prometheus/explain_json.h"

#include "codec/json_writer.h"

namespace isobar::api {
namespace {

// Plans are as deep as expressions, which the parser bounds.
void append(codec::JsonWriter& json, const promql::PlanNode& node) {
  json.begin_object()
      .field("operation", node.operation)
      .field("expression", node.expression)
      .field("series", node.series)
      .field("samples", node.samples)
      .field("bytes", node.bytes)
      .field("seconds", node.seconds);
  if (node.repeated) json.field("repeated", true);
  json.key("children").begin_array();
  for (const auto& child : node.children) append(json, *child);
  json.end_array().end_object();
}

}  // namespace

std::string explain_json(const promql::PlanNode& plan) {
  std::string out;
  codec::JsonWriter json(out);
  append(json, plan);
  return out;
}

}  // namespace isobar::api
