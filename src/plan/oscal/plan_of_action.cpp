#include <map>
#include <vector>

#include <fmt/format.h>

#include "plan/compare/comparison.h"
#include "plan/oscal/document.h"
#include "plan/report/report.h"

namespace isobar::plan::oscal {
namespace {

// Which controls have an entry: those that are not met in full, and those for which a decision is waived all the same.
std::vector<const ControlStanding*> weaknesses(const BaselineStanding& standing) {
  std::vector<const ControlStanding*> out;
  for (const ControlStanding& control : standing.controls) {
    if (control.required && (control.verdict() != ControlVerdict::kMet || !control.waived.empty())) out.push_back(&control);
  }
  return out;
}

// What each waived decision changes in the bill, beside a profile that does not waive it.
class Savings {
 public:
  explicit Savings(const Context& context) : context_(context) {}

  // Positive: the waiver saves money.
  Result<Money> of(const ServingDecision& waived) {
    TRY(const Comparison* const comparison, beside(*waived.met_in));
    for (const DecisionChange& one : comparison->decisions) {
      if (one.decision == waived.decision) return Money{-one.change.month.micro_usd, one.change.month.measured};
    }
    return Money{};
  }

 private:
  Result<const Comparison*> beside(const Profile& profile) {
    const auto known = comparisons_.find(profile.id);
    if (known != comparisons_.end()) return &known->second;
    TRY(Comparison fresh, compare(context_.ledger, profile.id, context_.standing.profile->id));
    return &comparisons_.emplace(profile.id, std::move(fresh)).first->second;
  }

