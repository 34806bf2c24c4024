// Switches of terraform-aws-modules/vpc that say one thing and do another.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/terraform/rules.h"

namespace isobar::plan::rules::terraform {
namespace {

using namespace plan::terraform;

bool on(const ModuleCall& module, std::string_view name) { return truth_of(module.body.find(name)) == true; }
bool off(const ModuleCall& module, std::string_view name) {
  return unset(module.body.find(name)) || truth_of(module.body.find(name)) == false;
}

void add(const ModuleCall& module, std::string_view at, std::string stated, std::string holds, std::string derivation,
         Findings& findings) {
  report(findings, "nat_switches", Severity::kError, {module.origin.file, module.body.find(at)->line}, std::move(stated),
         std::move(holds), std::move(derivation));
}

void check(const ModuleCall& module, Findings& findings) {
  const bool single = on(module, "single_nat_gateway");
  const bool each = on(module, "one_nat_gateway_per_az");
  if (off(module, "enable_nat_gateway") && (single || each)) {
    const char* name = single ? "single_nat_gateway" : "one_nat_gateway_per_az";
    return add(module, name, fmt::format("{} = true without enable_nat_gateway", name), "enable_nat_gateway = true",
               "the module makes no NAT gateway unless it is enabled; its default is false", findings);
  }
  if (single && each) {
    return add(module, "one_nat_gateway_per_az", "single_nat_gateway = true and one_nat_gateway_per_az = true", "one of the two",
               "the module then makes one gateway: the loss of its zone takes the way out of all of them", findings);
  }
  const hcl::Value* zones = module.body.find("azs");
  const hcl::Value* subnets = module.body.find("public_subnets");
  const bool listed = zones != nullptr && zones->kind == hcl::Value::Kind::kList &&
                      (subnets == nullptr || subnets->kind == hcl::Value::Kind::kList);
  const std::size_t count = subnets == nullptr ? 0 : subnets->items.size();
  if (each && listed && count < zones->items.size()) {
    add(module, "one_nat_gateway_per_az",
        fmt::format("one_nat_gateway_per_az = true with {} zones and {} public {}", zones->items.size(), count,
                    count == 1 ? "subnet" : "subnets"),
        "a public subnet in each zone", "each gateway stands in a public subnet of its zone (README of the module)", findings);
  }
}

}  // namespace

void nat_switches(const Configuration& configuration, const Ledger&, Findings& findings) {
  for (const ModuleCall& module : configuration.modules) {
    if (is_module(module, "vpc")) check(module, findings);
  }
}

}  // namespace isobar::plan::rules::terraform
