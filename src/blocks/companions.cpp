#include "blocks/companions.h"

#include <fmt/format.h>

namespace isobar::blocks {
namespace {

std::int64_t day_of(Timestamp time) {
  constexpr std::int64_t kDay = Duration::hours(24).ms;
  return time.ms / kDay - (time.ms % kDay < 0 ? 1 : 0);
}

}  // namespace

bool same_content(const BlockEntry& a, const BlockEntry& b) {
  return a.partition == b.partition && a.first == b.first && a.end == b.end && day_of(a.min_time) == day_of(b.min_time);
}

std::string resolution_text(Duration resolution) {
  constexpr std::int64_t kHour = Duration::hours(1).ms;
  constexpr std::int64_t kMinute = Duration::minutes(1).ms;
  if (resolution.ms == 0) return {};
  if (resolution.ms % kHour == 0) return fmt::format("{}h", resolution.ms / kHour);
  if (resolution.ms % kMinute == 0) return fmt::format("{}m", resolution.ms / kMinute);
  return fmt::format("{}ms", resolution.ms);
}

}  // namespace isobar::blocks
