// Internal: failures as PromQL over kube-state-metrics.
#pragma once

#include <string>

#include "plan/simulation/world.h"
#include "plan/simulation/scenario.h"

namespace isobar::plan {

// Nodes that the profile wants in a zone.
std::int64_t nodes_in_zone(const simulation::World& world, const std::string& zone);

// 1 while the failure is there, else 0; no labels.
std::string happened(const simulation::World& world, const simulation::Event& failure);

// The sign that comes before the failure, as an alert expression, and what it means in words.
struct EarlySign {
  std::string expression;
  std::string words;
  bool too_late = false;  // nothing comes before it: the expression is the failure itself
};
EarlySign early_sign(const simulation::World& world, const simulation::Event& failure);

// The rules that the expressions above rest on, indented for a rule file.
const char* recording_rules();

}  // namespace isobar::plan
