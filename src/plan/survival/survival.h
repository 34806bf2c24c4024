// What a profile survives: every failure of the ledger is played in every place where it can strike, and the worst counts.
//
// A failure is survived when the platform takes writes and answers reads again by itself and no accepted data is lost.
//
// Errors: kUnprocessable with file and line of the ledger's row. Thread safety: pure functions; each has its own Simulator.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/simulation/analysis.h"
#include "plan/survival/world_of.h"

namespace isobar::plan {

enum class Verdict {
  kUnharmed,    // writes and reads never stop
  kRecovers,    // they stop, and come back by themselves
  kLosesData,   // they come back, but accepted data is gone
  kNeedsHuman,  // they do not come back by themselves
};
std::string_view verdict_name(Verdict verdict);
inline bool survived(Verdict verdict) { return verdict <= Verdict::kRecovers; }

// One failure at its worst place.
struct FailureVerdict {
  const FailureRow* failure = nullptr;
  bool applies = true;  // no: the profile has nothing that could fail like this
  Verdict verdict = Verdict::kUnharmed;
  std::int64_t places = 0;    // where it was played
  simulation::Fraction write, read;  // share of the places after which they come back by themselves
  Duration write_down, read_down;    // the longest; the whole run if they do not come back
  Duration rpo;                      // age of the oldest accepted sample that is lost
  simulation::Scenario worst;        // the place that decided
  std::string lost;                  // the store that lost data
};

struct Survival {
  ProfileWorld world;
  std::vector<FailureVerdict> failures;  // in the ledger's order

  std::size_t not_survived() const;
  std::size_t applicable() const;
};

// The places of one failure; empty if there is none.
Result<std::vector<simulation::Scenario>> places_of(const Ledger& ledger, const FailureRow& failure, const Settings& settings,
                                                    const simulation::World& world);

// One failure in all its places. `simulator` holds the world of these settings.
Result<FailureVerdict> verdict_of(const Ledger& ledger, const FailureRow& failure, const Settings& settings, simulation::Simulator& simulator);

Result<Survival> survival_of(const Ledger& ledger, const std::string& profile, const Settings& settings);
Result<Survival> survival_of(const Ledger& ledger, const std::string& profile);

// "kafka", "zone c", "nodes return in a, b".
std::string place_text(const simulation::Scenario& scenario);
// "recovers in 6m56s", "needs a human in 1 of 3", "loses 2h".
std::string verdict_text(const FailureVerdict& verdict);

}  // namespace isobar::plan
