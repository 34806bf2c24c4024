#include "plan/check/together.h"

namespace isobar::plan {

std::optional<Machine> largest_of(const Ledger& ledger, const terraform::NodeGroup& group) {
  std::optional<Machine> largest;
  for (const std::string& type : group.types) {
    const std::optional<Machine> machine = machine_of(ledger, type);
    if (!machine) return std::nullopt;
    if (!largest || machine->memory_mib > largest->memory_mib) largest = machine;
  }
  return largest;
}

}  // namespace isobar::plan
