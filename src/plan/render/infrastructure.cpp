#include "plan/render/infrastructure.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace isobar::plan::rendering {
namespace {

constexpr std::string_view kRegion = "us-east-1";
constexpr std::int64_t kLeastZones = 2;  // of EKS and of load balancers
constexpr std::int64_t kMostZones = 6;

// t4g, m7g, c7gn: a "g" behind the generation is Graviton.
bool is_arm(const std::string& type) {
  const std::string family = type.substr(0, type.find('.'));
  const std::size_t digit = family.find_first_of("0123456789");
  const std::size_t behind = digit == std::string::npos ? digit : family.find_first_not_of("0123456789", digit);
  return behind != std::string::npos && family[behind] == 'g';
}

// The n-th of `parts` shares of `total`; the first ones take what does not divide.
std::int64_t share(std::int64_t total, std::int64_t parts, std::int64_t n) {
  return total / parts + (n < total % parts ? 1 : 0);
}

class Reader {
 public:
  explicit Reader(const ProfileFacts& facts) : facts_(facts) {}

  Result<Infrastructure> read() {
    TRYV(network());
    TRYV(access());
    TRYV(machines());
    TRYV(groups());
    return std::move(out_);
  }

 private:
  Result<Sourced<std::int64_t>> whole(std::string_view setting) const {
    TRY(const std::int64_t value, facts_.whole(setting));
    return Sourced<std::int64_t>{value, facts_.decision(setting)};
  }

  Result<Sourced<bool>> truth(std::string_view setting) const {
    TRY(const bool value, facts_.truth(setting));
    return Sourced<bool>{value, facts_.decision(setting)};
  }

  void correct(std::string& source, const std::string& instead, const std::string& reason) {
    const std::string text = fmt::format("{}; corrected to {}: {}", source, instead, reason);
    out_.notes.push_back(text);
    source = text;
  }

  tl::unexpected<Error> contradiction(std::string_view setting, const std::string& reason) const {
    return fail(Code::kUnprocessable, fmt::format("decision {}: {}", facts_.id_of(setting), reason));
  }

  // At least two, at most one for each zone.
  Result<Sourced<std::int64_t>> subnets(std::string_view setting, const char* who) {
    TRY(Sourced<std::int64_t> count, whole(setting));
    const auto zones = static_cast<std::int64_t>(out_.zones.value.size());
    if (count.value > zones)
      return contradiction(setting, fmt::format("{} subnets in {} zones; write at most {}", count.value, zones, zones));
    if (count.value < kLeastZones) {
      correct(count.source, "2", fmt::format("{} wants subnets in at least two zones", who));
      count.value = kLeastZones;
    }
    return count;
  }

  Result<void> network() {
    TRY(Sourced<std::int64_t> zones, whole("zones"));
    if (zones.value > kMostZones)
      return contradiction("zones", fmt::format("{} has {} zones, not {}", kRegion, kMostZones, zones.value));
    if (zones.value < kLeastZones) {
      correct(zones.source, "2", "EKS and load balancers want subnets in at least two zones; nodes may stand in one");
      zones.value = kLeastZones;
    }
    for (std::int64_t i = 0; i < zones.value; ++i)
      out_.zones.value.push_back(fmt::format("{}{}", kRegion, static_cast<char>('a' + i)));
    out_.zones.source = zones.source;
    TRY(out_.public_subnets, subnets("subnets.public", "a load balancer"));
    TRY(out_.private_subnets, subnets("subnets.private", "EKS"));
    TRY(out_.nat_gateways, whole("nat.gateways"));
    const std::int64_t gateways = out_.nat_gateways.value;
    if (gateways < 1 || gateways > out_.public_subnets.value) {
      return contradiction("nat.gateways", fmt::format("{} NAT gateways in {} public subnets; write 1 to {}", gateways,
                                                       out_.public_subnets.value, out_.public_subnets.value));
    }
    return pods();
  }

  Result<void> pods() {
    TRY(out_.own_pod_subnets, truth("pods.own_subnets"));
    TRY(const bool dual, facts_.truth("vpc.dual_cidr"));
    if (out_.own_pod_subnets.value && !dual) {
      return contradiction("pods.own_subnets", fmt::format("pod subnets need the second range of {}; set vpc.dual_cidr: true",
                                                           facts_.id_of("vpc.dual_cidr")));
    }
    if (dual && !out_.own_pod_subnets.value)
      out_.notes.push_back(fmt::format("{}: no second range is rendered, for nothing uses it", facts_.decision("vpc.dual_cidr")));
    if (out_.private_subnets.value > 4 && out_.own_pod_subnets.value)
      return contradiction("subnets.private", "a second range of /16 holds four pod subnets of /18");
    return {};
  }

  Result<void> access() {
    TRY(const std::int64_t clusters, facts_.whole("eks.clusters"));
    if (clusters != 1) return contradiction("eks.clusters", fmt::format("one cluster can be rendered, not {}", clusters));
    TRY(out_.public_endpoint, truth("endpoint.public"));
    if (out_.public_endpoint.value) {
      out_.notes.push_back(
          fmt::format("{}: name who may reach the endpoint in endpoint_public_access_cidrs; without it tofu plan refuses",
                      out_.public_endpoint.source));
    }
    TRY(const Sourced<std::int64_t> keys, whole("kms.keys"));
    out_.own_keys = {keys.value > 0, keys.source};
    if (keys.value > 0 && keys.value != 3)
      out_.notes.push_back(fmt::format("{}: three keys are rendered, for secrets, EBS and S3", keys.source));
    TRY(out_.bastions, whole("bastion.hosts"));
    TRY(Sourced<bool> sessions, truth("ssm.sessions"));
    if (!sessions.value) correct(sessions.source, "SSM Session Manager", "it has no price and no keys to manage");
    TRY(out_.tags.value, required_tags(facts_));
    out_.tags.source = facts_.decision("tags.required");
    return {};
  }

