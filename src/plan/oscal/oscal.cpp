#include "plan/oscal/oscal.h"

#include "plan/oscal/document.h"

namespace isobar::plan {
namespace {

struct ModelNames {
  OscalModel model;
  std::string_view format;
  std::string_view root;
};

constexpr ModelNames kModels[] = {{OscalModel::kComponentDefinition, "oscal-component", "component-definition"},
                                  {OscalModel::kSystemSecurityPlan, "oscal-ssp", "system-security-plan"},
                                  {OscalModel::kPlanOfAction, "oscal-poam", "plan-of-action-and-milestones"}};

Result<void> write_body(codec::JsonWriter& json, OscalModel model, const oscal::Context& context) {
  switch (model) {
    case OscalModel::kComponentDefinition: oscal::write_component_definition(json, context); return {};
    case OscalModel::kSystemSecurityPlan: return oscal::write_system_security_plan(json, context);
    case OscalModel::kPlanOfAction: return oscal::write_plan_of_action(json, context);
  }
  return {};
}

Result<std::string> date_of(const Ledger& ledger, const std::string& wanted) {
  if (!wanted.empty()) return oscal::checked_date(wanted);
  if (!ledger.as_of.empty()) return oscal::checked_date(ledger.as_of);
  return fail(Code::kInvalid, "the ledger has no dated price, so the document has no date: give one, --date 2026-07-20");
}

}  // namespace

std::optional<OscalModel> parse_oscal_model(std::string_view name) {
  for (const ModelNames& one : kModels) {
    if (one.format == name) return one.model;
  }
  return std::nullopt;
}

Result<std::string> oscal_document(const Ledger& ledger, OscalModel model, const OscalRequest& request) {
  TRY(const BaselineStanding standing, baseline_standing(ledger, request.profile, request.baseline));
  TRY(std::string date, date_of(ledger, request.date));
  const oscal::Context context{ledger, standing, std::move(date)};
  std::string body;
  codec::JsonWriter body_json(body);
  TRYV(write_body(body_json.begin_object(), model, context));
  body_json.end_object();
  const std::string_view root = kModels[static_cast<std::size_t>(model)].root;
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key(root).begin_object();
  // Another content is another document, so its UUID is that of the content.
  json.field("uuid", context.uuid({root, body}));
  json.raw(std::string_view(body).substr(1, body.size() - 2));
  json.end_object().end_object();
  out += '\n';
  return out;
}

}  // namespace isobar::plan
