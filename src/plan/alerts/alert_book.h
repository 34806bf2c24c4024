// Alert rules and runbook pages for what the simulation found: each smallest set of failures that ends writes or reads for
// good becomes a rule that fires before the last of them happens, and a page that says what to do.
//
// The rules need kube-state-metrics with --metric-labels-allowlist=nodes=[topology.kubernetes.io/zone] and work with any
// Prometheus. Zones are matched by their last letter: zone c of the profile is "us-east-1c".
//
//   set of one    the early sign of that failure: the last healthy node of a zone, a volume that fills up, a service with
//                 no pod to spare
//   larger set    all but one of its failures are there already
//
// Sources: metric names of kube-state-metrics (docs/metrics), kubelet_volume_stats_* of the kubelet; rule file format of
// Prometheus (configuration/recording_rules).
// Errors: those of survival_of(). Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "plan/simulation/analysis.h"
#include "plan/survival/world_of.h"

namespace isobar::plan {

struct AlertRule {
  std::string name;        // WritesAtRisk, ReadsAtRisk
  std::string set;         // "zone a + node c-1"
  std::string expression;  // PromQL
  std::string hold;        // how long it must be so: "2m"
  std::string severity;    // warning; critical when it has happened
  std::string summary;
  std::string page;        // "runbooks/zone-a-node-c-1.md"
};

struct AlertPage {
  std::string path;
  std::string text;
};

struct AlertBook {
  std::vector<AlertRule> rules;
  std::vector<AlertPage> pages;
};

// Sets of at most `most` failures.
Result<AlertBook> alert_book(const Ledger& ledger, const std::string& profile, std::size_t most = 2);

// A rule file: recording rules that the alerts use, then the alerts.
std::string rules_file(const AlertBook& book, const std::string& profile);

}  // namespace isobar::plan
