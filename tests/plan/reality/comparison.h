// A prediction beside what was observed: event by event, with the error of each, the order, and whether both lie within
// the band.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/simulation/simulate.h"
#include "recorder.h"

namespace isobar::reality {

// An event may come this much earlier or later than predicted: a share of the time since the first fault, and a slack for
// what a machine needs to start processes and to answer.
struct Band {
  double share = 0;
  std::int64_t slack = 0;  // simulated milliseconds
  std::int64_t at(std::int64_t time) const { return slack + static_cast<std::int64_t>(share * static_cast<double>(time)); }
};

struct Pair {
  std::string object;
  std::string what;
  std::int64_t predicted = 0;
  std::int64_t observed = 0;
  std::int64_t error() const { return observed - predicted; }
};

struct Comparison {
  std::vector<Pair> pairs;           // by predicted time
  std::vector<Happening> missing;    // predicted, not observed
  std::vector<Happening> unforeseen; // observed, not predicted
  std::vector<std::string> disorder; // "a before b", where they are further apart than the band
  std::vector<Pair> late;            // outside the band
  bool holds() const { return missing.empty() && unforeseen.empty() && disorder.empty() && late.empty(); }
};

// What a supervisor without autoscaler and DaemonSets can show, of a simulated run.
std::vector<Happening> observable(const plan::simulation::World& world, const plan::simulation::Run& run);

// The first of an object's equal events belongs to the first, the second to the second. What lies so near to the end that it
// may fall on either side of it counts for nothing when it is alone.
Comparison compare(std::vector<Happening> predicted, std::vector<Happening> observed, const Band& band, std::int64_t end);

// Errors of all pairs, in simulated milliseconds, without sign; sorted.
std::vector<std::int64_t> errors(const Comparison& comparison);

std::string table(const Comparison& comparison);

}  // namespace isobar::reality
