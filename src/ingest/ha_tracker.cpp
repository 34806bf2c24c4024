#include "ingest/ha_tracker.h"

#include <algorithm>
#include <array>

namespace isobar::ingest {

Hash128 HaTracker::key_of(std::string_view cluster, std::string_view job, std::string_view instance, std::string_view metric) {
  const std::string_view last = instance.empty() ? metric : instance;
  const std::array<std::uint64_t, 4> parts{hash64(cluster), hash64(job), hash64(last), instance.empty() ? 1U : 0U};
  return hash128({reinterpret_cast<const char*>(parts.data()), sizeof(parts)});
}

bool HaTracker::is_report(std::string_view metric) {
  static constexpr std::array<std::string_view, 8> kReports{
      "scrape_body_size_bytes", "scrape_duration_seconds", "scrape_sample_limit", "scrape_samples_post_metric_relabeling",
      "scrape_samples_scraped", "scrape_series_added", "scrape_timeout_seconds", "up"};
  return metric == "up" || (metric.starts_with("scrape_") && std::find(kReports.begin(), kReports.end(), metric) != kReports.end());
}

HaTracker::Target* HaTracker::find_or_add(const Hash128& key, std::uint64_t most, Timestamp now) {
  auto at = targets_.find(key);
  if (at == targets_.end()) {
    if (now >= next_sweep_) forget_old(now);
    if (targets_.size() >= most) return nullptr;
    at = targets_.try_emplace(key).first;
  }
  at->second.touched = now.ms;
  return &at->second;
}

// Ten minutes apart: a walk over all targets for each one that is new would be quadratic.
void HaTracker::forget_old(Timestamp now) {
  std::erase_if(targets_, [&](const auto& entry) { return entry.second.touched < (now - kForget).ms; });
  next_sweep_ = now + Duration::minutes(10);
}

bool HaTracker::observe(Target& t, std::uint64_t replica, std::int64_t timestamp, bool weak) {
  if (t.owner == 0) t.owner = replica;
  if (t.owner != replica) return take_over(t, replica, timestamp, weak);
  if (timestamp > t.newest) {
    // The longest of late, slowly forgotten: series of several scrapes may share job and instance.
    if (t.newest != INT64_MIN) {
      t.interval = std::clamp(std::max(timestamp - t.newest, t.interval - t.interval / 8), kLeastIntervalMs, kMostIntervalMs);
    }
    t.newest = timestamp;
  }
  if (!weak) t.newest_data = std::max(t.newest_data, timestamp);
  return false;
}

bool HaTracker::take_over(Target& t, std::uint64_t replica, std::int64_t timestamp, bool weak) {
  // An owner that only ever reported has nothing that could be doubled: data takes over at once.
  const bool only_reports = !weak && t.newest_data == INT64_MIN;
  const std::int64_t last = weak || only_reports ? t.newest : t.newest_data;
  const std::int64_t interval = t.interval != 0 ? t.interval : kUnknownIntervalMs;
  if (timestamp <= last + (only_reports ? 0 : interval * 3 / 2)) return false;
  const std::int64_t keep_after = last + (only_reports ? 0 : t.interval / 2);
  // The one that had it before has it again: perhaps the interval was taken for too short, and they would go on so.
  if (replica == t.former) t.interval = std::min(interval * 2, kMostIntervalMs);
  t.former = t.owner;
  t.former_from = t.keep_from;
  t.former_until = t.newest;
  t.owner = replica;
  t.keep_from = keep_after + 1;
  t.newest = timestamp;
  t.newest_data = weak ? INT64_MIN : timestamp;
  return true;
}

bool HaTracker::keeps(const Target& t, std::uint64_t replica, std::int64_t timestamp) {
  if (replica == t.owner) return timestamp >= t.keep_from;
  return replica == t.former && timestamp >= t.former_from && timestamp <= t.former_until;
}

}  // namespace isobar::ingest
