#include "plan/render/isobar_deployment.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace isobar::plan::rendering {
namespace {

constexpr std::int64_t kVolumeGib = 20;
constexpr std::int64_t kLeastMemoryMib = 256;
constexpr std::int64_t kLeastCpuM = 50;

// The flags of a log in the object store, and what replicas share, come with them. Until then a ledger that calls them built
// would get manifests that promise it.
Result<void> refuse_unknown(const ProfileFacts& facts) {
  for (const std::string_view capability : {"object_store", "replicas"}) {
    if (!facts.built(capability)) continue;
    return fail(
        Code::kUnprocessable,
        fmt::format(
            "the ledger says that this is built, but isobar serve of this version has no flag for it; set built: false: {}",
            capability));
  }
  return {};
}

std::int64_t half_down_to_256(std::int64_t mib) {
  return std::max(kLeastMemoryMib, mib / 2 / 256 * 256);
}

void size_memory(const ProfileFacts& facts, const Instance& instance, IsobarDeployment& out) {
  const std::int64_t whole = instance.memory_mib.numerator() / instance.memory_mib.denominator();
  const std::int64_t node = facts.quantity("nodes.allocatable_mib").value_or(whole);
  const std::string half =
      fmt::format("{}: half of the {} MiB that {} has for pods", facts.id_of("node.type"), node, instance.id);
  out.memory_limit_mib = {half_down_to_256(node), half};
  const std::optional<std::int64_t> measured = facts.measured("isobar_memory_mib");
  if (!measured) {
    out.memory_request_mib = {out.memory_limit_mib.value, "not measured: the limit is reserved"};
    return;
  }
  out.memory_request_mib = {*measured, "measured.isobar_memory_mib"};
  if (*measured > out.memory_limit_mib.value) out.memory_limit_mib = {*measured, "measured.isobar_memory_mib"};
}

void size_cpu(const ProfileFacts& facts, const Instance& instance, IsobarDeployment& out) {
  if (const std::optional<std::int64_t> measured = facts.measured("isobar_cpu_m")) {
    out.cpu_request_m = {std::max(kLeastCpuM, *measured),
                         *measured < kLeastCpuM ? fmt::format("measured.isobar_cpu_m is {}; queries come on top", *measured) : "measured.isobar_cpu_m"};
    return;
  }
  const std::int64_t cores = instance.vcpu.numerator() / instance.vcpu.denominator();
  out.cpu_request_m = {cores * 125, fmt::format("not measured: an eighth of the {} cores of {} ({})", cores, instance.id,
                                                facts.id_of("node.type"))};
}

void size_volume(const ProfileFacts& facts, IsobarDeployment& out) {
  const std::optional<std::int64_t> measured = facts.measured("isobar_s3_gb");
  out.volume_gib = measured ? Sourced<std::int64_t>{*measured * 2, "twice measured.isobar_s3_gb"}
                            : Sourced<std::int64_t>{kVolumeGib, "not measured: it can grow while it is in use"};
}

std::string volume_price(const ProfileFacts& facts, std::int64_t gib) {
  const std::optional<Rational> price = facts.price("ebs_gp3_gb");
  const Result<Rational> month = price ? price->times(gib) : fail(Code::kNotFound, "price");
  const Result<std::int64_t> cents = month ? month->rounded(100) : fail(month.error());
  return cents ? fmt::format("${}.{:02} a month that the plan does not have", *cents / 100, *cents % 100)
               : std::string("its price is not in the plan");
}

// What the profile plans and these files do not hold.
Result<void> add_gaps(const ProfileFacts& facts, IsobarDeployment& out) {
  const std::string id = facts.id_of("isobar.replicas");
  TRY(const std::int64_t replicas, facts.whole("isobar.replicas"));
  TRY(const std::string log, facts.text("isobar.log"));
  TRY(const std::int64_t zones, facts.whole("node.zones"));
  const auto note = [&](std::string text) { out.notes.push_back(std::move(text)); };
  if (replicas > 1) {
    note(
        fmt::format("{}: {} replicas are planned; replicas are not built (capability replicas), so one is deployed, and CP-10 is "
                    "not met by it",
                    id, replicas));
  }
  if (log == "object") {
    note(
        fmt::format("{}: the log in an object store is planned; it is not built (capability object_store), so log and blocks lie "
                    "on a volume of {} GiB: {}",
                    id, out.volume_gib.value, volume_price(facts, out.volume_gib.value)));
    note(zones > 1 ? fmt::format(
                         "{}: the volume is bound to the zone in which the pod first starts; while that zone is away, Isobar is",
                         facts.id_of("node.zones"))
                   : fmt::format("{}: the volume is bound to the zone of the nodes; they must come back in that zone",
                                 facts.id_of("node.zones")));
  }
  if (const auto agent = facts.truth("velero.node_agent"); agent && !*agent) {
    note(fmt::format("{}: nothing backs up the volume (capability backup)", facts.id_of("velero.node_agent")));
  }
  if (!facts.built("retention"))
    note(fmt::format("{}: blocks are kept until the volume is full; retention is not built, so watch its free space",
                     facts.id_of("prometheus.retention_days")));
  if (!facts.built("access_control")) {
    note(
        fmt::format("{}: no Ingress is rendered; the listener has neither TLS nor accounts (capability access_control), so only "
                    "pods that the network policy names reach it",
                    facts.id_of("load_balancers")));
  }
  if (out.own_key.value)
    note(
        fmt::format("{}: the volume gets your key when storageClass.kmsKeyId is set; until then it is encrypted with that of AWS",
                    facts.id_of("kms.keys")));
  return {};
}

}  // namespace

