#include "plan/ledger/validate.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/nearest.h"
#include "plan/ledger/evaluation.h"

namespace isobar::plan {
namespace {

class Validator {
 public:
  Validator(const Ledger& ledger, std::vector<YamlProblem>& problems) : ledger_(ledger), problems_(problems) {}

  void run() {
    if (ledger_.profiles.empty()) problems_.push_back({"ledger", 0, "there is no profile: add profiles: [{id: prod}, {id: dev}]"});
    for (const Decision& decision : ledger_.decisions) check_decision(decision);
    collect_names();
    for (const Quantity& quantity : ledger_.quantities) check_names(quantity.formula, quantity.origin);
    for (const CostLine& line : ledger_.costs) check_names(line.formula, line.origin);
    for (const Component& component : ledger_.components) check_component(component);
    check_behaviour();
    if (problems_.empty()) evaluate_all();
  }

 private:
  void add(const Origin& origin, std::string message) { problems_.push_back({origin.file, origin.line, std::move(message)}); }

  std::string hint(std::string_view word, const std::set<std::string, std::less<>>& known) const {
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    const std::string_view nearest = nearest_word(word, candidates);
    return nearest.empty() ? "" : fmt::format(", did you mean {}", nearest);
  }

  // Each profile has a value, and in each the same settings; no other decision sets them.
  void check_decision(const Decision& decision) {
    std::set<std::string, std::less<>> profiles;
    for (const Profile& profile : ledger_.profiles) profiles.insert(profile.id);
    for (const auto& [profile, value] : decision.values) {
      if (!profiles.contains(profile)) add(decision.origin, fmt::format("{}: no such profile{}: {}", decision.id, hint(profile, profiles), profile));
    }
    std::set<std::string> all_settings;
    for (const auto& [profile, value] : decision.values) {
      for (const auto& [name, setting] : value.settings) all_settings.insert(name);
    }
    for (const Profile& profile : ledger_.profiles) {
      const auto at = decision.values.find(profile.id);
      if (at == decision.values.end()) {
        add(decision.origin, fmt::format("{}: no value for a profile; add {}: {{text: …}}", decision.id, profile.id));
        continue;
      }
      for (const std::string& name : all_settings) {
        if (!at->second.settings.contains(name)) add(decision.origin, fmt::format("{}: profile {} does not set {}", decision.id, profile.id, name));
      }
    }
    for (const DecisionValue& option : decision.options) {
      for (const auto& [name, setting] : option.settings) {
        if (!all_settings.contains(name)) add(decision.origin, fmt::format("{}: option \"{}\" sets what no profile sets here: {}", decision.id, option.text, name));
      }
    }
    for (const std::string& name : all_settings) {
      const auto [owner, is_new] = owners_.emplace(name, decision.id);
      if (!is_new) add(decision.origin, fmt::format("{} sets what {} sets; a setting belongs to one decision: {}", decision.id, owner->second, name));
    }
    for (const ControlMapping& mapping : decision.controls) {
      if (ledger_.control(mapping.control) == nullptr) add(mapping.origin, fmt::format("{}: control is not in the ledger: {}", decision.id, mapping.control));
    }
  }

  void collect_names() {
    for (const auto& [name, owner] : owners_) names_.insert(name);
    for (const Quantity& row : ledger_.quantities) {
      if (!names_.insert(row.id).second) add(row.origin, fmt::format("a decision already sets a value of this name: {}", row.id));
    }
    for (const Price& row : ledger_.prices) names_.insert("price." + row.id);
    for (const Assumption& row : ledger_.assumptions) names_.insert("assume." + row.id);
    for (const Measurement& row : ledger_.measurements) names_.insert("measured." + row.id);
    for (const Capability& row : ledger_.capabilities) names_.insert("built." + row.id);
    for (const CostLine& row : ledger_.costs) names_.insert("cost." + row.id);
    for (const char* field : {"pods", "cpu_m", "memory_mib", "volume_gib", "volumes"}) {
      names_.insert(fmt::format("total.{}", field));
      for (const Component& row : ledger_.components) {
        names_.insert(fmt::format("component.{}.{}", row.id, field));
        names_.insert(fmt::format("component.{}.present", row.id));
      }
    }
    for (const Decision& decision : ledger_.decisions) {
      for (const ControlMapping& mapping : decision.controls) check_names(mapping.met_when, mapping.origin);
    }
  }