  Result<void> machines() {
    TRY(out_.instance_type.value, facts_.text("node.type"));
    out_.instance_type.source = facts_.decision("node.type");
    out_.ami_type = is_arm(out_.instance_type.value) ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD";
    const std::optional<std::int64_t> pods = facts_.quantity("nodes.max_pods");
    if (!pods) return fail(Code::kUnprocessable, "rendering needs a quantity that the ledger does not have: nodes.max_pods");
    const char* how = out_.own_pod_subnets.value ? "the first interface carries no pods" : "every interface carries pods";
    out_.max_pods = {*pods, fmt::format("{}, {}: {}", facts_.id_of("node.type"), facts_.id_of("pods.own_subnets"), how)};
    TRY(out_.disk_gib, whole("disk.gib"));
    TRY(out_.disk_type.value, facts_.text("disk.type"));
    out_.disk_type.source = facts_.decision("disk.type");
    if (out_.disk_type.value == "gp2") {
      out_.disk_type.value = "gp3";
      correct(out_.disk_type.source, "gp3", "it is the cheaper of the two, at the same IOPS or more");
    }
    return {};
  }

  bool has_volumes() const {
    const Value& volumes = facts_.evaluation().footprint.volumes;
    const auto isobar = facts_.whole("isobar.replicas");
    return (volumes.measured() && !volumes.number.is_zero()) || (isobar && *isobar > 0);
  }

  Result<void> groups() {
    TRY(const std::int64_t zones, facts_.whole("node.zones"));
    if (zones < 1 || zones > out_.private_subnets.value) {
      return contradiction("node.zones", fmt::format("nodes in {} zones with {} private subnets; write 1 to {}", zones,
                                                     out_.private_subnets.value, out_.private_subnets.value));
    }
    TRY(const std::string scaler, facts_.text("scaler"));
    std::string scaling = facts_.decision("scaler");
    const bool stranding = scaler == "multi_az" && zones > 1 && has_volumes();
    if (stranding) {
      correct(scaling, "one group for each zone",
              "a group over all zones brings nodes back in any of them, and volumes stay in theirs; it costs nothing");
    }
    if (scaler == "karpenter")
      out_.notes.push_back(fmt::format("{}: it is not rendered; the node groups are where it can run", scaling));
    TRY(const Size size, sizes(zones));
    const bool apart = zones > 1 && (stranding || scaler == "per_az" || scaler == "karpenter");
    out_.node_groups.value = apart ? one_for_each_zone(zones, size) : one_group(zones, size);
    out_.node_groups.source = fmt::format("{}; {}; {}; {}; {}", facts_.decision("nodes.count"), size.source,
                                          facts_.decision("nodes.max"), facts_.decision("node.zones"), scaling);
    out_.schedule = {scaler == "schedule", facts_.decision("scaler")};
    return {};
  }

  struct Size {
    std::int64_t least, desired, most;
    std::string source;  // of the least
  };

  Result<Size> sizes(std::int64_t zones) {
    TRY(Sourced<std::int64_t> least, whole("nodes.min"));
    TRY(const std::int64_t count, facts_.whole("nodes.count"));
    TRY(const std::int64_t most, facts_.whole("nodes.max"));
    if (least.value > count || count > most)
      return contradiction("nodes.count", fmt::format("{} nodes are not between {} and {}", count, least.value, most));
    if (least.value > 0 && least.value < zones && has_volumes()) {
      correct(least.source, std::to_string(zones),
              fmt::format("{} nodes over {} zones leave a zone empty, and the volumes there out of reach", least.value, zones));
      least.value = zones;
    }
    const std::int64_t desired = std::max(count, least.value);
    return Size{least.value, desired, std::max(most, desired), least.source};
  }

  std::vector<NodeGroup> one_for_each_zone(std::int64_t zones, const Size& size) const {
    std::vector<NodeGroup> made;
    for (std::int64_t i = 0; i < zones; ++i) {
      const std::string& zone = out_.zones.value[static_cast<std::size_t>(i)];
      made.push_back({fmt::format("zone-{}", zone.back()),
                      {zone},
                      share(size.least, zones, i),
                      share(size.desired, zones, i),
                      std::max<std::int64_t>(1, share(size.most, zones, i))});
    }
    return made;
  }

  std::vector<NodeGroup> one_group(std::int64_t zones, const Size& size) const {
    return {{"nodes", {out_.zones.value.begin(), out_.zones.value.begin() + zones}, size.least, size.desired, size.most}};
  }

  const ProfileFacts& facts_;
  Infrastructure out_;
};

}  // namespace

Result<Infrastructure> infrastructure_of(const ProfileFacts& facts) {
  return Reader(facts).read();
}

}  // namespace isobar::plan::rendering
