// Giving up a control should at least save something.
//
// A waiver is free when the decision alone saves nothing in the profile that meets the control, costs nothing in the one that
// gives it up, and would serve the control better there. Weak mappings are not counted: nothing much is given up.
#include <compare>
#include <map>

#include <fmt/format.h>

#include "plan/check/rules/ledger/rules.h"
#include "plan/compare/comparison.h"

namespace isobar::plan::rules::ledger {
namespace {

bool not_less(const Value& before, const Value& after) {
  return !before.measured() || !after.measured() || !(after.number < before.number);
}

// Neither dollars nor pods, processor, memory or volumes go down.
bool saves_nothing(const Evaluation& before, const Evaluation& after) {
  const Footprint& a = before.footprint;
  const Footprint& b = after.footprint;
  return after.total.micro_usd >= before.total.micro_usd && not_less(a.pods, b.pods) && not_less(a.cpu_m, b.cpu_m) &&
         not_less(a.memory_mib, b.memory_mib) && not_less(a.volume_gib, b.volume_gib);
}

Result<Evaluation> with(const Ledger& ledger, const Evaluation& profile, const DecisionValue& value) {
  Settings settings = profile.settings;
  for (const auto& [name, setting] : value.settings) settings.insert_or_assign(name, setting);
  return evaluate(ledger, profile.profile, settings);
}

bool met(const Ledger& ledger, const Evaluation& profile, const ControlMapping& mapping) {
  const Result<Value> value = evaluate_in(ledger, profile.settings, mapping.met_when);
  return value && value->truth;
}

// The controls that `from` serves by this decision, and `to` would serve better with it; empty when that is not free.
std::string given_up(const Ledger& ledger, const Decision& decision, const Evaluation& from, const Evaluation& to) {
  const DecisionValue& had = decision.values.find(from.profile)->second;
  const DecisionValue& has = decision.values.find(to.profile)->second;
  if (had.settings == has.settings) return "";
  const Result<Evaluation> without = with(ledger, from, has);
  const Result<Evaluation> restored = with(ledger, to, had);
  if (!without || !restored || !saves_nothing(from, *without) || !saves_nothing(*restored, to)) return "";
  std::string out;
  for (const ControlMapping& mapping : decision.controls) {
    if (mapping.strength > Strength::kPartial || !met(ledger, from, mapping) || met(ledger, *without, mapping) ||
        !met(ledger, *restored, mapping))
      continue;
    const Result<Strength> now = control_state(ledger, to.settings, mapping.control);
    const Result<Strength> then = control_state(ledger, restored->settings, mapping.control);
    if (now && then && *then < *now && out.find(mapping.control) == std::string::npos)
      out += (out.empty() ? "" : ", ") + mapping.control;
  }
  return out;
}

struct Waiver {
  std::string controls, text, from;
  auto operator<=>(const Waiver&) const = default;
};

// What is given up for nothing, and the profiles that do.
std::map<Waiver, std::string> waivers_of(const LedgerProfiles& input, const Ledger& ledger, const Decision& decision) {
  std::map<Waiver, std::string> out;
  for (const Evaluation& to : input.profiles) {
    for (const Evaluation& from : input.profiles) {
      const std::string controls = &from == &to ? "" : given_up(ledger, decision, from, to);
      if (controls.empty()) continue;
      std::string& profiles = out[{controls, decision.values.find(to.profile)->second.text, from.profile}];
      profiles += (profiles.empty() ? "" : ", ") + to.profile;
      break;
    }
  }
  return out;
}

}  // namespace

void free_waiver(const LedgerProfiles& input, const Ledger& ledger, Findings& findings) {
  for (const Decision& decision : ledger.decisions) {
    for (const auto& [waiver, profiles] : waivers_of(input, ledger, decision)) {
      const DecisionValue& kept = decision.values.find(waiver.from)->second;
      report(findings, "free_waiver", Severity::kWarning, decision.origin,
             fmt::format("{}: {} {}: {}", profiles, decision.id, decision.title, waiver.text),
             fmt::format("{} given up, and nothing is saved", waiver.controls),
             fmt::format("with the value of {} ({}) as many dollars, pods and MiB are needed", waiver.from, kept.text));
    }
  }
}

}  // namespace isobar::plan::rules::ledger
