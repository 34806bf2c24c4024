#include "plan/compare/control_standing.h"

#include <algorithm>

#include <fmt/format.h>

namespace isobar::plan {
namespace {

// The settings of every profile, computed once.
struct ProfileSettings {
  const Profile* profile;
  Settings settings;
};

Result<std::vector<ProfileSettings>> all_settings(const Ledger& ledger) {
  std::vector<ProfileSettings> all;
  for (const Profile& profile : ledger.profiles) {
    TRY(Settings settings, settings_of(ledger, profile.id));
    all.push_back({&profile, std::move(settings)});
  }
  return all;
}

// Only what some profile meets can be waived by another.
Result<const Profile*> first_that_meets(const Ledger& ledger, const std::vector<ProfileSettings>& all, const ControlMapping& mapping) {
  for (const ProfileSettings& one : all) {
    TRY(const Value met, evaluate_in(ledger, one.settings, mapping.met_when));
    if (met.truth) return one.profile;
  }
  return nullptr;
}

Result<ControlStanding> standing_of(const Ledger& ledger, const std::vector<ProfileSettings>& all, const Settings& settings,
                                    const Control& control) {
  ControlStanding standing;
  standing.control = &control;
  for (const Decision& decision : ledger.decisions) {
    for (const ControlMapping& mapping : decision.controls) {
      if (mapping.control != control.id || mapping.strength == Strength::kNone) continue;
      TRY(const Value met, evaluate_in(ledger, settings, mapping.met_when));
      if (met.truth) {
        standing.best = std::min(standing.best, mapping.strength);
        standing.met.push_back({&decision, &mapping, nullptr});
        continue;
      }
      TRY(const Profile* const elsewhere, first_that_meets(ledger, all, mapping));
      if (elsewhere != nullptr) standing.waived.push_back({&decision, &mapping, elsewhere});
    }
  }
  return standing;
}

}  // namespace

ControlVerdict ControlStanding::verdict() const {
  if (best == Strength::kFull) return ControlVerdict::kMet;
  if (best != Strength::kNone) return ControlVerdict::kPartial;
  return required ? ControlVerdict::kNotMet : ControlVerdict::kNotApplicable;
}

std::string decision_names(const std::vector<ServingDecision>& serving) {
  std::string text;
  for (const ServingDecision& one : serving) {
    if (!text.empty()) text += ", ";
    text += one.decision->id;
    if (one.mapping->strength != Strength::kFull) text += fmt::format(" ({})", strength_name(one.mapping->strength));
  }
  return text;
}

Result<BaselineStanding> baseline_standing(const Ledger& ledger, std::string_view profile, Baseline baseline) {
  TRY(const Settings settings, settings_of(ledger, profile));
  TRY(const std::vector<ProfileSettings> all, all_settings(ledger));
  BaselineStanding out;
  out.profile = ledger.profile(profile);
  out.baseline = baseline;
  for (const Control& control : ledger.controls) {
    TRY(ControlStanding standing, standing_of(ledger, all, settings, control));
    standing.required = std::ranges::find(control.baselines, baseline_name(baseline)) != control.baselines.end();
    out.controls.push_back(std::move(standing));
  }
  for (const std::string_view id : baseline_controls(baseline)) {
    ++out.in_baseline;
    if (ledger.control(id) == nullptr) out.not_addressed.push_back(id);
  }
  return out;
}

}  // namespace isobar::plan
