// A volume stays in its zone. Fewer nodes than zones leave one empty, and what has its volume there does not start.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/ledger/rules.h"

namespace isobar::plan::rules::ledger {
void zone_bound_volume(const LedgerProfiles& input, const Ledger& ledger, Findings& findings) {
  for (const Evaluation& profile : input.profiles) {
    const std::optional<std::int64_t> zones = whole_in(profile, "node.zones");
    const std::optional<std::int64_t> least = whole_in(profile, "nodes.min");
    const std::string scaler = text_in(profile, "scaler");
    const Value& volumes = profile.footprint.volumes;
    if (!zones || !least || *zones < 2 || *least >= *zones || scaler == "per_az" || scaler == "karpenter") continue;
    if (!volumes.measured() || volumes.number.is_zero()) continue;
    report(findings, "zone_bound_volume", Severity::kError, place_of(ledger, "nodes.min"),
           fmt::format("{}: {} with nodes in {} zones and {} volumes", profile.profile,
                       decision_text(ledger, "nodes.min", profile.profile), *zones, volumes.to_string()),
           fmt::format("at least {}, a node group for each zone, or nodes in one zone", *zones),
           fmt::format("{} {} leave {} of {} zones empty, and one group over all zones cannot choose which; a pod whose EBS "
                       "volume lies there stays Pending",
                       *least, *least == 1 ? "node may" : "nodes may", *zones - *least, *zones));
  }
}

}  // namespace isobar::plan::rules::ledger
