#include "plan/check/ledger_profiles.h"

#include <algorithm>

#include <fmt/format.h>

namespace isobar::plan {
namespace {

constexpr std::int64_t kMaxPods = 100'000;

// Whole units, rounded down: a demand is never overstated. Zero for what was not measured.
std::int64_t at_least(const Ledger& ledger, const Evaluation& profile, const Expression& expression) {
  const Result<Value> value = evaluate_in(ledger, profile.settings, expression);
  if (!value || value->kind != Value::Kind::kNumber || value->number.is_negative()) return 0;
  return value->number.numerator() / value->number.denominator();
}

struct Sidecars {
  std::int64_t count = 0;
  PodDemand each;
};

void add_sidecars(std::vector<PodDemand>& pods, const std::vector<Sidecars>& sidecars) {
  std::stable_sort(pods.begin(), pods.end(), [](const PodDemand& a, const PodDemand& b) { return a.memory_mib < b.memory_mib; });
  for (const Sidecars& one : sidecars) {
    const std::size_t count = std::min(static_cast<std::size_t>(one.count), pods.size());
    for (std::size_t i = 0; i < count; ++i) {
      pods[i].memory_mib += one.each.memory_mib;
      pods[i].cpu_m += one.each.cpu_m;
    }
  }
}

}  // namespace

LedgerProfiles profiles_of(const Ledger& ledger) {
  LedgerProfiles out{&ledger, {}};
  for (const Profile& profile : ledger.profiles) {
    if (Result<Evaluation> evaluation = evaluate(ledger, profile.id)) out.profiles.push_back(*std::move(evaluation));
  }
  return out;
}

const Value* value_in(const Evaluation& profile, std::string_view name) {
  if (const auto setting = profile.settings.find(name); setting != profile.settings.end()) return &setting->second;
  const auto value = profile.values.find(name);
  return value == profile.values.end() ? nullptr : &value->second;
}

std::optional<std::int64_t> whole_in(const Evaluation& profile, std::string_view name) {
  const Value* value = value_in(profile, name);
  if (value == nullptr || value->kind != Value::Kind::kNumber || !value->number.is_whole()) return std::nullopt;
  return value->number.numerator();
}

std::string text_in(const Evaluation& profile, std::string_view name) {
  const Value* value = value_in(profile, name);
  return value != nullptr && value->kind == Value::Kind::kText ? value->text : "";
}

Origin place_of(const Ledger& ledger, std::string_view name) {
  if (const Decision* decision = ledger.decision_of(name)) return decision->origin;
  for (const Quantity& quantity : ledger.quantities) {
    if (quantity.id == name) return quantity.origin;
  }
  return ledger.profiles.empty() ? Origin{} : ledger.profiles[0].origin;
}

std::string decision_text(const Ledger& ledger, std::string_view setting, const std::string& profile) {
  const Decision* decision = ledger.decision_of(setting);
  if (decision == nullptr) return std::string(setting);
  const auto value = decision->values.find(profile);
  return fmt::format("{} {}: {}", decision->id, decision->title, value == decision->values.end() ? "" : value->second.text);
}

ProfilePods pods_of(const Ledger& ledger, const Evaluation& profile) {
  ProfilePods out;
  std::vector<Sidecars> sidecars;
  for (const EvaluatedComponent& one : profile.components) {
    if (!one.present) continue;
    for (const PodRow& row : one.component->pods) {
      const std::int64_t replicas = std::min(at_least(ledger, profile, row.replicas), kMaxPods);
      const PodDemand demand{one.component->id + "/" + row.name, at_least(ledger, profile, row.memory_mib),
                             at_least(ledger, profile, row.cpu_m)};
      if (row.kind == "Job") continue;  // runs and ends
      if (row.kind == "Container") {
        sidecars.push_back({replicas, demand});
      } else if (row.kind == "DaemonSet") {
        out.on_each_node.memory_mib += demand.memory_mib;
        out.on_each_node.cpu_m += demand.cpu_m;
        ++out.pods_on_each_node;
      } else {
        out.pods.insert(out.pods.end(), static_cast<std::size_t>(replicas), demand);
      }
    }
  }
  add_sidecars(out.pods, sidecars);
  return out;
}

}  // namespace isobar::plan
