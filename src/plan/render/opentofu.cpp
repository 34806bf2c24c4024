// render_opentofu: the module of templates/opentofu as it is, and the profile as its variables, its test and its README.
#include <algorithm>

#include <fmt/format.h>

#include "plan/render/infrastructure.h"
#include "plan/render/render.h"
#include "plan/render/templates.h"
#include "plan/render/words.h"

namespace isobar::plan {
namespace rendering {
namespace {

// "${" and "%{" begin an expression in a text of HCL; "$${" and "%%{" do not.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '{' && (out.back() == '$' || out.back() == '%')) out += out.back();
    out += c;
  }
  return out + "\"";
}
std::string yes_no(bool truth) {
  return truth ? "true" : "false";
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + quoted(text);
  return "[" + out + "]";
}

// Aligned as tofu fmt does.
std::string map_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::size_t width = 0;
  for (const auto& [key, value] : pairs) width = std::max(width, key.size());
  std::string out;
  for (const auto& [key, value] : pairs) out += fmt::format("  {:<{}} = {}\n", key, width, quoted(value));
  return pairs.empty() ? "{}" : "{\n" + out + "}";
}

std::string groups_of(const std::vector<NodeGroup>& groups) {
  std::string out;
  for (const NodeGroup& group : groups) {
    out += fmt::format(
        "  {} = {{\n    zones        = {}\n    min_size     = {}\n    desired_size = {}\n    max_size     = {}\n  }}\n",
        group.name, list_of(group.zones), group.least, group.desired, group.most);
  }
  return "{\n" + out + "}";
}

// Five days of twelve hours.
constexpr std::string_view kSchedule =
    "{\n  up        = \"0 7 * * 1-5\"\n  down      = \"0 19 * * 1-5\"\n  time_zone = \"Etc/UTC\"\n}";

class Variables {
 public:
  Variables& set(std::string_view name, const std::string& value, const std::string& source = {}) {
    if (!source.empty()) text_ += "\n" + comment(source);
    text_ += fmt::format("{}{} = {}\n", source.empty() ? "\n" : "", name, value);
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string variables_of(const ProfileFacts& facts, const Infrastructure& infra) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : infra.tags.value) keys.push_back(key);
  Variables out;
  out.set("name", quoted(facts.profile()))
      .set("zones", list_of(infra.zones.value), infra.zones.source)
      .set("public_subnet_count", std::to_string(infra.public_subnets.value), infra.public_subnets.source)
      .set("private_subnet_count", std::to_string(infra.private_subnets.value), infra.private_subnets.source)
      .set("pod_cidr", infra.own_pod_subnets.value ? quoted("100.64.0.0/16") : "null", infra.own_pod_subnets.source)
      .set("nat_gateway_count", std::to_string(infra.nat_gateways.value), infra.nat_gateways.source)
      .set("endpoint_public_access", yes_no(infra.public_endpoint.value), infra.public_endpoint.source)
      .set("customer_managed_keys", yes_no(infra.own_keys.value), infra.own_keys.source)
      .set("instance_type", quoted(infra.instance_type.value), infra.instance_type.source)
      .set("ami_type", quoted(infra.ami_type))
      .set("max_pods", std::to_string(infra.max_pods.value), infra.max_pods.source)
      .set("disk_size", std::to_string(infra.disk_gib.value), facts.decision("disk.gib"))
      .set("disk_type", quoted(infra.disk_type.value), infra.disk_type.source)
      .set("node_groups", groups_of(infra.node_groups.value), infra.node_groups.source);
  if (infra.schedule.value) {
    out.set("schedule", std::string(kSchedule),
            infra.schedule.source + "; 60 hours a week here: plan compare --uptime 60 has the price");
  } else {
    out.set("schedule", "null", infra.schedule.source);
  }
  out.set("bastion_count", std::to_string(infra.bastions.value), infra.bastions.source)
      .set("required_tags", list_of(keys), infra.tags.source + "; the seed does not name them")
      .set("tags", map_of(infra.tags.value));
  return fmt::format(
             "# {}: isobar plan render opentofu --profile {}\n# A comment begins with the decision that a value comes from.\n",
             facts.title(), facts.profile()) +
         out.take();
}

