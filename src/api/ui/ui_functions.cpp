#include "api/ui/ui_functions.h"

#include "codec/json_writer.h"
#include "promql/aggregators.h"
#include "promql/functions.h"

namespace isobar::api {
namespace {

void append_row(codec::JsonWriter& json, std::string_view name, std::string_view signature, std::string_view doc,
                std::string_view example, bool experimental) {
  json.begin_object()
      .field("name", name)
      .field("signature", signature)
      .field("doc", doc)
      .field("example", example)
      .field("experimental", experimental)
      .end_object();
}

std::string aggregator_signature(const promql::AggregatorSpec& spec) {
  std::string text(spec.name);
  text += " by|without (labels) (";
  if (spec.has_parameter) text += spec.parameter == promql::ValueType::kString ? "label string, " : "parameter scalar, ";
  return text + "v instant-vector)";
}

}  // namespace

std::string functions_json() {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key("functions").begin_array();
  for (const promql::FunctionSpec* spec : promql::functions()) {
    append_row(json, spec->name, promql::signature(*spec), spec->doc, spec->example, spec->experimental);
  }
  json.end_array().key("aggregations").begin_array();
  for (const promql::AggregatorSpec& spec : promql::aggregators()) {
    append_row(json, spec.name, aggregator_signature(spec), spec.doc, spec.example, spec.experimental);
  }
  json.end_array().end_object();
  return out;
}

}  // namespace isobar::api
