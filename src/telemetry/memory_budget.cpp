#include "telemetry/memory_budget.h"

#include <fmt/format.h>

namespace isobar::telemetry {

Result<void> MemoryBudget::reserve(std::uint64_t bytes, Code code) {
  if (try_reserve(bytes)) return {};
  // Where this budget had room, one above it refused: that is nobody's own fault, so trying later may help.
  const MemoryBudget* refusing = this;
  while (refusing->parent_ != nullptr && (refusing->limit_ == 0 || refusing->used_bytes() + bytes <= refusing->limit_)) {
    refusing = refusing->parent_;
  }
  return fail(refusing == this ? code : Code::kUnavailable,
              fmt::format("memory budget \"{}\" exceeded: {} bytes wanted, {} of {} in use; raise it with {}",
                          refusing->name_, bytes, refusing->used_bytes(), refusing->limit_, refusing->setting_));
}

}  // namespace isobar::telemetry