  const Context& context_;
  std::map<std::string, Comparison, std::less<>> comparisons_;
};

std::string saving_text(const Money& saved, const ServingDecision& waived, std::string_view as_of) {
  const std::string_view id = waived.decision->id;
  const std::string beside = fmt::format("beside {}, if this decision alone changes, at list prices as of {}", waived.met_in->id, as_of);
  if (!saved.measured) return fmt::format("What {} saves contains a footprint that was not measured.", id);
  if (saved.micro_usd == 0) return fmt::format("Waiving it by {} saves nothing {}.", id, beside);
  if (saved.micro_usd < 0) return fmt::format("{} costs {} a month more {}.", id, dollars({-saved.micro_usd, true}), beside);
  return fmt::format("{} saves {} a month {}.", id, dollars(saved), beside);
}

std::string risk_uuid(const Context& context, const ControlStanding& control, const ServingDecision& waived) {
  return context.uuid({"risk", control.control->id, waived.decision->id, waived.mapping->met_when.text()});
}

std::string gap_uuid(const Context& context, const ControlStanding& control) { return context.uuid({"gap", control.control->id}); }

void write_risk_head(codec::JsonWriter& json, const std::string& uuid, std::string_view title, std::string_view description,
                     std::string_view statement) {
  json.begin_object().field("uuid", uuid).field("title", one_line(title)).field("description", one_line(description));
  json.field("statement", one_line(statement));
}

Result<void> write_waiver(codec::JsonWriter& json, const Context& context, const ControlStanding& control, const ServingDecision& waived,
                          Savings& savings) {
  const Decision& decision = *waived.decision;
  TRY(const Money saved, savings.of(waived));
  const std::string missing = missing_capabilities(context.ledger, *waived.mapping);
  write_risk_head(json, risk_uuid(context, control, waived),
                  fmt::format("{} {} waived by {} {}", control.control->id, control.control->title, decision.id, decision.title),
                  fmt::format("{}: {}. In {} it is: {}.{}{}", decision.id, context.value_of(decision).text, waived.met_in->id,
                              decision.values.find(waived.met_in->id)->second.text, missing.empty() ? "" : " ", missing),
                  waived.mapping->reason);
  json.key("props").begin_array();
  write_prop(json, "decision", decision.id);
  write_prop(json, "strength", strength_name(waived.mapping->strength));
  write_prop(json, "met-in", waived.met_in->id);
  write_prop(json, "saved-usd-micro-per-month", saved.measured ? fmt::format("{}", saved.micro_usd) : "not measured");
  json.end_array();
  json.field("status", "open").end_object();
  return {};
}

// A required control that no profile of the ledger meets in full, or that is served partly without any waiver.
void write_gap(codec::JsonWriter& json, const Context& context, const ControlStanding& control) {
  const bool partly = control.verdict() == ControlVerdict::kPartial;
  write_risk_head(json, gap_uuid(context, control),
                  fmt::format("{} {} {}", control.control->id, control.control->title, partly ? "met in part" : "not met"),
                  partly ? fmt::format("Served by {}.", decision_names(control.met)) : "No profile of the ledger meets it.",
                  control.control->meaning);
  json.field("status", "open").end_object();
}

Result<void> write_risks(codec::JsonWriter& json, const Context& context, const std::vector<const ControlStanding*>& controls) {
  Savings savings(context);
  json.key("risks").begin_array();
  for (const ControlStanding* control : controls) {
    for (const ServingDecision& waived : control->waived) TRYV(write_waiver(json, context, *control, waived, savings));
    if (control->waived.empty()) write_gap(json, context, *control);
  }
  json.end_array();
  return {};
}

std::string item_text(const ControlStanding& control) {
  std::string text;
  if (!control.waived.empty()) text = fmt::format("Waived by {}. ", decision_names(control.waived));
  if (control.verdict() == ControlVerdict::kMet) return text + fmt::format("Still met in full by {}.", decision_names(control.met));
  if (control.verdict() == ControlVerdict::kPartial) return text + fmt::format("Served in part by {}.", decision_names(control.met));
  return text + "Nothing in this profile meets it.";
}

Result<std::string> saving_remarks(const Context& context, const ControlStanding& control, Savings& savings) {
  std::string text;
  for (const ServingDecision& waived : control.waived) {
    TRY(const Money saved, savings.of(waived));
    text += fmt::format("{}{}", text.empty() ? "" : "\n\n", saving_text(saved, waived, context.ledger.as_of));
  }
  return text;
}

Result<void> write_item(codec::JsonWriter& json, const Context& context, const ControlStanding& control, Savings& savings) {
  const std::string& id = control.control->id;
  json.begin_object().field("uuid", context.uuid({"poam-item", id}));
  json.field("title", one_line(fmt::format("{} {}", id, control.control->title)));
  json.field("description", item_text(control));
  json.key("props").begin_array();
  write_prop(json, "control-id", control_id(id));
  write_prop(json, "kind", control.waived.empty() ? "gap" : "waiver");
  write_prop(json, "implementation-status", implementation_state(control.verdict()));
  for (const ServingDecision& waived : control.waived) write_prop(json, "decision", waived.decision->id);
  json.end_array();
  json.key("related-risks").begin_array();
  for (const ServingDecision& waived : control.waived) {
    json.begin_object().field("risk-uuid", risk_uuid(context, control, waived)).end_object();
  }
  if (control.waived.empty()) json.begin_object().field("risk-uuid", gap_uuid(context, control)).end_object();
  json.end_array();
  TRY(const std::string remarks, saving_remarks(context, control, savings));
  if (!remarks.empty()) json.field("remarks", remarks);
  json.end_object();
  return {};
}

}  // namespace

Result<void> write_plan_of_action(codec::JsonWriter& json, const Context& context) {
  const std::vector<const ControlStanding*> controls = weaknesses(context.standing);
  if (controls.empty()) {
    return fail(Code::kUnprocessable, fmt::format("{} waives nothing and meets every control of the {} baseline that the ledger names: "
                                                  "OSCAL knows no empty plan of action",
                                                  context.standing.profile->id, baseline_name(context.standing.baseline)));
  }
  write_metadata(json, context, fmt::format("Plan of action and milestones of {}", context.standing.profile->title));
  json.key("system-id").begin_object().field("identifier-type", "http://ietf.org/rfc/rfc4122").field("id", context.system_uuid()).end_object();
  TRYV(write_risks(json, context, controls));
  Savings savings(context);
  json.key("poam-items").begin_array();
  for (const ControlStanding* control : controls) TRYV(write_item(json, context, *control, savings));
  json.end_array();
  return {};
}

}  // namespace isobar::plan::oscal
