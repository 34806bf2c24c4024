#include "plan/compare/comparison.h"

#include <algorithm>

namespace isobar::plan {
namespace {

Result<Value> difference(const Value& from, const Value& to) {
  if (!from.measured()) return from;
  if (!to.measured()) return to;
  TRY(const Rational amount, to.number.minus(from.number));
  return Value::of(amount);
}

Result<FigureChange> change_between(const Evaluation& from, const Evaluation& to) {
  FigureChange change;
  change.month = {to.total.micro_usd - from.total.micro_usd, from.total.measured && to.total.measured};
  TRY(change.pods, difference(from.footprint.pods, to.footprint.pods));
  TRY(change.cpu_m, difference(from.footprint.cpu_m, to.footprint.cpu_m));
  TRY(change.memory_mib, difference(from.footprint.memory_mib, to.footprint.memory_mib));
  TRY(change.volume_gib, difference(from.footprint.volume_gib, to.footprint.volume_gib));
  return change;
}

Result<void> subtract(FigureChange& rest, const FigureChange& change) {
  rest.month.micro_usd -= change.month.micro_usd;
  TRY(rest.pods, difference(change.pods, rest.pods));
  TRY(rest.cpu_m, difference(change.cpu_m, rest.cpu_m));
  TRY(rest.memory_mib, difference(change.memory_mib, rest.memory_mib));
  TRY(rest.volume_gib, difference(change.volume_gib, rest.volume_gib));
  return {};
}

Result<void> compare_controls(const Ledger& ledger, const Comparison& comparison, DecisionChange& change) {
  for (const ControlMapping& mapping : change.decision->controls) {
    if (mapping.strength == Strength::kNone) continue;
    TRY(const Value before, evaluate_in(ledger, comparison.a.settings, mapping.met_when));
    TRY(const Value after, evaluate_in(ledger, comparison.b.settings, mapping.met_when));
    if (before.truth && !after.truth) change.waived.push_back(&mapping);
    if (!before.truth && after.truth) change.gained.push_back(&mapping);
  }
  return {};
}

// What was survived, still applies or has gone, and is not survived now.
std::vector<const FailureRow*> lost_between(const Survival& from, const Survival& to) {
  std::vector<const FailureRow*> lost;
  for (std::size_t i = 0; i < from.failures.size(); ++i) {
    const FailureVerdict& before = from.failures[i];
    const FailureVerdict& after = to.failures[i];
    const bool well_before = !before.applies || survived(before.verdict);
    if (well_before && after.applies && !survived(after.verdict)) lost.push_back(after.failure);
  }
  return lost;
}

// An edit that leaves the simulated cluster as it is changes no failure.
Result<void> compare_failures(const Ledger& ledger, const Comparison& comparison, const Settings& settings, DecisionChange& change) {
  if (ledger.failures.empty()) return {};
  const Result<ProfileWorld> world = world_of(ledger, comparison.a.profile, settings);
  if (!world || world->world == comparison.survival_a.world.world) return {};
  TRY(simulation::Simulator simulator, simulation::Simulator::create(world->world));
  for (const FailureVerdict& before : comparison.survival_a.failures) {
    if (before.applies && !survived(before.verdict)) continue;
    TRY(const FailureVerdict after, verdict_of(ledger, *before.failure, settings, simulator));
    if (after.applies && !survived(after.verdict)) change.no_longer_survived.push_back(after.failure);
  }
  return {};
}

}  // namespace

Result<Comparison> compare(const Ledger& ledger, std::string_view a, std::string_view b) {
  Comparison out;
  TRY(out.a, evaluate(ledger, a));
  TRY(out.b, evaluate(ledger, b));
  TRY(out.total, change_between(out.a, out.b));
  out.interactions = out.total;
  if (!ledger.failures.empty()) {
    TRY(out.survival_a, survival_of(ledger, out.a.profile, out.a.settings));
    TRY(out.survival_b, survival_of(ledger, out.b.profile, out.b.settings));
    out.no_longer_survived = lost_between(out.survival_a, out.survival_b);
  }
  for (const Decision& decision : ledger.decisions) {
    DecisionChange change;
    change.decision = &decision;
    const DecisionValue& before = decision.values.find(a)->second;
    const DecisionValue& after = decision.values.find(b)->second;
    change.differs = before.text != after.text || before.settings != after.settings;
    Settings settings = out.a.settings;
    for (const auto& [name, value] : after.settings) settings.insert_or_assign(name, value);
    TRY(const Evaluation alone, evaluate(ledger, a, settings));
    TRY(change.change, change_between(out.a, alone));
    TRYV(subtract(out.interactions, change.change));
    TRYV(compare_controls(ledger, out, change));
    if (change.differs) TRYV(compare_failures(ledger, out, settings, change));
    out.decisions.push_back(std::move(change));
  }
  for (const Control& control : ledger.controls) {
    ControlState state{&control, Strength::kNone, Strength::kNone};
    TRY(state.in_a, control_state(ledger, out.a.settings, control.id));
    TRY(state.in_b, control_state(ledger, out.b.settings, control.id));
    out.controls.push_back(state);
  }
  return out;
}

}  // namespace isobar::plan