MemoryBudget budget_of(std::int64_t limit) {
  const std::int64_t head = limit * 3 / 8;
  return {.head = head, .queries = limit / 4, .query = limit / 8, .bodies = limit / 16, .flush = head / 8};
}

Result<std::vector<std::pair<std::string, std::string>>> required_tags(const ProfileFacts& facts) {
  const std::array<std::pair<std::string, std::string>, 6> names{{{"Environment", facts.profile()},
                                                                  {"Project", "observability"},
                                                                  {"Owner", "platform-team"},
                                                                  {"CostCenter", "platform"},
                                                                  {"DataClass", "internal"},
                                                                  {"ManagedBy", "opentofu"}}};
  TRY(const std::int64_t count, facts.whole("tags.required"));
  if (count > static_cast<std::int64_t>(names.size())) {
    return fail(Code::kUnprocessable, fmt::format("decision {}: at most {} required tags can be rendered, not {}",
                                                  facts.id_of("tags.required"), names.size(), count));
  }
  return std::vector<std::pair<std::string, std::string>>(names.begin(), names.begin() + count);
}

Result<IsobarDeployment> isobar_deployment(const ProfileFacts& facts, std::string_view version) {
  TRYV(refuse_unknown(facts));
  IsobarDeployment out;
  out.profile = facts.profile();
  out.title = facts.title();
  out.version = std::string(version);
  TRY(const std::string type, facts.text("node.type"));
  const Instance* instance = facts.instance(type);
  if (instance == nullptr)
    return fail(Code::kUnprocessable,
                fmt::format("decision {}: the ledger has no instance of this type: {}", facts.id_of("node.type"), type));
  size_memory(facts, *instance, out);
  size_cpu(facts, *instance, out);
  size_volume(facts, out);
  TRY(const std::int64_t least, facts.whole("nodes.min"));
  const std::string c3 = facts.decision("nodes.min");
  out.keep_volume = {least > 0, least > 0 ? fmt::format("{} nodes at least: the volume outlives the release", c3)
                                          : fmt::format("{} nodes at least: what is uninstalled is thrown away", c3)};
  TRY(const bool mesh, facts.truth("mesh.mtls"));
  out.mesh = {mesh, facts.decision("mesh.mtls")};
  TRY(const std::int64_t keys, facts.whole("kms.keys"));
  out.own_key = {keys > 0, facts.decision("kms.keys")};
  TRY(out.tags.value, required_tags(facts));
  out.tags.source = facts.decision("tags.required");
  out.replicas_source = facts.decision("isobar.replicas");
  TRYV(add_gaps(facts, out));
  return out;
}

}  // namespace isobar::plan::rendering
