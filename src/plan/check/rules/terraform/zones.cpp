// EKS and application load balancers need subnets in at least two zones. Nodes may stand in one.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/terraform/rules.h"
#include "plan/check/terraform/network.h"

namespace isobar::plan::rules::terraform {
namespace {

using namespace plan::terraform;

void one_zone(const Configuration& configuration, const std::string& what, const Origin& place, const hcl::Value* subnets,
              std::string_view why, Findings& findings) {
  const std::optional<Zones> zones = zones_of(configuration, subnets);
  if (!zones || zones->count != 1) return;
  report(findings, "zones", Severity::kError, {place.file, subnets->line}, fmt::format("{}: subnets in one zone", what),
         "subnets in at least two zones; nodes alone may stand in one", fmt::format("{}; {}", zones->derivation, why));
}

constexpr std::string_view kCluster =
    "EKS refuses a cluster whose subnets lie in fewer than two zones (EKS network requirements)";
constexpr std::string_view kBalancer = "an application load balancer needs subnets of two zones (ELBv2 API)";

void load_balancer(const Configuration& configuration, const std::string& what, const Origin& place, const hcl::Value& body,
                   Findings& findings) {
  const std::optional<std::string> type = unset(body.find("load_balancer_type")) ? std::optional<std::string>("application")
                                                                                 : text_of(body.find("load_balancer_type"));
  if (type != "application") return;  // one of the network type may stand in one zone
  if (!unset(body.find("subnets"))) return one_zone(configuration, what, place, body.find("subnets"), kBalancer, findings);
  one_zone(configuration, what, place, get(body, "subnet_mapping.subnet_id"), kBalancer, findings);
}

}  // namespace

void zones(const Configuration& configuration, const Ledger&, Findings& findings) {
  for (const Resource& one : configuration.resources) {
    if (one.type == "aws_eks_cluster")
      one_zone(configuration, one.title(), one.origin, get(one.body, "vpc_config.subnet_ids"), kCluster, findings);
    if (one.type == "aws_lb" || one.type == "aws_alb") load_balancer(configuration, one.title(), one.origin, one.body, findings);
  }
  for (const ModuleCall& one : configuration.modules) {
    const hcl::Value* control_plane = one.body.find("control_plane_subnet_ids");
    const hcl::Value* subnets =
        unset(control_plane) || control_plane->items.empty() ? one.body.find("subnet_ids") : control_plane;
    if (is_module(one, "eks")) one_zone(configuration, "module " + one.name, one.origin, subnets, kCluster, findings);
    if (is_module(one, "alb")) load_balancer(configuration, "module " + one.name, one.origin, one.body, findings);
  }
}

}  // namespace isobar::plan::rules::terraform
