// gp2 costs more than gp3 and does less.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/terraform/rules.h"

namespace isobar::plan::rules::terraform {
namespace {

using namespace plan::terraform;

std::string price_of(const Ledger& ledger, std::string_view id) {
  const auto found = std::find_if(ledger.prices.begin(), ledger.prices.end(), [&](const Price& one) { return one.id == id; });
  return found == ledger.prices.end() ? "" : "$" + found->usd.to_string();
}

// Every volume_type or type of a disk below; sizes stand beside it.
void walk(const hcl::Value& value, const std::string& what, const std::string& file, const Ledger& ledger, Findings& findings) {
  for (const hcl::Value& item : value.items) walk(item, what, file, ledger, findings);
  for (const hcl::Field& field : value.fields) {
    walk(field.value, what, file, ledger, findings);
    if (field.name != "volume_type" || text_of(&field.value) != "gp2") continue;
    report(findings, "disk_type", Severity::kWarning, {file, field.value.line}, fmt::format("{}: volume_type gp2", what),
           "gp3 is the cheaper one at every size",
           fmt::format("gp2 {} and gp3 {} for a GB-month; gp3 has 3,000 IOPS without regard to size",
                       price_of(ledger, "ebs_gp2_gb"), price_of(ledger, "ebs_gp3_gb")));
  }
}

}  // namespace

void disk_type(const Configuration& configuration, const Ledger& ledger, Findings& findings) {
  if (price_of(ledger, "ebs_gp2_gb").empty() || price_of(ledger, "ebs_gp3_gb").empty()) return;
  for (const Resource& one : configuration.resources) {
    if (one.type == "aws_instance" || one.type == "aws_launch_template" || one.type == "aws_launch_configuration")
      walk(one.body, one.title(), one.origin.file, ledger, findings);
    const hcl::Value* type = one.type == "aws_ebs_volume" ? one.body.find("type") : nullptr;
    if (text_of(type) != "gp2") continue;
    report(findings, "disk_type", Severity::kWarning, {one.origin.file, type->line}, fmt::format("{}: type gp2", one.title()),
           "gp3 is the cheaper one at every size",
           fmt::format("gp2 {} and gp3 {} for a GB-month; gp3 has 3,000 IOPS without regard to size",
                       price_of(ledger, "ebs_gp2_gb"), price_of(ledger, "ebs_gp3_gb")));
  }
  for (const ModuleCall& one : configuration.modules) {
    const bool of_machines = is_module(one, "eks") || is_module(one, "ec2-instance") || is_module(one, "autoscaling");
    if (of_machines) walk(one.body, "module " + one.name, one.origin.file, ledger, findings);
  }
}

}  // namespace isobar::plan::rules::terraform
