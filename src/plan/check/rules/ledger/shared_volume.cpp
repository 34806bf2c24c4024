// Replicas of a Deployment that share a claim do not start on another node. A claim of all is a row of kind Container.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/ledger/rules.h"

namespace isobar::plan::rules::ledger {
namespace {

std::int64_t whole(const Ledger& ledger, const Evaluation& profile, const Expression& expression) {
  const Result<Value> value = evaluate_in(ledger, profile.settings, expression);
  return value && value->kind == Value::Kind::kNumber && value->number.is_whole() ? value->number.numerator() : 0;
}

// The decision whose setting gives the replicas, or else the row.
Origin place_of_replicas(const Ledger& ledger, const PodRow& row) {
  for (const std::string& name : row.replicas.names()) {
    if (ledger.decision_of(name) != nullptr) return place_of(ledger, name);
  }
  return row.origin;
}

}  // namespace

void shared_volume(const LedgerProfiles& input, const Ledger& ledger, Findings& findings) {
  for (const Evaluation& profile : input.profiles) {
    for (const EvaluatedComponent& one : profile.components) {
      const std::vector<PodRow>& rows = one.component->pods;
      const auto is_claim = [&](const PodRow& row) {
        return row.kind == "Container" && whole(ledger, profile, row.volume_gib) > 0;
      };
      if (!one.present || std::none_of(rows.begin(), rows.end(), is_claim)) continue;
      for (const PodRow& row : rows) {
        const std::int64_t replicas = whole(ledger, profile, row.replicas);
        if (row.kind != "Deployment" || replicas < 2) continue;
        report(findings, "shared_volume", Severity::kError, place_of_replicas(ledger, row),
               fmt::format("{}: {} replicas of {} share one claim", profile.profile, replicas, one.component->title),
               "one replica, or storage that several nodes can mount",
               "one Deployment with one ReadWriteOnce claim: the second pod ends in a Multi-Attach error on another node "
               "(bitnami/charts#4257)");
      }
    }
  }
}

}  // namespace isobar::plan::rules::ledger
