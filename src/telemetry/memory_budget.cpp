#include "telemetry/memory_budget.h"

#include <fmt/format.h>

namespace isobar::telemetry {

Result<void> MemoryBudget::reserve(std::uint64_t bytes, Code code) {
  if (try_reserve(bytes)) return {};
  return fail(code, fmt::format("memory budget \"{}\" exceeded: {} bytes wanted, {} of {} in use; raise it with {}",
                                name_, bytes, used_bytes(), limit_, setting_));
}

}  // namespace isobar::telemetry
