// A profile of the ledger as documents of OSCAL, NIST's format for security controls: what the platform implements, the
// plan of the system, and the plan of action for what it waives or lacks.
//
//   component definition   each decision that serves a control of the baseline is a component
//   system security plan   every control of the baseline that the ledger names, with the status of this profile
//   plan of action         every such control that is not met in full, and every waiver, with what the waiver saves
//
// A control is `implemented` when a decision meets it in full, `partial` when decisions serve it partly or weakly, else
// `planned`: OSCAL has no word for "waived", and a control that the baseline asks for is never called not-applicable.
// What the product cannot do yet (a capability that is not built) counts as absent.
//
// Pure: `last-modified` is the given date, or the newest date of the ledger's prices; UUIDs come from names (uuid.h), that
// of the document from its content. The same ledger gives the same bytes.
//
// Errors: kInvalid for an unknown profile or a date that is none; kUnprocessable when a document would have no entry,
// which OSCAL does not allow. Formats: OSCAL 1.1.2, valid for 1.2 too; https://pages.nist.gov/OSCAL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "plan/compare/baselines.h"
#include "plan/ledger/ledger.h"

namespace isobar::plan {

enum class OscalModel { kComponentDefinition, kSystemSecurityPlan, kPlanOfAction };

// oscal-component, oscal-ssp, oscal-poam; nothing for any other name.
std::optional<OscalModel> parse_oscal_model(std::string_view name);

struct OscalRequest {
  std::string profile;
  Baseline baseline = Baseline::kModerate;
  std::string date;  // YYYY-MM-DD; empty: the ledger's
};

// One JSON document with a newline at its end.
Result<std::string> oscal_document(const Ledger& ledger, OscalModel model, const OscalRequest& request);

}  // namespace isobar::plan
