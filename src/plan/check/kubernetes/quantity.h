// Quantities of Kubernetes: 100m, 0.5, 128Mi, 1G, 1e3 (docs: Resource Management for Pods and Containers).
//
// Thread safety: functions of their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace isobar::plan::kubernetes {

// In thousandths, rounded up; nothing for what is no quantity, negative, or above 2^62 thousandths.
std::optional<std::int64_t> quantity_milli(std::string_view text);
// Whole units, rounded up: bytes of memory.
std::optional<std::int64_t> quantity_whole(std::string_view text);
// A plain integer, as replicas and ports are.
std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace isobar::plan::kubernetes
