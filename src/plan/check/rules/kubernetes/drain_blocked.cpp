// A budget that allows no pod to go blocks every drain: of an upgrade, of a node that is scaled away.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/kubernetes/quantity.h"
#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
namespace {

using namespace plan::kubernetes;

// Kubernetes rounds percentages up, of what must stay and of what may go.
std::optional<std::int64_t> pods_of(const std::string& text, std::int64_t replicas) {
  if (!text.ends_with('%')) return whole_number(text);
  const std::optional<std::int64_t> percent = whole_number(std::string_view(text).substr(0, text.size() - 1));
  if (!percent || *percent < 0 || *percent > 100) return std::nullopt;
  return (*percent * replicas + 99) / 100;
}

std::optional<std::int64_t> may_go(const Budget& budget, std::int64_t replicas) {
  if (budget.max_unavailable) return pods_of(budget.max_unavailable->text, replicas);
  if (!budget.min_available) return std::nullopt;
  const std::optional<std::int64_t> stay = pods_of(budget.min_available->text, replicas);
  return stay ? std::optional(replicas - *stay) : std::nullopt;
}

struct Guarded {
  std::string names;
  std::int64_t least = 0, most = 0;
};

// What the budget selects; nothing when any of it runs in a number that is not known.
std::optional<Guarded> guarded(const Cluster& cluster, const Budget& budget) {
  Guarded out;
  for (const Workload& workload : cluster.workloads) {
    if (!same_space(workload.space, budget.space) || !budget.selector.matches(workload.pods.labels)) continue;
    const auto replicas = cluster.replicas_of(workload);
    if (!replicas) return std::nullopt;
    out.names += (out.names.empty() ? "" : ", ") + workload.title();
    out.least += replicas->first;
    out.most += replicas->second;
  }
  return out.most > 0 && out.most < 1'000'000 ? std::optional(out) : std::nullopt;
}

}  // namespace

void drain_blocked(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const Budget& budget : cluster.budgets) {
    const std::optional<Guarded> pods = guarded(cluster, budget);
    if (!pods) continue;
    const std::optional<std::int64_t> at_most = may_go(budget, pods->most);
    const std::optional<std::int64_t> at_least = may_go(budget, pods->least);
    const bool always = at_most && *at_most <= 0;
    const bool at_minimum = pods->least > 0 && at_least && *at_least <= 0;
    if (!always && !at_minimum) continue;
    const Stated& stated = budget.max_unavailable ? *budget.max_unavailable : *budget.min_available;
    const std::int64_t replicas = always ? pods->most : pods->least;
    report(findings, "drain_blocked", always ? Severity::kError : Severity::kWarning, stated.origin,
           fmt::format("PodDisruptionBudget {}: {}: {}", budget.name, budget.max_unavailable ? "maxUnavailable" : "minAvailable",
                       stated.text),
           replicas == 1 ? "no budget for one replica, or more replicas" : "at least one pod may go: maxUnavailable: 1",
           fmt::format("{} runs {} {}{}; {} must stay, so none may be evicted and a drain waits until it gives up", pods->names,
                       replicas, replicas == 1 ? "replica" : "replicas", always ? "" : " at the least", replicas));
  }
}

}  // namespace isobar::plan::rules::kubernetes
