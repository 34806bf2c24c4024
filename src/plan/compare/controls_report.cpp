#include "plan/compare/controls_report.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace isobar::plan {
namespace {

// Whether any profile of the ledger meets the mapping: only then can this one waive it.
Result<bool> met_somewhere(const Ledger& ledger, const ControlMapping& mapping) {
  for (const Profile& profile : ledger.profiles) {
    TRY(const Settings settings, settings_of(ledger, profile.id));
    TRY(const Value met, evaluate_in(ledger, settings, mapping.met_when));
    if (met.truth) return true;
  }
  return false;
}

struct Standing {
  std::string met_by;
  std::string waived_by;
  Strength best = Strength::kNone;
};

Result<Standing> standing_of(const Ledger& ledger, const Settings& settings, const Control& control) {
  Standing standing;
  for (const Decision& decision : ledger.decisions) {
    for (const ControlMapping& mapping : decision.controls) {
      if (mapping.control != control.id || mapping.strength == Strength::kNone) continue;
      TRY(const Value met, evaluate_in(ledger, settings, mapping.met_when));
      std::string text = decision.id;
      if (mapping.strength != Strength::kFull) text += fmt::format(" ({})", strength_name(mapping.strength));
      if (met.truth) {
        standing.best = std::min(standing.best, mapping.strength);
        standing.met_by += (standing.met_by.empty() ? "" : ", ") + text;
        continue;
      }
      TRY(const bool possible, met_somewhere(ledger, mapping));
      if (possible) standing.waived_by += (standing.waived_by.empty() ? "" : ", ") + text;
    }
  }
  return standing;
}

}  // namespace

Result<Report> controls_report(const Ledger& ledger, std::string_view profile, std::string_view baseline) {
  static const std::set<std::string_view> kBaselines{"LOW", "MODERATE", "HIGH"};
  if (!kBaselines.contains(baseline)) return fail(Code::kInvalid, fmt::format("--baseline must be LOW, MODERATE or HIGH: {}", baseline));
  TRY(const Settings settings, settings_of(ledger, profile));
  Table table{"controls",
              "",
              {{"control", "control"}, {"title", "title"}, {"required", "required"}, {"state", "state"}, {"met_by", "met by"}, {"waived_by", "waived by"}},
              {}, SIZE_MAX, {}};
  std::size_t required = 0;
  std::size_t met = 0;
  for (const Control& control : ledger.controls) {
    TRY(const Standing standing, standing_of(ledger, settings, control));
    const bool wanted = std::find(control.baselines.begin(), control.baselines.end(), baseline) != control.baselines.end();
    const std::string state = standing.best == Strength::kNone ? "not met" : standing.best == Strength::kFull ? "met" : std::string(strength_name(standing.best));
    required += static_cast<std::size_t>(wanted);
    met += static_cast<std::size_t>(wanted && standing.best == Strength::kFull);
    table.rows.push_back({control.id, control.title, Cell{wanted ? "yes" : "no", wanted ? "true" : "false"}, state, standing.met_by, standing.waived_by});
  }
  Report report;
  report.title = fmt::format("Controls of {} against the {} baseline of NIST SP 800-53 rev 5", profile, baseline);
  report.paragraphs.push_back(fmt::format("{} of the {} controls that the ledger names and the baseline requires are met in full. A decision in brackets "
                                          "fits its control partly or weakly: plan explain ID gives the reason. The baseline has more controls than a "
                                          "platform can meet; those are not listed.",
                                          met, required));
  report.tables.push_back(std::move(table));
  return report;
}

}  // namespace isobar::plan
