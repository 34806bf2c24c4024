// What is requested fits on the nodes, and where nodes stand in several zones, on those that are left without one.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/machine.h"
#include "plan/check/rules/ledger/rules.h"

namespace isobar::plan::rules::ledger {
namespace {

struct Nodes {
  std::int64_t count = 0, zones = 1;
  NodeRoom room;  // less what runs on each node
  std::string each;
};

std::optional<Nodes> nodes_in(const Ledger& ledger, const Evaluation& profile, const ProfilePods& pods) {
  const std::optional<Machine> machine = machine_of(ledger, text_in(profile, "node.type"));
  const std::optional<std::int64_t> count = whole_in(profile, "nodes.count");
  const std::optional<std::int64_t> memory = whole_in(profile, "nodes.allocatable_mib");
  const std::optional<std::int64_t> slots = whole_in(profile, "nodes.max_pods");
  if (!count || *count < 1 || *count > 1000 || (!machine && !memory)) return std::nullopt;
  Nodes out;
  out.count = *count;
  out.zones = whole_in(profile, "node.zones").value_or(1);
  out.room.memory_mib = (memory ? *memory : machine->memory_mib) - pods.on_each_node.memory_mib;
  out.room.cpu_m = (machine ? machine->cpu_m : std::int64_t{1} << 40) - pods.on_each_node.cpu_m;
  out.room.pods = (slots ? *slots : machine ? machine->max_pods : std::int64_t{1} << 30) - pods.pods_on_each_node;
  out.each = machine ? machine->memory_derivation : fmt::format("{} MiB for pods on a node", grouped(*memory));
  return out;
}

}  // namespace

void capacity(const LedgerProfiles& input, const Ledger& ledger, Findings& findings) {
  for (const Evaluation& profile : input.profiles) {
    const ProfilePods pods = pods_of(ledger, profile);
    const std::optional<Nodes> nodes = nodes_in(ledger, profile, pods);
    if (!nodes) continue;
    const std::int64_t lost = nodes->zones >= 2 ? (nodes->count + nodes->zones - 1) / nodes->zones : 0;
    for (const std::int64_t left : {nodes->count, nodes->count - lost}) {
      const std::vector<Excess> found = excess(pods.pods, nodes->room, left);
      if (found.empty() || left < 1) continue;
      const Packing packing = pack(pods.pods, nodes->room, left);
      const bool whole = left == nodes->count;
      report(findings, "capacity", whole ? Severity::kError : Severity::kWarning, place_of(ledger, "nodes.count"),
             fmt::format("{}: {}{}", profile.profile, decision_text(ledger, "nodes.count", profile.profile),
                         whole ? "" : fmt::format(" in {} zones", nodes->zones)),
             fmt::format("{}{}: {} {} ({} MiB) find no place",
                         whole ? "" : fmt::format("with {} {}, after the loss of a zone, ", left, left == 1 ? "node" : "nodes"),
                         excess_text(found), packing.pods_left, packing.pods_left == 1 ? "pod" : "pods",
                         grouped(packing.memory_left)),
             fmt::format("{}; {} nodes{}", nodes->each, left,
                         whole ? "" : "; more stand there only once an autoscaler has added them"));
      break;
    }
  }
}

}  // namespace isobar::plan::rules::ledger
