// Internal: what the three documents have in common: identity, metadata, people, and text that OSCAL's types accept.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "codec/json_writer.h"
#include "plan/compare/control_standing.h"
#include "plan/ledger/ledger.h"

namespace isobar::plan::oscal {

// Of properties that OSCAL does not define; a name, not an address. Tools take only what has a scheme and a host.
inline constexpr std::string_view kNamespace = "isobar://plan";

struct Context {
  const Ledger& ledger;
  const BaselineStanding& standing;
  std::string date;  // YYYY-MM-DD

  // The same for the same names; a subject has one UUID in all three documents.
  std::string uuid(std::initializer_list<std::string_view> names) const;
  std::string component_uuid(const Decision& decision) const { return uuid({"decision", decision.id}); }
  std::string system_uuid() const { return uuid({"system"}); }
  std::string this_system_uuid() const { return uuid({"this-system"}); }
  const DecisionValue& value_of(const Decision& decision) const { return decision.values.find(standing.profile->id)->second; }
};

// YYYY-MM-DD of a day that exists; YYYY-MM is its first day. kInvalid otherwise.
Result<std::string> checked_date(std::string_view text);

// White space as single blanks, none at the ends, and never empty: a StringDatatype.
std::string one_line(std::string_view text);
// "AC-2(1)" as OSCAL writes it: "ac-2.1".
std::string control_id(std::string_view id);
// NIST's profile of the baseline.
std::string baseline_href(Baseline baseline);
// "implemented", "partial" or "planned".
std::string_view implementation_state(ControlVerdict verdict);
std::string_view implementation_state(Strength strength);
// "Not built yet: logs with the API of Loki.", of the mapping's condition; empty if it names none.
std::string missing_capabilities(const Ledger& ledger, const ControlMapping& mapping);

void write_metadata(codec::JsonWriter& json, const Context& context, std::string_view title);
void write_prop(codec::JsonWriter& json, std::string_view name, std::string_view value);
// [{"role-id": "owner", "party-uuids": […]}] for the team that owns the decision in this profile.
void write_owner(codec::JsonWriter& json, const Context& context, const Decision& decision);
void write_implementation_status(codec::JsonWriter& json, std::string_view state, std::string_view remarks);

// One body each: everything of the document but its UUID. They write keys and values of an object that is open.
void write_component_definition(codec::JsonWriter& json, const Context& context);
Result<void> write_system_security_plan(codec::JsonWriter& json, const Context& context);
Result<void> write_plan_of_action(codec::JsonWriter& json, const Context& context);

}  // namespace isobar::plan::oscal
