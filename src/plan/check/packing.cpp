#include "plan/check/packing.h"

#include <algorithm>

#include <fmt/format.h>

#include "plan/check/machine.h"

namespace isobar::plan {

Packing pack(std::vector<PodDemand> pods, const NodeRoom& node, std::int64_t nodes) {
  std::stable_sort(pods.begin(), pods.end(), [](const PodDemand& a, const PodDemand& b) { return a.memory_mib > b.memory_mib; });
  std::vector<NodeRoom> rooms(static_cast<std::size_t>(std::max<std::int64_t>(nodes, 0)), node);
  Packing out;
  for (const PodDemand& pod : pods) {
    NodeRoom* best = nullptr;
    for (NodeRoom& room : rooms) {
      const bool fits = room.memory_mib >= pod.memory_mib && room.cpu_m >= pod.cpu_m && room.pods > 0;
      if (fits && (best == nullptr || room.memory_mib < best->memory_mib)) best = &room;
    }
    if (best == nullptr) {
      ++out.pods_left;
      out.memory_left += pod.memory_mib;
      continue;
    }
    best->memory_mib -= pod.memory_mib;
    best->cpu_m -= pod.cpu_m;
    --best->pods;
  }
  return out;
}

std::vector<Excess> excess(const std::vector<PodDemand>& pods, const NodeRoom& node, std::int64_t nodes) {
  std::int64_t memory = 0;
  std::int64_t cpu = 0;
  std::int64_t large = 0;
  PodDemand largest;
  for (const PodDemand& pod : pods) {
    memory += pod.memory_mib;
    cpu += pod.cpu_m;
    large += static_cast<std::int64_t>(2 * pod.memory_mib > node.memory_mib);
    if (pod.memory_mib > largest.memory_mib) largest = pod;
  }
  const auto count = static_cast<std::int64_t>(pods.size());
  std::vector<Excess> out;
  if (largest.memory_mib > node.memory_mib) out.push_back({Limit::kLargest, largest.memory_mib, node.memory_mib, largest.name});
  if (memory > nodes * node.memory_mib) out.push_back({Limit::kMemory, memory, nodes * node.memory_mib, ""});
  if (cpu > nodes * node.cpu_m) out.push_back({Limit::kCpu, cpu, nodes * node.cpu_m, ""});
  if (count > nodes * node.pods) out.push_back({Limit::kPods, count, nodes * node.pods, ""});
  if (out.empty() && large > nodes) out.push_back({Limit::kLarge, large, nodes, ""});
  return out;
}

std::string Excess::to_string() const {
  switch (limit) {
    case Limit::kMemory: return fmt::format("{} MiB requested, {} MiB there", grouped(demand), grouped(room));
    case Limit::kCpu: return fmt::format("{}m of CPU requested, {}m there", grouped(demand), grouped(room));
    case Limit::kPods: return fmt::format("{} pods, {} places", demand, room);
    case Limit::kLargest: return fmt::format("{} requests {} MiB, a node has {}", largest, grouped(demand), grouped(room));
    case Limit::kLarge: return fmt::format("{} pods larger than half a node, {} nodes", demand, room);
  }
  return "";
}

std::string excess_text(const std::vector<Excess>& found) {
  std::string out;
  for (const Excess& one : found) out += (out.empty() ? "" : "; ") + one.to_string();
  return out;
}

}  // namespace isobar::plan
