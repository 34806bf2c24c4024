// Internal: the rules for values of charts, one to a file of its name.
#pragma once

#include "plan/check/finding.h"
#include "plan/check/helm/values.h"

namespace isobar::plan::rules::values {

#define ISOBAR_RULE(name) void name(const helm::Values& values, const Ledger& ledger, Findings& findings)
ISOBAR_RULE(ingest_storage);
ISOBAR_RULE(known_bad);
ISOBAR_RULE(loki_storage);
ISOBAR_RULE(loki_retention);
ISOBAR_RULE(replication);
ISOBAR_RULE(shared_volume);
ISOBAR_RULE(retention_size);
ISOBAR_RULE(plain_secret);
#undef ISOBAR_RULE

}  // namespace isobar::plan::rules::values
