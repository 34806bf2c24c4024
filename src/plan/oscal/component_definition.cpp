#include <vector>

#include <fmt/format.h>

#include "plan/oscal/document.h"

namespace isobar::plan::oscal {
namespace {

struct Served {
  const Control* control;
  const ControlMapping* mapping;
};

// What each decision serves of the controls that the baseline asks for, in the ledger's order.
std::vector<std::pair<const Decision*, std::vector<Served>>> served_by_decision(const Context& context) {
  std::vector<std::pair<const Decision*, std::vector<Served>>> out;
  for (const Decision& decision : context.ledger.decisions) {
    std::vector<Served> served;
    for (const ControlStanding& control : context.standing.controls) {
      if (!control.required) continue;
      for (const ServingDecision& one : control.met) {
        if (one.decision == &decision) served.push_back({control.control, one.mapping});
      }
    }
    if (!served.empty()) out.emplace_back(&decision, std::move(served));
  }
  return out;
}

void write_requirement(codec::JsonWriter& json, const Context& context, const Decision& decision, const Served& served) {
  json.begin_object();
  json.field("uuid", context.uuid({"component-requirement", decision.id, served.control->id, served.mapping->met_when.text()}));
  json.field("control-id", control_id(served.control->id));
  json.field("description", one_line(served.mapping->reason));
  json.key("props").begin_array();
  write_prop(json, "implementation-status", implementation_state(served.mapping->strength));
  write_prop(json, "strength", strength_name(served.mapping->strength));
  json.end_array();
  json.field("remarks", fmt::format("Met when {}", one_line(served.mapping->met_when.text())));
  json.end_object();
}

void write_component(codec::JsonWriter& json, const Context& context, const Decision& decision, const std::vector<Served>& served) {
  json.begin_object();
  json.field("uuid", context.component_uuid(decision));
  json.field("type", "service");
  json.field("title", one_line(fmt::format("{} {}", decision.id, decision.title)));
  json.field("description", one_line(context.value_of(decision).text));
  json.field("purpose", one_line(decision.requirement));
  json.key("props").begin_array();
  write_prop(json, "decision", decision.id);
  write_prop(json, "area", decision.area);
  write_prop(json, "implemented-by", decision.implemented_by);
  json.end_array();
  write_owner(json, context, decision);
  json.key("control-implementations").begin_array().begin_object();
  json.field("uuid", context.uuid({"control-implementation", decision.id}));
  json.field("source", baseline_href(context.standing.baseline));
  json.field("description", one_line(fmt::format("What {} serves in profile {}", decision.id, context.standing.profile->id)));
  json.key("implemented-requirements").begin_array();
  for (const Served& one : served) write_requirement(json, context, decision, one);
  json.end_array().end_object().end_array().end_object();
}

}  // namespace

void write_component_definition(codec::JsonWriter& json, const Context& context) {
  write_metadata(json, context, fmt::format("Components of {}", context.standing.profile->title));
  const auto served = served_by_decision(context);
  if (served.empty()) return;  // OSCAL allows no empty list, and a definition without components
  json.key("components").begin_array();
  for (const auto& [decision, controls] : served) write_component(json, context, *decision, controls);
  json.end_array();
}

}  // namespace isobar::plan::oscal
