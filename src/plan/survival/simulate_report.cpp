#include "plan/survival/simulate_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/nearest.h"
#include "plan/simulation/cascade.h"

namespace isobar::plan {
namespace {

using simulation::Goal;

Cell seconds_cell(Duration duration) {
  return {duration.ms == 0 ? "0" : format_duration(duration), fmt::format("{}", duration.ms / 1000)};
}

Table verdict_table(const Survival& survival) {
  Table table{"failures",
              "Each failure at its worst place",
              {{"failure", "failure"}, {"title", "what"}, {"verdict", "verdict"}, {"write_down_s", "no writes", true},
               {"read_down_s", "no reads", true}, {"rpo_s", "data lost", true}, {"place", "worst place"}},
              {}, SIZE_MAX, {}};
  for (const FailureVerdict& one : survival.failures) {
    if (!one.applies) continue;
    table.rows.push_back({one.failure->id, one.failure->title, std::string(verdict_name(one.verdict)), seconds_cell(one.write_down),
                          seconds_cell(one.read_down), seconds_cell(one.rpo), one.worst.name});
  }
  table.notes.push_back("Four hours are played; 4h means: it does not come back by itself.");
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

Result<Table> cut_table(const simulation::World& world, std::size_t most) {
  Table table{"cut_sets",
              fmt::format("Smallest sets of at most {} failures that end it for good", most),
              {{"ends", "ends"}, {"size", "failures", true}, {"set", "set"}},
              {}, SIZE_MAX, {}};
  for (const Goal goal : {Goal::kWrite, Goal::kRead}) {
    TRY(const auto sets, simulation::minimal_cut_sets(world, goal, most));
    for (const simulation::CutSet& set : sets) {
      table.rows.push_back({goal == Goal::kWrite ? "writes" : "reads", {fmt::format("{}", set.failures.size()), fmt::format("{}", set.failures.size())}, set.to_string()});
    }
  }
  return table;
}

}  // namespace

Result<Report> failure_matrix(const Ledger& ledger, const std::vector<std::string>& profiles) {
  Report report;
  report.title = "Failures, simulated";
  Table table{"failures", "Each failure at its worst place", {{"failure", "failure"}, {"title", "what"}}, {}, SIZE_MAX, {}};
  std::vector<Survival> all;
  for (const std::string& profile : profiles) {
    TRY(Survival one, survival_of(ledger, profile));
    all.push_back(std::move(one));
    table.columns.push_back({profile, profile});
  }
  for (std::size_t i = 0; i < ledger.failures.size(); ++i) {
    std::vector<Cell> row{ledger.failures[i].id, ledger.failures[i].title};
    for (const Survival& one : all) row.emplace_back(verdict_text(one.failures[i]));
    table.rows.push_back(std::move(row));
  }
  report.tables.push_back(std::move(table));
  return report;
}

Result<Report> simulate_report(const Ledger& ledger, const std::string& profile, const SimulateOptions& options) {
  TRY(const Survival survival, survival_of(ledger, profile));
  const simulation::World& world = survival.world.world;
  Report report;
  report.title = fmt::format("Failures of {}, simulated", profile);
  report.tables.push_back(verdict_table(survival));
  TRY(Table returns, return_table(world));
  report.tables.push_back(std::move(returns));
  TRY(Table cuts, cut_table(world, options.most_failures));
  report.tables.push_back(std::move(cuts));
  return report;
}

Result<std::string> cascade_of(const Ledger& ledger, const std::string& profile, const std::string& failure) {
  TRY(const Survival survival, survival_of(ledger, profile));
  std::vector<std::string_view> known;
  for (const FailureVerdict& one : survival.failures) {
    known.push_back(one.failure->id);
    if (one.failure->id != failure) continue;
    if (!one.applies) return fail(Code::kInvalid, fmt::format("{} has nothing that could fail like this: {}", profile, failure));
    TRY(const simulation::Run run, simulation::simulate(survival.world.world, one.worst));
    return simulation::print_cascade(run);
  }
  const std::string_view nearest = nearest_word(failure, known);
  return fail(Code::kInvalid, fmt::format("no such failure{}; there are {}: {}", nearest.empty() ? "" : fmt::format(", did you mean {}", nearest), fmt::join(known, ", "), failure));
}

}  // namespace isobar::plan
