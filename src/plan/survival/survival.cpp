#include "plan/survival/survival.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"

namespace isobar::plan {
namespace {

using simulation::Event;
using simulation::EventKind;
using simulation::Outcome;
using simulation::Scenario;
using simulation::World;

Result<std::int64_t> whole(Formulas& formulas, const Expression& expression, const Origin& origin) {
  Result<Value> value = formulas.value(expression);
  if (!value) return fail(Error{value.error()}.with_context(origin.to_string()));
  if (value->kind != Value::Kind::kNumber) return fail(Code::kUnprocessable, fmt::format("{}: not a number: {}", origin.to_string(), expression.text()));
  return value->number.rounded();
}

Scenario single(Event event) {
  Scenario scenario;
  scenario.name = event.name.empty() ? std::string(event_kind_name(event.kind)) : fmt::format("{} {}", event_kind_name(event.kind), event.name);
  scenario.events.push_back(std::move(event));
  return scenario;
}

// A service that neither writes nor reads depend on cannot end them by itself.
bool matters(const World& world, const simulation::Service& service) {
  if (service.needed_for.write || service.needed_for.read) return true;
  return std::any_of(world.pods.begin(), world.pods.end(), [&](const simulation::Pod& pod) {
    return std::any_of(pod.dependencies.begin(), pod.dependencies.end(), [&](const auto& one) { return one.service == service.name; });
  }) || std::any_of(world.stores.begin(), world.stores.end(), [&](const auto& store) { return store.service == service.name; });
}

std::vector<Scenario> at_services(const World& world, EventKind kind, bool external, Duration lasts) {
  std::vector<Scenario> places;
  for (const simulation::Service& service : world.services) {
    if (service.external == external && matters(world, service)) places.push_back(single({.kind = kind, .name = service.name, .lasts = lasts}));
  }
  return places;
}

// All come back, but one zone in turn launches nothing.
std::vector<Scenario> return_short(const World& world, std::int64_t nodes) {
  std::vector<Scenario> places;
  for (const Scenario& base : simulation::return_scenarios(world, nodes)) {
    for (const simulation::Zone& zone : world.zones) {
      Scenario scenario = base;
      std::vector<std::string>& zones = scenario.events.back().zones;
      std::erase(zones, zone.name);
      if (zones.empty()) continue;
      scenario.events.insert(scenario.events.begin(), {.kind = EventKind::kCapacityShortage, .name = zone.name});
      scenario.name = fmt::format("scale to zero, {} node(s) return in {}, no capacity in {}", nodes, fmt::join(zones, ", "), zone.name);
      places.push_back(std::move(scenario));
    }
  }
  return places;
}

// The desired nodes lie over the zones one after the other.
std::vector<Scenario> at_nodes(const World& world, Duration lasts) {
  std::vector<Scenario> places;
  const auto zones = static_cast<std::int64_t>(world.zones.size());
  for (std::int64_t n = 0; n < world.groups[0].desired; ++n) {
    const std::string& zone = world.zones[static_cast<std::size_t>(n % zones)].name;
    places.push_back(single({.kind = EventKind::kLoseNode, .name = zone, .nodes = n / zones, .lasts = lasts}));
    places.back().name += fmt::format("-{}", n / zones + 1);
  }
  return places;
}

class Judge {
 public:
  explicit Judge(FailureVerdict& verdict) : verdict_(verdict) {}

  void take(const World& world, const Scenario& scenario, const Outcome& outcome) {
    ++verdict_.places;
    writes_ += !outcome.write.down_at_end;
    reads_ += !outcome.read.down_at_end;
    Duration rpo;
    for (std::size_t i = 0; i < outcome.stores.size(); ++i) {
      if (outcome.stores[i].rpo <= rpo) continue;
      rpo = outcome.stores[i].rpo;
      if (rpo > verdict_.rpo) verdict_.lost = world.stores[i].name;
    }
    const Verdict here = judge(outcome, rpo);
    const Duration down = Duration::millis(std::max(outcome.write.down_ms, outcome.read.down_ms));
    const Duration before = std::max(verdict_.write_down, verdict_.read_down);
    if (verdict_.places == 1 || here > verdict_.verdict || (here == verdict_.verdict && down > before)) verdict_.worst = scenario;
    verdict_.verdict = std::max(verdict_.verdict, here);
    verdict_.write_down = std::max(verdict_.write_down, Duration::millis(outcome.write.down_ms));
    verdict_.read_down = std::max(verdict_.read_down, Duration::millis(outcome.read.down_ms));
    verdict_.rpo = std::max(verdict_.rpo, rpo);
  }

  void finish() {
    verdict_.applies = verdict_.places > 0;
    verdict_.write = simulation::make_fraction(writes_, std::max<std::int64_t>(verdict_.places, 1));
    verdict_.read = simulation::make_fraction(reads_, std::max<std::int64_t>(verdict_.places, 1));
  }

 private:
  static Verdict judge(const Outcome& outcome, Duration rpo) {
    if (outcome.write.down_at_end || outcome.read.down_at_end) return Verdict::kNeedsHuman;
    if (rpo > Duration{0}) return Verdict::kLosesData;
    return outcome.write.ever() || outcome.read.ever() ? Verdict::kRecovers : Verdict::kUnharmed;
  }

