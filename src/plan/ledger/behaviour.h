// How the pods of a ledger behave when something fails: what they need, what needs them, and where accepted data lies. The
// simulation of a profile (survival/world_of.h) is built from these rows.
//
// Formulas are evaluated for the profile; times are seconds. Thread safety: values.
#pragma once

#include <string>
#include <vector>

#include "plan/ledger/expression.h"
#include "plan/ledger/origin.h"

namespace isobar::plan {

// Pods that work together under one name.
struct ServiceRow {
  std::string id;
  std::string title;
  std::vector<std::string> pods;  // "mimir.kafka": component and pod row
  bool external = false;          // no pods: an object store
  Expression when;                // a service that is not there is nobody's dependency
  Expression quorum;              // pods that must serve
  bool needs_all = false;         // instead: all of them, as with pods that do different things
  Expression write, read, degraded;  // yes: that ability of the platform ends with the service
  std::vector<std::string> start_deps, hard_deps, soft_deps, silent_deps;  // simulation/world.h has the four kinds
  Expression ready_after, start, crash_after;
  std::string shared_volume;  // one claim, "grafana.claim", that every pod mounts
  std::string spread;         // over zones: none, soft, hard
  Source source;
  Origin origin;
};

// Where accepted data lives until it is in the object store.
struct StoreRow {
  std::string id;
  std::string title;
  std::string service;
  Expression when;
  Expression replication;
  std::string keeps;     // what the data survives with: process, pod (its disk), volume
  Expression window;     // age of the oldest sample that lies only here
  std::string replay_from;
  Source source;
  Origin origin;
};

// A kind of failure. Every place where it can strike is simulated, and the worst counts.
struct FailureRow {
  std::string id;
  std::string title;
  std::string kind;     // lose_zone, lose_node, …: scenario.h, and "return" after a scale to zero
  Expression when;
  Expression nodes;     // return: how many come back
  Expression lasts;     // seconds; 0: until the end of the run
  Expression per_year;  // of each place where it can strike
  Expression repair_min, repair_max;  // seconds
  Source source;
  Origin origin;
};

}  // namespace isobar::plan