class TestFile {
 public:
  void equals(std::string_view what, std::int64_t count, std::string_view message) {
    text_ +=
        fmt::format("\n  assert {{\n    condition     = {} == {}\n    error_message = {}\n  }}\n", what, count, quoted(message));
  }
  void holds(std::string_view condition, std::string_view message) {
    text_ += fmt::format("\n  assert {{\n    condition     = {}\n    error_message = {}\n  }}\n", condition, quoted(message));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// Plans against a provider that is not asked for anything: no account is needed.
std::string test_of(const ProfileFacts& facts, const Infrastructure& infra) {
  TestFile tests;
  const auto count = [](const auto& list) { return static_cast<std::int64_t>(list.size()); };
  tests.equals("length(aws_subnet.public)", infra.public_subnets.value, infra.public_subnets.source);
  tests.equals("length(aws_subnet.private)", infra.private_subnets.value, infra.private_subnets.source);
  tests.equals("length(aws_subnet.pods)", infra.own_pod_subnets.value ? infra.private_subnets.value : 0,
               infra.own_pod_subnets.source);
  tests.equals("length(aws_nat_gateway.this)", infra.nat_gateways.value, infra.nat_gateways.source);
  tests.equals("length(aws_eks_node_group.this)", count(infra.node_groups.value), infra.node_groups.source);
  std::int64_t nodes = 0;
  for (const NodeGroup& group : infra.node_groups.value) nodes += group.desired;
  tests.equals("sum([for group in aws_eks_node_group.this : group.scaling_config[0].desired_size])", nodes,
               facts.decision("nodes.count"));
  tests.equals("length(aws_kms_key.this)", infra.own_keys.value ? 3 : 0, infra.own_keys.source);
  tests.equals("length(aws_instance.bastion)", infra.bastions.value, infra.bastions.source);
  tests.equals("length(aws_autoscaling_schedule.down)", infra.schedule.value ? count(infra.node_groups.value) : 0,
               infra.schedule.source);
  tests.holds(fmt::format("aws_eks_cluster.this.vpc_config[0].endpoint_public_access == {}", yes_no(infra.public_endpoint.value)),
              infra.public_endpoint.source);
  const char* variables =
      infra.public_endpoint.value ? "\n  variables {\n    endpoint_public_access_cidrs = [\"198.51.100.0/24\"]\n  }\n" : "";
  return fmt::format(
      "# tofu test: the profile {} as it would be planned. No account is asked.\nmock_provider \"aws\" {{}}\n\nrun \"profile\" "
      "{{\n  command = plan\n{}{}}}\n",
      facts.profile(), variables, tests.take());
}

std::string readme_of(const ProfileFacts& facts, const Infrastructure& infra) {
  std::string text = fmt::format("# {}\n\n", facts.title());
  text += wrapped(fmt::format("VPC, EKS, nodes and bastion of the profile {}. {}.", facts.profile(), cost_sentence(facts)));
  text += "\n```\ntofu init\ntofu test     # no account is asked\ntofu plan\ntofu apply\naws eks update-kubeconfig --name " +
          facts.profile() + "\n```\n\n";
  text += wrapped(
      "`profile.auto.tfvars` holds what the decisions say, each value with its decision; the other files are the same for every "
      "profile.");
  if (!infra.notes.empty()) text += "\n## What differs from the decisions, or is left to you\n\n" + bullets(infra.notes);
  return text;
}

}  // namespace
}  // namespace rendering

Result<Rendering> render_opentofu(const Ledger& ledger, std::string_view profile) {
  using namespace rendering;
  TRY(const ProfileFacts facts, ProfileFacts::of(ledger, profile));
  TRY(const Infrastructure infra, infrastructure_of(facts));
  Rendering out;
  TRY(out.files, templates("opentofu", {}));
  out.files.push_back({"README.md", readme_of(facts, infra)});
  out.files.push_back({"profile.auto.tfvars", variables_of(facts, infra)});
  out.files.push_back({"tests/profile.tftest.hcl", test_of(facts, infra)});
  out.notes = infra.notes;
  sort_by_path(out.files);
  return out;
}

}  // namespace isobar::plan
