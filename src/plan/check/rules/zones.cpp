// EKS and application load balancers need subnets in at least two zones. Nodes may stand in one.
#include <fmt/format.h>
#include <re2/re2.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

// "1 AZ", "single zone", "us-east-1a"; "1a, 1b" are two, and "1 per AZ" is as many as there are zones.
bool is_one(const std::string& cell) {
  static const re2::RE2 letter(R"(\b(?:[a-z]+-[a-z]+-)?\d[a-f]\b)");
  static const re2::RE2 single(R"(^(?:only )?(?:one|single)(?: (?:az|zone|availability zone|subnet))?\b)");
  const std::string in = lower(cell);
  if (has_any(in, {"node", "per az", "per zone", "per availability zone", "each", "in every"})) return false;
  re2::StringPiece rest(in);
  int letters = 0;
  while (re2::RE2::FindAndConsume(&rest, letter)) ++letters;
  if (letters > 1) return false;
  const std::optional<Range> count = count_in(cell);
  if (letters == 1) return in.find('/') == std::string::npos && (!count || count->high == 1);
  return count ? count->high == 1 : re2::RE2::PartialMatch(in, single);
}

}  // namespace

void zones(const Document& document, const Ledger&, Findings& findings) {
  if (!document.mentions("eks") && !document.mentions("alb") && !document.mentions("load balancer")) return;
  for (const DocumentRow* row : document.decisions()) {
    const bool vpc_zones = has_any(row->item, {"availability zone", "availability zones", "az", "zones of the vpc"}) &&
                           !has_any(row->item, {"node", "worker", "ingester", "rds", "database", "nat", "kafka", "msk", "storage", "volume", "bastion", "ebs", "cache", "redis", "pod"});
    const bool public_subnets = has_any(row->item, {"public subnet"});
    if (!vpc_zones && !public_subnets) continue;
    for (const std::string* cell : {&row->prod, &row->dev}) {
      if (!is_one(*cell)) continue;
      add(findings, "zones", Severity::kError, document, row->line, fmt::format("{}: {}", row->item, *cell), "at least 2; nodes alone may stand in one zone",
          "EKS asks for subnets in two zones at creation (docs.aws.amazon.com/eks network_reqs), a load balancer too");
    }
  }
}

}  // namespace isobar::plan::rules
