// What a machine type of the ledger leaves for pods on EKS.
//
// Memory: 7.5% of it is the virtual machine's, the kubelet keeps 11 MiB a pod + 255 MiB and evicts below 100 MiB. CPU: the
// kubelet keeps 6% of the first core, 1% of the second, 0.5% of the next two, 0.25% of the rest (amazon-eks-ami, nodeadm).
// Pods: interfaces x (addresses - 1) + 2; custom networking takes the first interface away (EKS best practices).
// Thread safety: functions of their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plan/ledger/ledger.h"

namespace isobar::plan {

struct Machine {
  std::string type;
  std::int64_t memory_mib = 0;  // allocatable
  std::int64_t cpu_m = 0;       // allocatable
  std::int64_t max_pods = 0;
  std::int64_t max_pods_custom = 0;
  std::string memory_derivation;  // "16,384 MiB x 0.925 - (11 x 58 + 255 + 100) = 14,162 MiB"
};

// Nothing when the ledger does not have the type.
std::optional<Machine> machine_of(const Ledger& ledger, std::string_view type);

// 14162 as "14,162".
std::string grouped(std::int64_t number);
// Whole mebibytes, rounded up, as "9,830 MiB".
std::string mebibytes(std::int64_t bytes);

}  // namespace isobar::plan
