// The rules of plan check, one to a file of its name.
#pragma once

#include "plan/check/check.h"

namespace isobar::plan::rules {

#define ISOBAR_RULE(name) void name(const Document& document, const Ledger& ledger, Findings& findings)
ISOBAR_RULE(sum);
ISOBAR_RULE(percentage);
ISOBAR_RULE(price);
ISOBAR_RULE(impact);
ISOBAR_RULE(disk_type);
ISOBAR_RULE(missing_line);
ISOBAR_RULE(pod_count);
ISOBAR_RULE(scale_to_zero);
ISOBAR_RULE(shared_volume);
ISOBAR_RULE(zones);
ISOBAR_RULE(nat_subnet);
ISOBAR_RULE(max_pods);
ISOBAR_RULE(known_false);
ISOBAR_RULE(release_date);
ISOBAR_RULE(control_fit);
ISOBAR_RULE(retention);
ISOBAR_RULE(free_waiver);
ISOBAR_RULE(ingest_storage);
#undef ISOBAR_RULE

inline void add(Findings& findings, std::string rule, Severity severity, const Document& document, int line, std::string stated,
                std::string holds, std::string derivation) {
  findings.push_back({std::move(rule), severity, document.markdown.file, line, std::move(stated), std::move(holds), std::move(derivation)});
}

}  // namespace isobar::plan::rules
