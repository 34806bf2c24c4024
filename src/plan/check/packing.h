// Whether pods fit on equal nodes: proofs that they cannot, and a packing that shows how many find no place.
//
// The packing places the largest first, where it just fits (best fit decreasing). It is no proof that nothing fits; excess()
// speaks only on proof: more memory, CPU or pods than all nodes have, a pod larger than a node, or more pods than nodes
// that are larger than half of one.
// Thread safety: functions of their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace isobar::plan {

struct PodDemand {
  std::string name;
  std::int64_t memory_mib = 0;
  std::int64_t cpu_m = 0;
};

struct NodeRoom {
  std::int64_t memory_mib = 0;
  std::int64_t cpu_m = 0;
  std::int64_t pods = 0;
};

struct Packing {
  std::int64_t pods_left = 0;
  std::int64_t memory_left = 0;  // of those, MiB
};
Packing pack(std::vector<PodDemand> pods, const NodeRoom& node, std::int64_t nodes);

enum class Limit { kMemory, kCpu, kPods, kLargest, kLarge };
struct Excess {
  Limit limit = Limit::kMemory;
  std::int64_t demand = 0, room = 0;
  std::string largest;  // of kLargest
  // "36,637 MiB requested, 28,324 MiB there".
  std::string to_string() const;
};
// Everything that proves that they do not fit; empty when nothing does.
std::vector<Excess> excess(const std::vector<PodDemand>& pods, const NodeRoom& node, std::int64_t nodes);
std::string excess_text(const std::vector<Excess>& found);

}  // namespace isobar::plan