  void check_names(const Expression& expression, const Origin& origin) {
    for (const std::string& name : expression.names()) {
      if (!names_.contains(name)) add(origin, fmt::format("no setting, quantity, price or assumption of this name{}: {}", hint(name, names_), name));
    }
  }

  void check_component(const Component& component) {
    if (!component.decision.empty() && ledger_.decision(component.decision) == nullptr) {
      add(component.origin, fmt::format("no such decision: {}", component.decision));
    }
    check_names(component.when, component.origin);
    for (const PodRow& pod : component.pods) {
      for (const Expression* one : {&pod.replicas, &pod.cpu_m, &pod.memory_mib, &pod.volume_gib}) check_names(*one, pod.origin);
    }
  }

  void check_behaviour() {
    std::set<std::string, std::less<>> pods, services, stores;
    for (const Component& component : ledger_.components) {
      for (const PodRow& pod : component.pods) pods.insert(component.id + "." + pod.name);
    }
    for (const ServiceRow& row : ledger_.services) services.insert(row.id);
    for (const StoreRow& row : ledger_.stores) stores.insert(row.id);
    const auto known = [&](const Origin& origin, const char* what, const std::string& name, const auto& names) {
      if (!names.contains(name)) add(origin, fmt::format("no such {}{}: {}", what, hint(name, names), name));
    };
    for (const ServiceRow& row : ledger_.services) {
      for (const std::string& pod : row.pods) known(row.origin, "pod row", pod, pods);
      if (!row.shared_volume.empty()) known(row.origin, "pod row", row.shared_volume, pods);
      for (const auto* deps : {&row.start_deps, &row.hard_deps, &row.soft_deps, &row.silent_deps}) {
        for (const std::string& one : *deps) known(row.origin, "service", one, services);
      }
      for (const Expression* one : {&row.when, &row.quorum, &row.write, &row.read, &row.degraded, &row.ready_after, &row.start, &row.crash_after}) {
        check_names(*one, row.origin);
      }
    }
    for (const StoreRow& row : ledger_.stores) {
      known(row.origin, "service", row.service, services);
      if (!row.replay_from.empty()) known(row.origin, "store", row.replay_from, stores);
      for (const Expression* one : {&row.when, &row.replication, &row.window}) check_names(*one, row.origin);
    }
    for (const FailureRow& row : ledger_.failures) {
      for (const Expression* one : {&row.when, &row.nodes, &row.lasts, &row.per_year, &row.repair_min, &row.repair_max}) check_names(*one, row.origin);
    }
  }

  // Cycles, wrong types, divisions by zero: whatever a profile cannot be computed with.
  void evaluate_all() {
    for (const Profile& profile : ledger_.profiles) {
      const Result<Evaluation> evaluation = evaluate(ledger_, profile.id);
      if (!evaluation) {
        add(profile.origin, fmt::format("profile {} cannot be computed: {}", profile.id, evaluation.error().message));
        continue;
      }
      for (const EvaluatedComponent& one : evaluation->components) {
        for (const Value* v : {&one.footprint.pods, &one.footprint.cpu_m, &one.footprint.memory_mib, &one.footprint.volume_gib}) {
          if (v->measured() && v->number.is_negative()) add(one.component->origin, fmt::format("footprint is negative in profile {}: {}", profile.id, one.component->id));
        }
      }
      for (const Decision& decision : ledger_.decisions) {
        for (const ControlMapping& mapping : decision.controls) {
          const Result<Value> met = evaluate_in(ledger_, evaluation->settings, mapping.met_when);
          if (!met) add(mapping.origin, met.error().message);
          else if (met->kind != Value::Kind::kBool) add(mapping.origin, fmt::format("met_when must be yes or no: {}", mapping.met_when.text()));
        }
      }
    }
  }

  const Ledger& ledger_;
  std::vector<YamlProblem>& problems_;
  std::map<std::string, std::string> owners_;
  std::set<std::string, std::less<>> names_;
};

}  // namespace

void validate(const Ledger& ledger, std::vector<YamlProblem>& problems) { Validator(ledger, problems).run(); }

}  // namespace isobar::plan
