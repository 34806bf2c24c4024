// A quorum of a replication factor takes that many writers.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/helm/rules.h"

namespace isobar::plan::rules::values {
namespace {

struct Ring {
  std::string_view chart, factor, writers;
  std::vector<std::pair<std::string_view, std::string_view>> when;  // stated like this, or the ring is another
};

const std::vector<Ring>& rings() {
  static const std::vector<Ring> kRings{
      {"loki", "loki.commonConfig.replication_factor", "singleBinary.replicas", {{"deploymentMode", "SingleBinary"}}},
      {"loki", "loki.commonConfig.replication_factor", "singleBinary.replicas", {{"deploymentMode", "Monolithic"}}},
      {"loki", "loki.commonConfig.replication_factor", "write.replicas", {{"deploymentMode", "SimpleScalable"}}},
      {"loki", "loki.commonConfig.replication_factor", "ingester.replicas", {{"deploymentMode", "Distributed"}}},
      {"mimir-distributed",
       "mimir.structuredConfig.ingester.ring.replication_factor",
       "ingester.replicas",
       {{"ingester.zoneAwareReplication.enabled", "false"}}},
  };
  return kRings;
}

}  // namespace

void replication(const helm::Values& values, const Ledger&, Findings& findings) {
  for (const Ring& ring : rings()) {
    const bool applies =
        std::all_of(ring.when.begin(), ring.when.end(), [&](const auto& one) { return values.says(one.first, one.second); });
    const std::optional<std::int64_t> factor = values.number(ring.factor);
    const std::optional<std::int64_t> writers = values.number(ring.writers);
    if (ring.chart != values.chart || !applies || !factor || !writers || *writers < 1 || *factor > 100) continue;
    const std::int64_t quorum = *factor / 2 + 1;
    if (*writers >= quorum) continue;
    report(findings, "replication", Severity::kError, values.place(ring.writers),
           fmt::format("{}: {} with {}: {}", ring.writers, *writers, ring.factor, *factor),
           fmt::format("at least {}, or {}: {}", quorum, ring.factor, *writers),
           fmt::format("a write succeeds when {} of {} copies do ({} / 2 + 1); {} can never be reached by {}", quorum, *factor,
                       *factor, quorum, *writers));
  }
}

}  // namespace isobar::plan::rules::values
