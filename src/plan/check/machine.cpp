#include "plan/check/machine.h"

#include <algorithm>

#include <fmt/format.h>

namespace isobar::plan {
namespace {

// Thousandths of a core that the kubelet keeps.
std::int64_t reserved_cpu(std::int64_t cores) {
  std::int64_t quarters = 0;  // of a thousandth: 0.25% of a core is 2.5m
  for (std::int64_t core = 0; core < cores; ++core) quarters += core == 0 ? 240 : core == 1 ? 40 : core < 4 ? 20 : 10;
  return (quarters + 3) / 4;
}

}  // namespace

std::optional<Machine> machine_of(const Ledger& ledger, std::string_view type) {
  const auto at =
      std::find_if(ledger.instances.begin(), ledger.instances.end(), [&](const Instance& one) { return one.id == type; });
  if (at == ledger.instances.end()) return std::nullopt;
  const auto whole = [](const Rational& number) { return number.numerator() / number.denominator(); };
  const std::int64_t interfaces = whole(at->enis);
  const std::int64_t addresses = whole(at->ips_per_eni) - 1;
  const std::int64_t memory = whole(at->memory_mib);
  Machine machine;
  machine.type = at->id;
  machine.max_pods = interfaces * addresses + 2;
  machine.max_pods_custom = (interfaces - 1) * addresses + 2;
  machine.memory_mib = memory * 925 / 1000 - (11 * machine.max_pods + 255 + 100);
  machine.cpu_m = 1000 * whole(at->vcpu) - reserved_cpu(whole(at->vcpu));
  machine.memory_derivation =
      fmt::format("{}: {} MiB x 0.925 - (11 x {} pods + 255 + 100) MiB kept by the kubelet = {} MiB for pods", machine.type,
                  grouped(memory), machine.max_pods, grouped(machine.memory_mib));
  return machine;
}

std::string grouped(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0 && digits[i - 1] != '-') out += ',';
    out += digits[i];
  }
  return out;
}

std::string mebibytes(std::int64_t bytes) { return grouped((bytes + (1 << 20) - 1) >> 20) + " MiB"; }

}  // namespace isobar::plan
