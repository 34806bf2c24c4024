// Internal: the rules for Terraform, one to a file of its name.
#pragma once

#include "plan/check/finding.h"
#include "plan/check/terraform/configuration.h"

namespace isobar::plan::rules::terraform {

using plan::terraform::Configuration;

#define ISOBAR_RULE(name) void name(const Configuration& configuration, const Ledger& ledger, Findings& findings)
ISOBAR_RULE(zones);
ISOBAR_RULE(nat_subnet);
ISOBAR_RULE(nat_switches);
ISOBAR_RULE(public_endpoint);
ISOBAR_RULE(group_size);
ISOBAR_RULE(disk_type);
ISOBAR_RULE(max_pods);
ISOBAR_RULE(architecture);
ISOBAR_RULE(replication_off);
#undef ISOBAR_RULE

}  // namespace isobar::plan::rules::terraform
