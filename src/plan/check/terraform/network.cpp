#include "plan/check/terraform/network.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "plan/check/kubernetes/quantity.h"

namespace isobar::plan::terraform {
namespace {

using Kind = Value::Kind;

// Zones by what is written for them: equal words are the same zone. Nothing for what nobody knows.
struct Found {
  std::set<std::string> names;
  std::size_t subnets = 0;
  bool certain = true;  // all subnets and all their zones are known
  std::string derivation;
};

void add_derivation(Found& found, const std::string& text) {
  if (found.derivation.find(text) == std::string::npos) found.derivation += (found.derivation.empty() ? "" : "; ") + text;
}

void add_subnet(const Resource& subnet, Found& found) {
  ++found.subnets;
  const Value* zone = subnet.body.find("availability_zone");
  if (unset(zone)) zone = subnet.body.find("availability_zone_id");
  if (unset(zone) || subnet.repeated || zone->text.find("each.") != std::string::npos ||
      zone->text.find("count.") != std::string::npos) {
    // One subnet lies in one zone, whichever.
    found.names.insert("of " + subnet.title());
    found.certain = found.certain && !subnet.repeated;
    if (subnet.repeated || !unset(zone)) found.certain = false;
    add_derivation(found, fmt::format("{} says no zone", subnet.title()));
    return;
  }
  found.names.insert(zone->text);
  add_derivation(found, fmt::format("{} ({}) lies in {}", subnet.title(), subnet.origin.to_string(), zone->text));
}

// How many items a list has for certain: written out, or the slice of a longer one.
std::optional<std::size_t> length_of(const Value* list) {
  if (list == nullptr) return std::nullopt;
  if (list->kind == Kind::kList) return list->items.size();
  if (list->kind != Kind::kCall || list->text != "slice" || list->items.size() != 3) return std::nullopt;
  const std::optional<std::int64_t> from = number_of(&list->items[1]);
  const std::optional<std::int64_t> to = number_of(&list->items[2]);
  if (!from || !to || *to < *from) return std::nullopt;
  return static_cast<std::size_t>(*to - *from);
}

std::size_t distinct(const Value& list) {
  std::set<std::string> names;
  for (const Value& item : list.items) names.insert(item.text);
  return list.kind == Kind::kList ? names.size() : SIZE_MAX;
}

// module.vpc.private_subnets: as many zones as azs and subnets there are.
void add_module_subnets(const ModuleCall& module, const Value& reference, Found& found) {
  const std::size_t dot = reference.text.rfind('.');
  const std::string output = reference.text.substr(dot + 1, reference.text.find('[', dot) - dot - 1);
  const bool one = reference.text.find('[', dot) != std::string::npos && !reference.text.ends_with("[*]");
  const Value* azs = module.body.find("azs");
  const Value* subnets = module.body.find(output);
  std::optional<std::size_t> zones = length_of(azs);
  if (zones) zones = std::min(*zones, distinct(*azs));
  const std::optional<std::size_t> count = one ? std::optional<std::size_t>(1) : length_of(subnets);
  if (!is_module(module, "vpc") || (!zones && count != 1)) {
    found.certain = false;
    return;
  }
  const std::size_t used = count ? std::min(zones.value_or(1), *count) : *zones;
  if (one) {
    // Of several named one by one the zones follow from the index, which is modulo the zones.
    found.names.insert(zones == 1 ? "the zone of module." + module.name : reference.text);
    if (zones != 1) found.certain = found.certain && found.subnets == 0;
  } else {
    for (std::size_t i = 0; i < std::min<std::size_t>(used, 16); ++i)
      found.names.insert(fmt::format("zone {} of module.{}", i + 1, module.name));
  }
  found.subnets += count.value_or(used);
  const Value& stated = zones && used == *zones ? *azs : *subnets;
  add_derivation(found, fmt::format("module {} ({}:{}) has {} {}", module.name, module.origin.file, stated.line, used,
                                    zones && used == *zones ? (used == 1 ? "zone" : "zones") : output));
}

void add(const Configuration& configuration, const Value& value, Found& found) {
  if (value.kind == Kind::kList) {
    for (const Value& item : value.items) add(configuration, item, found);
    return;
  }
  if (value.kind == Kind::kCall &&
      (value.text == "concat" || value.text == "flatten" || value.text == "toset" || value.text == "distinct")) {
    for (const Value& item : value.items) add(configuration, item, found);
    return;
  }
  if (const ModuleCall* module = configuration.module_named(value)) return add_module_subnets(*module, value, found);
  const std::vector<const Resource*> subnets = configuration.named(value);
  if (subnets.empty() || subnets[0]->type != "aws_subnet") found.certain = false;
  for (const Resource* subnet : subnets) add_subnet(*subnet, found);
}

// --- routes ---------------------------------------------------------------------------------------------------------

const Value* range_of(const Value& route) {
  const Value* inside = route.find("cidr_block");
  return unset(inside) ? route.find("destination_cidr_block") : inside;
}

bool speaks_of(const Value* value, std::string_view type) {
  if (unset(value)) return false;
  return value->text.find(type) != std::string::npos ||
         std::any_of(value->references.begin(), value->references.end(),
                     [&](const std::string& one) { return one.find(type) != std::string::npos; });
}

Route target_of(const Value& route) {
  if (speaks_of(route.find("gateway_id"), "aws_internet_gateway")) return Route::kInternet;
  return speaks_of(route.find("nat_gateway_id"), "aws_nat_gateway") ? Route::kPrivate : Route::kUnknown;
}

SubnetRoute default_route(const Configuration& configuration, const Resource& table) {
  bool unknown = false;
  SubnetRoute out;
  const auto look = [&](const Value& route, const std::string& where) {
    if (route.kind == Kind::kUnknown) unknown = true;
    const Value* range = range_of(route);
    unknown = unknown || (!unset(range) && !range->is_literal());
    if (text_of(range) != "0.0.0.0/0") return;
    const Route target = target_of(route);
    if (target == Route::kUnknown) unknown = true;
    else if (out.route != Route::kInternet)
      out = {target, fmt::format("{} sends 0.0.0.0/0 to {}", where,
                                 target == Route::kInternet ? "an internet gateway" : "a NAT gateway")};
  };
  if (const Value* routes = table.body.find("route")) {
    unknown = unknown || (routes->kind != Kind::kList && routes->kind != Kind::kNull);
    for (const Value& route : routes->items) look(route, fmt::format("{} ({})", table.title(), table.origin.to_string()));
  }
  for (const Resource* route : configuration.of_type("aws_route")) {
    const Value* of = route->body.find("route_table_id");
    if (unset(of)) continue;
    const Resource* of_table = configuration.only_named(*of, "aws_route_table");
    unknown = unknown || of_table == nullptr;
    if (of_table != nullptr && of_table->address == table.address)
      look(route->body, fmt::format("{} ({})", route->title(), route->origin.to_string()));
  }
  if (out.route != Route::kUnknown) return out;
  // All routes are here, and none of them leads out.
  if (!unknown && configuration.has("aws_internet_gateway"))
    return {Route::kPrivate,
            fmt::format("{} ({}) has no route to the internet gateway", table.title(), table.origin.to_string())};
  return {};
}

bool is_called_private(const Resource& subnet) {
  const Value* tags = subnet.body.find("tags");
  const Value* name = tags == nullptr ? nullptr : tags->find("Name");
  const bool tagged = tags != nullptr && (tags->find("kubernetes.io/role/internal-elb") != nullptr ||
                                          (name != nullptr && name->text.find("private") != std::string::npos));
  return tagged || subnet.name.find("private") != std::string::npos;
}

// --- node groups ----------------------------------------------------------------------------------------------------

std::vector<std::string> texts_of(const Value* list) {
  std::vector<std::string> out;
  if (list == nullptr || list->kind != Kind::kList) return out;
  for (const Value& item : list->items) {
    if (!item.is_literal()) return {};
    out.push_back(item.text);
  }
  return out;
}

NodeGroup group_of(const Configuration& configuration, const Resource& resource) {
  NodeGroup out;
  out.name = resource.title();
  out.origin = resource.origin;
  const Value* least = get(resource.body, "scaling_config.min_size");
  out.min = number_of(least);
  out.max = number_of(get(resource.body, "scaling_config.max_size"));
  out.desired = number_of(get(resource.body, "scaling_config.desired_size"));
  out.min_origin = {resource.origin.file, least == nullptr ? resource.origin.line : least->line};
  out.types = texts_of(resource.body.find("instance_types"));
  out.zones = zones_of(configuration, resource.body.find("subnet_ids"));
  out.ami_type = text_of(resource.body.find("ami_type")).value_or("");
  return out;
}

// An argument of a group of the module, or else of its defaults.
const Value* setting(const Value& group, const Value* defaults, std::string_view name) {
  const Value* own = group.find(name);
  return own != nullptr || defaults == nullptr ? own : defaults->find(name);
}

void add_module_groups(const Configuration& configuration, const ModuleCall& module, Nodes& out) {
  for (const char* other : {"self_managed_node_groups", "fargate_profiles", "cluster_compute_config", "compute_config"})
    out.complete = out.complete && unset(module.body.find(other));
  const Value* groups = module.body.find("eks_managed_node_groups");
  if (groups == nullptr) return;
  if (groups->kind != Kind::kObject) out.complete = false;
  const Value* defaults = module.body.find("eks_managed_node_group_defaults");
  for (const hcl::Field& field : groups->fields) {
    NodeGroup group;
    group.name = fmt::format("node group {} of module {}", field.name, module.name);
    group.origin = {module.origin.file, field.value.line};
    if (field.value.kind != Kind::kObject) out.complete = false;
    const Value* least = setting(field.value, defaults, "min_size");
    group.min = number_of(least);
    group.max = number_of(setting(field.value, defaults, "max_size"));
    group.desired = number_of(setting(field.value, defaults, "desired_size"));
    group.min_origin = {module.origin.file, least == nullptr ? field.value.line : least->line};
    group.types = texts_of(setting(field.value, defaults, "instance_types"));
    const Value* subnets = setting(field.value, defaults, "subnet_ids");
    group.zones = zones_of(configuration, subnets != nullptr ? subnets : module.body.find("subnet_ids"));
    group.ami_type = text_of(setting(field.value, defaults, "ami_type")).value_or("");
    out.groups.push_back(std::move(group));
  }
}

bool mentions(const Value& value, std::string_view name, std::string_view wanted) {
  for (const hcl::Field& field : value.fields) {
    if ((field.name == name && field.value.text == wanted) || mentions(field.value, name, wanted)) return true;
  }
  return std::any_of(value.items.begin(), value.items.end(), [&](const Value& item) { return mentions(item, name, wanted); });
}

// {"env": {"A": "true"}} of a plan is a text; quotes and spaces aside it reads as the value does.
bool text_sets(const Value& value, std::string_view name) {
  std::string bare;
  for (const char c : value.text) {
    if (c != ' ' && c != '"' && c != '\n') bare += c;
  }
  return bare.find(std::string(name) + ":true") != std::string::npos ||
         bare.find(std::string(name) + "=true") != std::string::npos;
}

bool sets(const Value* value, std::string_view name) {
  return value != nullptr && (mentions(*value, name, "true") || text_sets(*value, name));
}

constexpr std::string_view kCustom = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG";
constexpr std::string_view kPrefixes = "ENABLE_PREFIX_DELEGATION";

}  // namespace

std::optional<Zones> zones_of(const Configuration& configuration, const Value* subnets) {
  if (unset(subnets) || (subnets->kind == Kind::kList && subnets->items.empty())) return std::nullopt;
  Found found;
  add(configuration, *subnets, found);
  const bool unnamed =
      std::any_of(found.names.begin(), found.names.end(), [](const std::string& name) { return name.starts_with("of "); });
  // Several subnets without a zone lie where AWS puts them.
  if (!found.certain || found.names.empty() || (unnamed && found.subnets > 1)) return std::nullopt;
  return Zones{found.names.size(), found.derivation};
}

SubnetRoute route_of(const Configuration& configuration, const Resource& subnet) {
  bool associated = false;
  for (const Resource* one : configuration.of_type("aws_route_table_association")) {
    const Value* of = one->body.find("subnet_id");
    const Value* table = one->body.find("route_table_id");
    if (unset(of) || unset(table)) continue;
    const Resource* of_subnet = configuration.only_named(*of, "aws_subnet");
    // One that cannot be read may be of any subnet.
    associated = associated || of_subnet == nullptr || of_subnet->address == subnet.address;
    if (of_subnet == nullptr || of_subnet->address != subnet.address) continue;
    const Resource* of_table = configuration.only_named(*table, "aws_route_table");
    return of_table == nullptr ? SubnetRoute{} : default_route(configuration, *of_table);
  }
  const bool own_public = truth_of(subnet.body.find("map_public_ip_on_launch")) == true;
  if (associated || own_public || !is_called_private(subnet)) return {};
  return {Route::kPrivate, fmt::format("{} ({}) is called private, and nothing routes it to an internet gateway", subnet.title(),
                                       subnet.origin.to_string())};
}

Nodes nodes_of(const Configuration& configuration) {
  Nodes out;
  for (const Resource* one : configuration.of_type("aws_eks_node_group")) {
    out.complete = out.complete && !one->repeated;
    out.groups.push_back(group_of(configuration, *one));
  }
  for (const ModuleCall& module : configuration.modules) {
    if (is_module(module, "eks")) add_module_groups(configuration, module, out);
    out.karpenter = out.karpenter || module.source.find("karpenter") != std::string::npos ||
                    module.name.find("karpenter") != std::string::npos;
  }
  for (const Resource& one : configuration.resources) {
    out.karpenter = out.karpenter || (one.type == "helm_release" &&
                                      text_of(one.body.find("chart")).value_or(one.name).find("karpenter") != std::string::npos);
    if (one.type == "aws_eks_fargate_profile" || one.type == "aws_autoscaling_group") out.complete = false;
    if (one.type == "aws_eks_cluster" && !unset(one.body.find("compute_config"))) out.complete = false;
  }
  out.complete = out.complete && !out.karpenter && !out.groups.empty();
  return out;
}

std::optional<Origin> custom_networking(const Configuration& configuration) {
  for (const Resource* one : configuration.of_type("aws_eks_addon")) {
    const Value* values = one->body.find("configuration_values");
    if (text_of(one->body.find("addon_name")) == "vpc-cni" && sets(values, kCustom) && !sets(values, kPrefixes))
      return Origin{one->origin.file, values->line};
  }
  for (const ModuleCall& module : configuration.modules) {
    for (const char* key : {"cluster_addons.vpc-cni.configuration_values", "addons.vpc-cni.configuration_values"}) {
      const Value* values = is_module(module, "eks") ? get(module.body, key) : nullptr;
      if (sets(values, kCustom) && !sets(values, kPrefixes)) return Origin{module.origin.file, values->line};
    }
  }
  return std::nullopt;
}

bool gives_prefixes(const Configuration& configuration) {
  return std::any_of(configuration.resources.begin(), configuration.resources.end(),
                     [](const Resource& one) { return sets(one.body.find("configuration_values"), kPrefixes); }) ||
         std::any_of(configuration.modules.begin(), configuration.modules.end(),
                     [](const ModuleCall& one) { return sets(&one.body, kPrefixes); });
}

}  // namespace isobar::plan::terraform
