#include "plan/compare/controls_report.h"

#include <fmt/format.h>

#include "plan/compare/control_standing.h"

namespace isobar::plan {
namespace {

std::string state_of(const ControlStanding& standing) {
  switch (standing.verdict()) {
    case ControlVerdict::kMet: return "met";
    case ControlVerdict::kPartial: return std::string(strength_name(standing.best));
    case ControlVerdict::kNotMet: return "not met";
    case ControlVerdict::kNotApplicable: return "not applicable";
  }
  return "not met";
}

Table controls_table(const BaselineStanding& standing) {
  Table table{"controls",
              "",
              {{"control", "control"}, {"title", "title"}, {"required", "required"}, {"state", "state"}, {"met_by", "met by"}, {"waived_by", "waived by"}},
              {}, SIZE_MAX, {}};
  for (const ControlStanding& one : standing.controls) {
    const Cell required(one.required ? "yes" : "no", one.required ? "true" : "false");
    table.rows.push_back({one.control->id, one.control->title, required, state_of(one), decision_names(one.met), decision_names(one.waived)});
  }
  return table;
}

// One row a family ("AC"), in the baseline's order.
Table not_addressed_table(const BaselineStanding& standing) {
  Table table{"not_addressed", "Not addressed here", {{"family", "family"}, {"count", "count", true}, {"controls", "controls"}}, {}, SIZE_MAX, {}};
  std::size_t count = 0;
  std::string ids;
  for (std::size_t i = 0; i < standing.not_addressed.size(); ++i) {
    const std::string_view id = standing.not_addressed[i];
    const std::string_view family = id.substr(0, 2);
    ++count;
    ids += fmt::format("{}{}", ids.empty() ? "" : ", ", id);
    if (i + 1 < standing.not_addressed.size() && standing.not_addressed[i + 1].starts_with(family)) continue;
    table.rows.push_back({std::string(family), Cell{fmt::format("{}", count), fmt::format("{}", count)}, ids});
    count = 0;
    ids.clear();
  }
  return table;
}

}  // namespace

Result<Report> controls_report(const Ledger& ledger, std::string_view profile, std::string_view baseline) {
  TRY(const Baseline wanted, parse_baseline(baseline));
  TRY(const BaselineStanding standing, baseline_standing(ledger, profile, wanted));
  std::size_t required = 0;
  std::size_t met = 0;
  for (const ControlStanding& one : standing.controls) {
    required += static_cast<std::size_t>(one.required);
    met += static_cast<std::size_t>(one.required && one.verdict() == ControlVerdict::kMet);
  }
  Report report;
  report.title = fmt::format("Controls of {} against the {} baseline of NIST SP 800-53 rev 5", profile, baseline);
  report.paragraphs.push_back(fmt::format("{} of the {} controls that the ledger names and the baseline requires are met in full. A decision in brackets "
                                          "fits its control partly or weakly: plan explain ID gives the reason.",
                                          met, required));
  report.paragraphs.push_back(fmt::format("The baseline has {} controls, enhancements counted. No decision of the ledger addresses {} of them: people, "
                                          "buildings and procedures, or a gap. They stand in the second table.",
                                          standing.in_baseline, standing.not_addressed.size()));
  report.tables.push_back(controls_table(standing));
  report.tables.push_back(not_addressed_table(standing));
  return report;
}

}  // namespace isobar::plan
