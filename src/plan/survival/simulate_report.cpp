#include "plan/survival/simulate_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/nearest.h"
#include "plan/simulation/cascade.h"
#include "plan/survival/cheapest_change.h"

namespace isobar::plan {
namespace {

using simulation::Goal;

Cell seconds_cell(Duration duration) {
  return {duration.ms == 0 ? "0" : format_duration(duration), fmt::format("{}", duration.ms / 1000)};
}

std::vector<std::string> legend(const Ledger& ledger) {
  std::vector<std::string> lines;
  for (const FailureRow& row : ledger.failures) lines.push_back(fmt::format("{}: {}.", row.id, row.title));
  return lines;
}

Table verdict_table(const Survival& survival) {
  Table table{"failures",
              "Each failure at its worst place",
              {{"failure", "failure"}, {"title", "what", false, true}, {"verdict", "verdict"}, {"write_down_s", "no writes", true},
               {"read_down_s", "no reads", true}, {"rpo_s", "data lost", true}, {"place", "worst place"}},
              {}, SIZE_MAX, {}};
  for (const FailureVerdict& one : survival.failures) {
    if (!one.applies) continue;
    table.rows.push_back({one.failure->id, one.failure->title, std::string(verdict_name(one.verdict)), seconds_cell(one.write_down),
                          seconds_cell(one.read_down), seconds_cell(one.rpo), place_text(one.worst)});
  }
  table.notes.push_back("Four hours are played: 4h means that it does not come back by itself. data lost: age of the oldest accepted sample that is gone.");
  return table;
}

Result<Table> return_table(const simulation::World& world) {
  Table table{"return",
              "All nodes go, some come back: the share of zones in which it works again",
              {{"nodes", "nodes back", true}, {"write", "P(write)", true}, {"read", "P(read)", true}, {"last_ready_s", "last pod Ready", true},
               {"stranded", "what is stranded where it does not"}},
              {}, SIZE_MAX, {}};
  for (std::int64_t nodes = world.groups[0].desired; nodes >= 1; --nodes) {
    TRY(const simulation::ReturnOdds odds, simulation::return_odds(world, nodes));
    table.rows.push_back({{fmt::format("{}", nodes), fmt::format("{}", nodes)}, odds.write.to_string(), odds.read.to_string(),
                          odds.last_ready_ms < 0 ? Cell{"never", "null"} : seconds_cell(Duration::millis(odds.last_ready_ms)),
                          odds.stranding.empty() ? Cell{} : Cell{odds.stranding.front()}});
  }
  return table;
}

// A service that is taken away ends what needs it; that needs no simulation, so those sets share one row.
Table cut_table(const std::vector<simulation::CutSet>& writes, const std::vector<simulation::CutSet>& reads, std::size_t most) {
  Table table{"cut_sets",
              fmt::format("Smallest sets of at most {} failures that end it for good", most),
              {{"ends", "ends"}, {"size", "failures", true}, {"set", "set"}},
              {}, SIZE_MAX, {}, 16};
  const auto add = [&](const char* ends, const std::vector<simulation::CutSet>& sets) {
    std::string services;
    for (const simulation::CutSet& set : sets) {
      if (set.failures.size() != 1 || set.failures[0].kind != simulation::EventKind::kLoseService) continue;
      services += (services.empty() ? "any of the services " : ", ") + set.failures[0].name;
    }
    if (!services.empty()) table.rows.push_back({ends, {"1", "1"}, services});
    for (const simulation::CutSet& set : sets) {
      if (set.failures.size() == 1 && set.failures[0].kind == simulation::EventKind::kLoseService) continue;
      std::string text;
      for (const simulation::Event& event : set.failures) {
        const simulation::Scenario alone{.name = {}, .events = {event}};
        text += (text.empty() ? "" : " + ") + place_text(alone);
      }
      table.rows.push_back({ends, {fmt::format("{}", set.failures.size()), fmt::format("{}", set.failures.size())}, text});
    }
  };
  add("writes", writes);
  add("reads", reads);
  std::stable_sort(table.rows.begin(), table.rows.end(), [](const auto& a, const auto& b) { return a[1].text < b[1].text; });
  return table;
}

Table change_table(const std::vector<SurvivingChange>& changes) {
  Table table{"changes",
              "The cheapest change of one or two decisions that survives",
              {{"failure", "failure"}, {"usd_micro", "$/month", true}, {"change", "change"}},
              {}, SIZE_MAX, {}};
  for (const SurvivingChange& one : changes) {
    const bool none = one.edits.empty();
    Cell month = money_change_cell(one.month);
    if (month.text.empty()) month.text = "$0.00";
    table.rows.push_back({one.failure->id, none ? Cell{"", "null"} : month, none ? Cell{"none in the ledger", "null"} : Cell{edits_text(one.edits)}});
  }
  table.notes.push_back("Every component stays, every control is met as before, and no other failure gets worse.");
  return table;
}

Result<std::string> survey_sentence(const simulation::World& world, std::size_t most) {
  TRY(const simulation::Survey survey, simulation::survey(world, simulation::failure_combinations(simulation::single_failures(world), most)));
  return fmt::format("Of {} combinations of up to {} failures of zones, nodes, volumes and services, {} end writes for good, {} end reads, and {} lose accepted data.",
                     survey.runs, most, survey.write_lost, survey.read_lost, survey.rpo_runs);
}

// Rates are the ledger's; a failure that lasts is repaired when it ends.
Result<std::vector<simulation::FailureRate>> rates_of(const Ledger& ledger, const Settings& settings, const simulation::World& world) {
  std::vector<simulation::FailureRate> rates;
  Formulas formulas(ledger, settings);
  for (const FailureRow& failure : ledger.failures) {
    TRY(const Value per_year, formulas.value(failure.per_year));
    TRY(const Value lasts, formulas.value(failure.lasts));
    TRY(const Value shortest, formulas.value(failure.repair_min));
    TRY(const Value longest, formulas.value(failure.repair_max));
    if (per_year.number.is_zero() || failure.kind == "return" || failure.kind == "return_short") continue;
    TRY(const auto places, places_of(ledger, failure, settings, world));
    const bool fixed = !lasts.number.is_zero();
    TRY(const std::int64_t least, (fixed ? lasts : shortest).number.rounded(1000));
    TRY(const std::int64_t most, (fixed ? lasts : longest).number.rounded(1000));
    const double rate = static_cast<double>(per_year.number.numerator()) / static_cast<double>(per_year.number.denominator());
    for (const simulation::Scenario& place : places) {
      rates.push_back({place.events[0], rate, Duration::millis(least), Duration::millis(most), failure.source.text});
    }
  }
  return rates;
}

Result<std::string> downtime_sentence(const Ledger& ledger, const Settings& settings, const simulation::World& world, const SimulateOptions& options) {
  TRY(const auto rates, rates_of(ledger, settings, world));
  if (rates.empty()) return std::string{};
  TRY(const simulation::Downtime downtime, simulation::estimate_downtime(world, rates, options.seed, options.repairs));
  return fmt::format("With the ledger's rates of failure and {} repairs drawn for each: {} without writes and {} without reads a year in the mean; "
                     "the longest loss of writes that was drawn: {} ({}). Rates are inputs: decisions/failures.yaml.",
                     options.repairs, format_duration(Duration::seconds(static_cast<std::int64_t>(downtime.mean_write_s_per_year))),
                     format_duration(Duration::seconds(static_cast<std::int64_t>(downtime.mean_read_s_per_year))),
                     format_duration(Duration::seconds(downtime.worst_write.ms / 1000)), downtime.worst.empty() ? "none" : downtime.worst);
}

// How far the simulator held against real processes; empty if nobody measured it.
std::string reality_sentence(const Ledger& ledger) {
  const auto measured = [&](std::string_view id) -> const Measurement* {
    const auto at = std::ranges::find(ledger.measurements, id, &Measurement::id);
    return at == ledger.measurements.end() || !at->value ? nullptr : &*at;
  };
  const Measurement* order = measured("simulation_order_matches");
  const Measurement* error = measured("simulation_time_error_percent");
  if (order == nullptr || error == nullptr) return {};
  return fmt::format("The simulator was held against real processes: {} % of the events of played failures came in the predicted order, and no time was wrong by more "
                     "than {} % after the first minute ({}, {}).",
                     order->value->to_string(), error->value->to_string(), error->command, error->source.date);
}

}  // namespace

Result<Report> failure_matrix(const Ledger& ledger, const std::vector<std::string>& profiles) {
  Report report;
  report.title = "What happens when something fails";
  Table table{"failures", "Each failure at its worst place, four hours played", {{"failure", "failure"}, {"title", "what", false, true}}, {}, SIZE_MAX, legend(ledger)};
  std::vector<Survival> all;
  std::vector<Cell> count{"not survived", ""};
  for (const std::string& profile : profiles) {
    TRY(Survival one, survival_of(ledger, profile));
    table.columns.push_back({profile, profile});
    count.push_back({fmt::format("{} of {}", one.not_survived(), one.applicable()), fmt::format("{}", one.not_survived())});
    all.push_back(std::move(one));
  }
  for (std::size_t i = 0; i < ledger.failures.size(); ++i) {
    std::vector<Cell> row{ledger.failures[i].id, ledger.failures[i].title};
    for (const Survival& one : all) row.emplace_back(verdict_text(one.failures[i]));
    table.rows.push_back(std::move(row));
  }
  table.ruled_before = table.rows.size();
  table.rows.push_back(std::move(count));
  report.paragraphs.push_back("Survived: writes and reads come back by themselves and no accepted data is lost. plan simulate PROFILE has more of one profile; --failure ID shows what happens line by line.");
  if (std::string held = reality_sentence(ledger); !held.empty()) report.paragraphs.push_back(std::move(held));
  report.tables.push_back(std::move(table));
  return report;
}

Result<Report> simulate_report(const Ledger& ledger, const std::string& profile, const SimulateOptions& options) {
  TRY(const Settings settings, settings_of(ledger, profile));
  TRY(const Survival survival, survival_of(ledger, profile, settings));
  const simulation::World& world = survival.world.world;
  Report report;
  report.title = fmt::format("What happens to {} when something fails", profile);
  TRY(std::string sentence, survey_sentence(world, options.most_failures));
  report.paragraphs.push_back(std::move(sentence));
  TRY(sentence, downtime_sentence(ledger, settings, world, options));
  if (!sentence.empty()) report.paragraphs.push_back(std::move(sentence));
  if (!survival.world.not_measured.empty()) {
    report.paragraphs.push_back(fmt::format("Requests of these were never measured and count as zero: {}.", fmt::join(survival.world.not_measured, ", ")));
  }
  if (std::string held = reality_sentence(ledger); !held.empty()) report.paragraphs.push_back(std::move(held));
  report.tables.push_back(verdict_table(survival));
  TRY(Table returns, return_table(world));
  report.tables.push_back(std::move(returns));
  TRY(const auto writes, simulation::minimal_cut_sets(world, Goal::kWrite, options.most_failures));
  TRY(const auto reads, simulation::minimal_cut_sets(world, Goal::kRead, options.most_failures));
  report.tables.push_back(cut_table(writes, reads, options.most_failures));
  if (options.changes) {
    TRY(const auto changes, cheapest_changes(ledger, profile, survival));
    if (!changes.empty()) report.tables.push_back(change_table(changes));
  }
  return report;
}

Result<simulation::Run> worst_run(const Ledger& ledger, const std::string& profile, const std::string& failure) {
  TRY(const Survival survival, survival_of(ledger, profile));
  std::vector<std::string_view> known;
  for (const FailureVerdict& one : survival.failures) {
    known.push_back(one.failure->id);
    if (one.failure->id != failure) continue;
    if (!one.applies) return fail(Code::kInvalid, fmt::format("{} has nothing that could fail like this: {}", profile, failure));
    return simulation::simulate(survival.world.world, one.worst);
  }
  const std::string_view nearest = nearest_word(failure, known);
  return fail(Code::kInvalid, fmt::format("no such failure{}; there are {}: {}", nearest.empty() ? "" : fmt::format(", did you mean {}", nearest), fmt::join(known, ", "), failure));
}

Result<std::string> cascade_of(const Ledger& ledger, const std::string& profile, const std::string& failure) {
  TRY(const simulation::Run run, worst_run(ledger, profile, failure));
  return simulation::print_cascade(run);
}

}  // namespace isobar::plan
