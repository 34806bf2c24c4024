// An API server that answers the whole internet.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/terraform/rules.h"

namespace isobar::plan::rules::terraform {
namespace {

using namespace plan::terraform;

bool everyone(const hcl::Value* ranges) {
  if (unset(ranges)) return true;  // the default of the provider and of the module
  return std::any_of(ranges->items.begin(), ranges->items.end(), [](const hcl::Value& one) { return one.text == "0.0.0.0/0"; });
}

void add(const std::string& what, const Origin& place, std::string_view name, Findings& findings) {
  report(findings, "public_endpoint", Severity::kWarning, place, fmt::format("{}: {} = true for 0.0.0.0/0", what, name),
         "private only, or the ranges that need it",
         "anyone may try credentials and flaws of the API server; a private endpoint costs nothing (SC-7)");
}

}  // namespace

void public_endpoint(const Configuration& configuration, const Ledger&, Findings& findings) {
  for (const Resource* one : configuration.of_type("aws_eks_cluster")) {
    const hcl::Value* access = get(one->body, "vpc_config.endpoint_public_access");
    if (truth_of(access) != true || !everyone(get(one->body, "vpc_config.public_access_cidrs"))) continue;
    add(one->title(), {one->origin.file, access->line}, "endpoint_public_access", findings);
  }
  for (const ModuleCall& one : configuration.modules) {
    for (const char* prefix : {"cluster_", ""}) {
      const std::string name = std::string(prefix) + "endpoint_public_access";
      const hcl::Value* access = one.body.find(name);
      if (!is_module(one, "eks") || truth_of(access) != true || !everyone(one.body.find(name + "_cidrs"))) continue;
      add("module " + one.name, {one.origin.file, access->line}, name, findings);
    }
  }
}

}  // namespace isobar::plan::rules::terraform
