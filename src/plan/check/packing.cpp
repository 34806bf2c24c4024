#include "plan/check/packing.h"

#include <algorithm>

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

Fit fit(const std::vector<PodDemand>& pods, const NodeRoom& node, std::int64_t nodes) {
  std::int64_t memory = 0;
  std::int64_t cpu = 0;
  std::int64_t large = 0;
  const PodDemand* largest = nullptr;
  for (const PodDemand& pod : pods) {
    memory += pod.memory_mib;
    cpu += pod.cpu_m;
    large += static_cast<std::int64_t>(2 * pod.memory_mib > node.memory_mib);
    if (largest == nullptr || pod.memory_mib > largest->memory_mib) largest = &pod;
  }
  const auto count = static_cast<std::int64_t>(pods.size());
  if (largest != nullptr && nodes > 0 && largest->memory_mib > node.memory_mib) return {Limit::kLargest, largest->memory_mib, node.memory_mib, largest->name};
  if (memory > nodes * node.memory_mib) return {Limit::kMemory, memory, nodes * node.memory_mib, ""};
  if (cpu > nodes * node.cpu_m) return {Limit::kCpu, cpu, nodes * node.cpu_m, ""};
  if (count > nodes * node.pods) return {Limit::kPods, count, nodes * node.pods, ""};
  if (large > nodes) return {Limit::kLarge, large, nodes, largest->name};
  return {};
}

}  // namespace isobar::plan
