#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "plan/oscal/document.h"

namespace isobar::plan::oscal {
namespace {

constexpr std::string_view impact_of(Baseline baseline) {
  switch (baseline) {
    case Baseline::kLow: return "fips-199-low";
    case Baseline::kModerate: return "fips-199-moderate";
    case Baseline::kHigh: return "fips-199-high";
  }
  return "fips-199-high";
}

void write_characteristics(codec::JsonWriter& json, const Context& context) {
  const std::string_view impact = impact_of(context.standing.baseline);
  json.key("system-characteristics").begin_object();
  json.key("system-ids").begin_array().begin_object();
  json.field("identifier-type", "http://ietf.org/rfc/rfc4122").field("id", context.system_uuid()).end_object().end_array();
  json.field("system-name", one_line(context.standing.profile->title));
  json.field("system-name-short", one_line(context.standing.profile->id));
  json.field("description", one_line(context.standing.profile->about));
  json.field("security-sensitivity-level", impact);
  json.key("system-information").begin_object().key("information-types").begin_array().begin_object();
  json.field("uuid", context.uuid({"information-type"}));
  json.field("title", "Telemetry of the platform");
  json.field("description", "Metrics and logs. A placeholder: categorising your information (FIPS 199) is your organisation's task.");
  for (const char* objective : {"confidentiality-impact", "integrity-impact", "availability-impact"}) {
    json.key(objective).begin_object().field("base", impact).end_object();
  }
  json.end_object().end_array().end_object();
  json.key("security-impact-level").begin_object();
  for (const char* objective : {"confidentiality", "integrity", "availability"}) {
    json.field(fmt::format("security-objective-{}", objective), impact);
  }
  json.end_object();
  json.key("status").begin_object().field("state", "other").field("remarks", "Decided; whether it runs so, an assessment must show.").end_object();
  json.key("authorization-boundary").begin_object();
  json.field("description", "The platform that the ledger's decisions describe. What they do not name lies outside.");
  json.end_object().end_object();
}

// Decisions that serve a required control here.
std::vector<const Decision*> serving_decisions(const Context& context) {
  std::vector<const Decision*> out;
  for (const Decision& decision : context.ledger.decisions) {
    const bool serves = std::ranges::any_of(context.standing.controls, [&](const ControlStanding& control) {
      return control.required && std::ranges::any_of(control.met, [&](const ServingDecision& one) { return one.decision == &decision; });
    });
    if (serves) out.push_back(&decision);
  }
  return out;
}

void write_implementation(codec::JsonWriter& json, const Context& context) {
  json.key("system-implementation").begin_object();
  json.key("users").begin_array().begin_object();  // OSCAL 1.1 asks for one
  json.field("uuid", context.uuid({"user", "owner"})).field("title", "Who runs the platform");
  json.key("role-ids").begin_array().string("owner").end_array().end_object().end_array();
  json.key("components").begin_array();
  json.begin_object().field("uuid", context.this_system_uuid()).field("type", "this-system");
  json.field("title", one_line(context.standing.profile->title)).field("description", one_line(context.standing.profile->about));
  json.key("status").begin_object().field("state", "other").end_object().end_object();
  for (const Decision* decision : serving_decisions(context)) {
    json.begin_object().field("uuid", context.component_uuid(*decision)).field("type", "service");
    json.field("title", one_line(fmt::format("{} {}", decision->id, decision->title)));
    json.field("description", one_line(context.value_of(*decision).text));
    json.key("props").begin_array();
    write_prop(json, "decision", decision->id);
    json.end_array();
    json.key("status").begin_object().field("state", "other").end_object();
    write_owner(json, context, *decision);
    json.end_object();
  }
  json.end_array().end_object();
}

std::string status_remark(const ControlStanding& control) {
  std::string text;
  if (!control.met.empty()) text = fmt::format("Met by {}.", decision_names(control.met));
  if (control.met.empty()) text = "No decision of this profile meets it.";
  if (!control.waived.empty()) text += fmt::format(" Waived by {}: the plan of action says what that saves.", decision_names(control.waived));
  if (control.met.empty() && control.waived.empty()) text += " No other profile of the ledger does either.";
  return text;
}

void write_requirement(codec::JsonWriter& json, const Context& context, const ControlStanding& control) {
  const std::string& id = control.control->id;
  json.begin_object();
  json.field("uuid", context.uuid({"requirement", id}));
  json.field("control-id", control_id(id));
  json.key("by-components").begin_array();
  json.begin_object().field("component-uuid", context.this_system_uuid()).field("uuid", context.uuid({"by-component", id, "this-system"}));
  json.field("description", one_line(fmt::format("{}: {}", control.control->title, control.control->meaning)));
  write_implementation_status(json, implementation_state(control.verdict()), status_remark(control));
  json.end_object();
  for (const ServingDecision& one : control.met) {
    json.begin_object().field("component-uuid", context.component_uuid(*one.decision));
    json.field("uuid", context.uuid({"by-component", id, one.decision->id, one.mapping->met_when.text()}));
    json.field("description", one_line(one.mapping->reason));
    write_implementation_status(json, implementation_state(one.mapping->strength), "");
    write_owner(json, context, *one.decision);
    json.end_object();
  }
  json.end_array().end_object();
}

}  // namespace

Result<void> write_system_security_plan(codec::JsonWriter& json, const Context& context) {
  const BaselineStanding& standing = context.standing;
  if (std::ranges::none_of(standing.controls, &ControlStanding::required)) {
    return fail(Code::kUnprocessable, fmt::format("the ledger names no control of the {} baseline, and OSCAL knows no plan without "
                                                  "controls (add rows to `controls`, or take another --baseline)",
                                                  baseline_name(standing.baseline)));
  }
  write_metadata(json, context, fmt::format("System security plan of {}", standing.profile->title));
  json.key("import-profile").begin_object().field("href", baseline_href(standing.baseline)).end_object();
  write_characteristics(json, context);
  write_implementation(json, context);
  json.key("control-implementation").begin_object();
  json.field("description",
             fmt::format("The baseline has {} controls, enhancements counted. {} of them are not addressed here, because no decision of the "
                         "ledger serves them: {}.",
                         standing.in_baseline, standing.not_addressed.size(), fmt::join(standing.not_addressed, ", ")));
  json.key("implemented-requirements").begin_array();
  for (const ControlStanding& control : standing.controls) {
    if (control.required) write_requirement(json, context, control);
  }
  json.end_array().end_object();
  return {};
}

}  // namespace isobar::plan::oscal