  FailureVerdict& verdict_;
  std::int64_t writes_ = 0;
  std::int64_t reads_ = 0;
};

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  static constexpr std::string_view kNames[] = {"unharmed", "recovers", "loses data", "needs a human"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::size_t Survival::not_survived() const {
  return static_cast<std::size_t>(std::count_if(failures.begin(), failures.end(), [](const FailureVerdict& one) { return one.applies && !survived(one.verdict); }));
}

std::size_t Survival::applicable() const {
  return static_cast<std::size_t>(std::count_if(failures.begin(), failures.end(), [](const FailureVerdict& one) { return one.applies; }));
}

Result<std::vector<Scenario>> places_of(const Ledger& ledger, const FailureRow& failure, const Settings& settings, const World& world) {
  Formulas formulas(ledger, settings);
  Result<Value> when = formulas.value(failure.when);
  if (!when) return fail(Error{when.error()}.with_context(failure.origin.to_string()));
  std::vector<Scenario> places;
  if (!when->truth) return places;
  TRY(const std::int64_t lasts_s, whole(formulas, failure.lasts, failure.origin));
  TRY(const std::int64_t nodes, whole(formulas, failure.nodes, failure.origin));
  const Duration lasts = Duration::seconds(lasts_s);
  const std::string& kind = failure.kind;
  if (kind == "return") return simulation::return_scenarios(world, nodes);
  if (kind == "return_short") return return_short(world, nodes);
  if (kind == "restart_service") return at_services(world, EventKind::kRestartService, false, lasts);
  if (kind == "roll_upgrade") return at_services(world, EventKind::kRollUpgrade, false, lasts);
  if (kind == "certificate_expires") return at_services(world, EventKind::kCertificateExpires, false, lasts);
  if (kind == "object_store_503") return at_services(world, EventKind::kObjectStore503, true, lasts);
  if (kind == "apiserver_gone") places.push_back(single({.kind = EventKind::kApiServerGone, .lasts = lasts}));
  if (kind == "lose_volume") {
    for (const simulation::Volume& one : world.volumes) places.push_back(single({.kind = EventKind::kLoseVolume, .name = one.name, .lasts = lasts}));
  }
  if (kind == "lose_zone") {
    for (const simulation::Zone& zone : world.zones) places.push_back(single({.kind = EventKind::kLoseZone, .name = zone.name, .lasts = lasts}));
  }
  if (kind == "lose_node") return at_nodes(world, lasts);
  return places;
}

Result<FailureVerdict> verdict_of(const Ledger& ledger, const FailureRow& failure, const Settings& settings, simulation::Simulator& simulator) {
  FailureVerdict verdict;
  verdict.failure = &failure;
  TRY(const std::vector<Scenario> places, places_of(ledger, failure, settings, simulator.world()));
  Judge judge(verdict);
  for (const Scenario& scenario : places) {
    TRY(const Outcome* outcome, simulator.outcome(scenario));
    judge.take(simulator.world(), scenario, *outcome);
  }
  judge.finish();
  return verdict;
}

Result<Survival> survival_of(const Ledger& ledger, const std::string& profile, const Settings& settings) {
  Survival out;
  TRY(out.world, world_of(ledger, profile, settings));
  TRY(simulation::Simulator simulator, simulation::Simulator::create(out.world.world));
  for (const FailureRow& failure : ledger.failures) {
    TRY(FailureVerdict verdict, verdict_of(ledger, failure, settings, simulator));
    out.failures.push_back(std::move(verdict));
  }
  return out;
}

Result<Survival> survival_of(const Ledger& ledger, const std::string& profile) {
  TRY(const Settings settings, settings_of(ledger, profile));
  return survival_of(ledger, profile, settings);
}

std::string place_text(const Scenario& scenario) {
  const Event& last = scenario.events.back();
  switch (last.kind) {
    case EventKind::kReturn: return fmt::format("{} back in {}", last.nodes, fmt::join(last.zones, ", "));
    case EventKind::kLoseZone: return "zone " + last.name;
    case EventKind::kLoseNode: return fmt::format("node {}-{}", last.name, last.nodes + 1);
    default: return last.name;
  }
}

std::string verdict_text(const FailureVerdict& verdict) {
  if (!verdict.applies) return "-";
  const Duration down = std::max(verdict.write_down, verdict.read_down);
  switch (verdict.verdict) {
    case Verdict::kUnharmed: return "unharmed";
    case Verdict::kRecovers: return fmt::format("recovers, {}", format_duration(down));
    case Verdict::kLosesData: return fmt::format("loses {}", format_duration(verdict.rpo));
    case Verdict::kNeedsHuman: break;
  }
  const simulation::Fraction back = verdict.write.value() < verdict.read.value() ? verdict.write : verdict.read;
  if (back.numerator == 0) return "needs a human";
  return fmt::format("needs a human in {} of {}", back.denominator - back.numerator, back.denominator);
}

}  // namespace isobar::plan
