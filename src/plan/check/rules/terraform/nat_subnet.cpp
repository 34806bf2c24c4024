// A NAT gateway stands in a public subnet; in a private one it gives no egress.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/terraform/rules.h"
#include "plan/check/terraform/network.h"

namespace isobar::plan::rules::terraform {
void nat_subnet(const Configuration& configuration, const Ledger&, Findings& findings) {
  using namespace plan::terraform;
  for (const Resource* nat : configuration.of_type("aws_nat_gateway")) {
    const hcl::Value* subnet = nat->body.find("subnet_id");
    if (unset(subnet) || text_of(nat->body.find("connectivity_type")) == "private") continue;
    const Resource* stands_in = configuration.only_named(*subnet, "aws_subnet");
    if (stands_in == nullptr) continue;
    const SubnetRoute route = route_of(configuration, *stands_in);
    if (route.route != Route::kPrivate) continue;
    report(findings, "nat_subnet", Severity::kError, {nat->origin.file, subnet->line},
           fmt::format("{} in {}", nat->title(), stands_in->title()), "a subnet whose route table leads to an internet gateway",
           fmt::format("{}: the gateway itself has no way out, so what is behind it has none either", route.derivation));
  }
}

}  // namespace isobar::plan::rules::terraform
