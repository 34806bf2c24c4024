// Figures over many runs of one world. Exhaustive where a fraction is asked for; random only for times of repair.
//
// Thread safety: pure functions; each makes its own Simulator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "plan/simulation/simulate.h"

namespace isobar::plan::simulation {

// In lowest terms, never rounded.
struct Fraction {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;
  bool operator==(const Fraction&) const = default;
  std::string to_string() const;  // "2/3", "1", "0"
  double value() const { return static_cast<double>(numerator) / static_cast<double>(denominator); }
};
Fraction make_fraction(std::int64_t numerator, std::int64_t denominator);

// Every subset of zones in which `nodes` nodes come back after a scale to zero, each as likely as the others.
struct ReturnOdds {
  Fraction write;  // can write at the end of the run
  Fraction read;
  std::int64_t first_ready_ms = -1;  // the earliest and the latest "last pod Ready" of those that can write and read
  std::int64_t last_ready_ms = -1;
  std::int32_t most_nodes = 0;
  std::vector<std::string> stranding;  // zone sets that strand, with the human's work: "a, b: kafka-0: start a node …"
};
Result<ReturnOdds> return_odds(const World& world, std::int64_t nodes, Duration horizon = kDefaultHorizon);

// The outage when each zone in turn is lost for the whole run; empty recovery: until repair.
struct ZoneLoss {
  std::string zone;
  Outage write;
  Outage read;
};
Result<std::vector<ZoneLoss>> zone_losses(const World& world, Duration horizon = kDefaultHorizon);

// Sets of at most three failures of which no smaller part does it: what ends writing (or reading) at the end of the run.
enum class Goal { kWrite, kRead };
struct CutSet {
  std::vector<Event> failures;
  std::string to_string() const;  // "lose_volume data-kafka-0"
};
Result<std::vector<CutSet>> minimal_cut_sets(const World& world, Goal goal, std::size_t most = 3,
                                             Duration horizon = kDefaultHorizon);
// The same for zones that stay empty after a scale to zero: each set names what is stranded.
Result<std::vector<std::string>> return_cut_sets(const World& world, Goal goal, Duration horizon = kDefaultHorizon);

// What many scenarios leave, each run counted once.
struct Survey {
  std::int64_t runs = 0;
  std::int64_t write_lost = 0;  // do not come back by themselves
  std::int64_t read_lost = 0;
  std::int64_t rpo_runs = 0;    // lose accepted data
  Duration worst_recovery;      // longest write outage that ends by itself
  std::string worst_recovery_scenario;
  Duration worst_rpo;
  std::string worst_rpo_scenario;
};
Result<Survey> survey(const World& world, const std::vector<Scenario>& scenarios, Duration horizon = kDefaultHorizon);

// How often a failure comes and how long its repair takes; `source` is printed beside every figure.
struct FailureRate {
  Event failure;
  double per_year = 0;
  Duration repair_min;  // uniform between the two
  Duration repair_max;
  std::string source;
};

struct Downtime {
  Duration worst_write;  // longest write outage of all runs, and of which failure
  std::string worst;
  Duration worst_rpo;
  double mean_write_s_per_year = 0;  // sum of rate times mean outage
  double mean_read_s_per_year = 0;
  double write_availability = 1;
  double read_availability = 1;
  double weighted_rto_s = 0;  // mean write outage of a failure, weighted by rate
  double weighted_rpo_s = 0;
  Duration p50_write;
  Duration p95_write;
};
// `runs` repairs of each failure, drawn from `seed`. A run lasts until the repair, and two hours more.
Result<Downtime> estimate_downtime(const World& world, const std::vector<FailureRate>& rates, std::uint64_t seed,
                                   std::int64_t runs);

}  // namespace isobar::plan::simulation
