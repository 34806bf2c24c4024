#include "plan/simulation/analysis.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "sys/random.h"

namespace isobar::plan::simulation {
namespace {

constexpr Duration kAfterRepair = Duration::hours(2);
constexpr double kSecondsPerYear = 365.25 * 86400;

bool available(const Outcome& outcome, Goal goal) {
  return !(goal == Goal::kWrite ? outcome.write : outcome.read).down_at_end;
}

Duration worst_rpo(const Outcome& outcome) {
  Duration worst;
  for (const StoreOutcome& store : outcome.stores) worst = std::max(worst, store.rpo);
  return worst;
}

bool is_subset(const std::vector<std::size_t>& small, const std::vector<std::size_t>& large) {
  return std::ranges::includes(large, small);
}

// Visits sets of 1..most of `count` indices, smallest first, and skips those that hold a set that `visit` has accepted.
template <class Visit>
Result<std::vector<std::vector<std::size_t>>> minimal_sets(std::size_t count, std::size_t most, Visit&& visit) {
  std::vector<std::vector<std::size_t>> found;
  std::vector<std::vector<std::size_t>> level{{}};
  for (std::size_t size = 1; size <= most; ++size) {
    std::vector<std::vector<std::size_t>> next;
    for (const auto& base : level) {
      for (std::size_t i = base.empty() ? 0 : base.back() + 1; i < count; ++i) {
        std::vector<std::size_t> set = base;
        set.push_back(i);
        if (std::ranges::any_of(found, [&](const auto& cut) { return is_subset(cut, set); })) continue;
        TRY(const bool cuts, visit(set));
        (cuts ? found : next).push_back(std::move(set));
      }
    }
    level = std::move(next);
  }
  return found;
}

std::int64_t percentile(const std::vector<std::int64_t>& sorted, std::int64_t percent) {
  if (sorted.empty()) return 0;
  const auto index = (static_cast<std::int64_t>(sorted.size()) - 1) * percent / 100;
  return sorted[static_cast<std::size_t>(index)];
}

}  // namespace

std::string Fraction::to_string() const {
  return denominator == 1 ? std::to_string(numerator) : fmt::format("{}/{}", numerator, denominator);
}

Fraction make_fraction(std::int64_t numerator, std::int64_t denominator) {
  const std::int64_t divisor = std::gcd(numerator, denominator);
  return divisor == 0 ? Fraction{} : Fraction{numerator / divisor, denominator / divisor};
}

Result<ReturnOdds> return_odds(const World& world, std::int64_t nodes, Duration horizon) {
  TRY(Simulator simulator, Simulator::create(world));
  const std::vector<Scenario> scenarios = return_scenarios(world, nodes);
  ReturnOdds odds;
  std::int64_t writes = 0;
  std::int64_t reads = 0;
  for (const Scenario& scenario : scenarios) {
    TRY(const Run run, simulator.run(scenario, horizon));
    const Outcome& outcome = run.outcome;
    writes += available(outcome, Goal::kWrite);
    reads += available(outcome, Goal::kRead);
    odds.most_nodes = std::max(odds.most_nodes, outcome.nodes);
    if (available(outcome, Goal::kWrite) && available(outcome, Goal::kRead)) {
      if (odds.first_ready_ms < 0 || outcome.last_ready < odds.first_ready_ms) odds.first_ready_ms = outcome.last_ready;
      odds.last_ready_ms = std::max(odds.last_ready_ms, outcome.last_ready);
    } else {
      odds.stranding.push_back(fmt::format("{}: {}", fmt::join(scenario.events.back().zones, ", "), fmt::join(run.needs_human, "; ")));
    }
  }
  odds.write = make_fraction(writes, static_cast<std::int64_t>(scenarios.size()));
  odds.read = make_fraction(reads, static_cast<std::int64_t>(scenarios.size()));
  return odds;
}

Result<std::vector<ZoneLoss>> zone_losses(const World& world, Duration horizon) {
  TRY(Simulator simulator, Simulator::create(world));
  std::vector<ZoneLoss> losses;
  for (const Zone& zone : world.zones) {
    const Scenario scenario{.name = "lose zone " + zone.name, .events = {{.kind = EventKind::kLoseZone, .name = zone.name}}};
    TRY(const Outcome* outcome, simulator.outcome(scenario, horizon));
    losses.push_back({zone.name, outcome->write, outcome->read});
  }
  return losses;
}

std::string CutSet::to_string() const {
  std::vector<std::string> parts;
  for (const Event& event : failures) parts.push_back(fmt::format("{} {}", event_kind_name(event.kind), event.name));
  return fmt::format("{}", fmt::join(parts, " + "));
}

Result<std::vector<CutSet>> minimal_cut_sets(const World& world, Goal goal, std::size_t most, Duration horizon) {
  TRY(Simulator simulator, Simulator::create(world));
  const std::vector<Event> failures = single_failures(world);
  Scenario scenario;
  const auto cuts = [&](const std::vector<std::size_t>& set) -> Result<bool> {
    scenario.events.clear();
    for (const std::size_t i : set) scenario.events.push_back(failures[i]);
    TRY(const Outcome* outcome, simulator.outcome(scenario, horizon));
    return !available(*outcome, goal);
  };
  TRY(const auto sets, minimal_sets(failures.size(), std::min<std::size_t>(most, 3), cuts));
  std::vector<CutSet> out;
  for (const auto& set : sets) {
    CutSet& cut = out.emplace_back();
    for (const std::size_t i : set) cut.failures.push_back(failures[i]);
  }
  return out;
}

Result<std::vector<std::string>> return_cut_sets(const World& world, Goal goal, Duration horizon) {
  TRY(Simulator simulator, Simulator::create(world));
  const auto count = static_cast<std::int64_t>(world.zones.size());
  std::vector<std::string> out;
  const auto stays_empty = [&](const std::vector<std::size_t>& set) -> Result<bool> {
    if (static_cast<std::int64_t>(set.size()) == count) return false;
    std::vector<std::string> zones;
    std::vector<std::string> empty;
    for (std::size_t z = 0; z < world.zones.size(); ++z) {
      (std::ranges::find(set, z) == set.end() ? zones : empty).push_back(world.zones[z].name);
    }
    const auto nodes = static_cast<std::int64_t>(zones.size());
    TRY(const Run run, simulator.run(return_in(std::move(zones), nodes), horizon));
    if (available(run.outcome, goal)) return false;
    out.push_back(fmt::format("no node in {}: {}", fmt::join(empty, ", "), fmt::join(run.needs_human, "; ")));
    return true;
  };
  TRY(const auto sets, minimal_sets(world.zones.size(), 3, stays_empty));
  static_cast<void>(sets);
  return out;
}

Result<Survey> survey(const World& world, const std::vector<Scenario>& scenarios, Duration horizon) {
  TRY(Simulator simulator, Simulator::create(world));
  Survey total;
  for (const Scenario& scenario : scenarios) {
    TRY(const Outcome* outcome, simulator.outcome(scenario, horizon));
    ++total.runs;
    total.write_lost += !available(*outcome, Goal::kWrite);
    total.read_lost += !available(*outcome, Goal::kRead);
    if (const auto recovery = outcome->write.recovery(); recovery && *recovery > total.worst_recovery) {
      total.worst_recovery = *recovery;
      total.worst_recovery_scenario = scenario.name;
    }
    const Duration rpo = worst_rpo(*outcome);
    total.rpo_runs += rpo > Duration{0};
    if (rpo > total.worst_rpo) {
      total.worst_rpo = rpo;
      total.worst_rpo_scenario = scenario.name;
    }
  }
  return total;
}

Result<Downtime> estimate_downtime(const World& world, const std::vector<FailureRate>& rates, std::uint64_t seed,
                                   std::int64_t runs) {
  if (runs < 1) return fail(Code::kInvalid, "an estimate needs at least one run");
  TRY(Simulator simulator, Simulator::create(world));
  sys::Random random(seed);
  Downtime total;
  std::vector<std::int64_t> all;
  double rate_sum = 0;
  for (const FailureRate& rate : rates) {
    if (rate.per_year < 0 || rate.repair_min < Duration{0} || rate.repair_max < rate.repair_min) {
      return fail(Code::kInvalid, "a failure rate needs per_year >= 0 and 0 <= repair_min <= repair_max: " + rate.failure.name);
    }
    double write_s = 0;
    double read_s = 0;
    double rpo_s = 0;
    for (std::int64_t i = 0; i < runs; ++i) {
      Scenario scenario{.name = "estimate", .events = {rate.failure}};
      scenario.events[0].lasts = Duration::millis(std::max<std::int64_t>(1, random.between(rate.repair_min.ms, rate.repair_max.ms)));
      TRY(const Outcome* outcome, simulator.outcome(scenario, scenario.events[0].at + scenario.events[0].lasts + kAfterRepair));
      write_s += static_cast<double>(outcome->write.down_ms) / 1000;
      read_s += static_cast<double>(outcome->read.down_ms) / 1000;
      all.push_back(outcome->write.down_ms);
      if (outcome->write.down_ms > total.worst_write.ms) {
        total.worst_write = Duration::millis(outcome->write.down_ms);
        total.worst = fmt::format("{} {}", event_kind_name(rate.failure.kind), rate.failure.name);
      }
      const Duration rpo = worst_rpo(*outcome);
      total.worst_rpo = std::max(total.worst_rpo, rpo);
      rpo_s += rpo.to_seconds();
    }
    const double n = static_cast<double>(runs);
    total.mean_write_s_per_year += rate.per_year * write_s / n;
    total.mean_read_s_per_year += rate.per_year * read_s / n;
    total.weighted_rpo_s += rate.per_year * rpo_s / n;
    rate_sum += rate.per_year;
  }
  std::ranges::sort(all);
  total.p50_write = Duration::millis(percentile(all, 50));
  total.p95_write = Duration::millis(percentile(all, 95));
  total.write_availability = 1 - total.mean_write_s_per_year / kSecondsPerYear;
  total.read_availability = 1 - total.mean_read_s_per_year / kSecondsPerYear;
  if (rate_sum > 0) {
    total.weighted_rto_s = total.mean_write_s_per_year / rate_sum;
    total.weighted_rpo_s /= rate_sum;
  }
  return total;
}

}  // namespace isobar::plan::simulation
