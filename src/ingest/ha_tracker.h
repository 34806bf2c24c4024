// HA pairs: two or more Prometheus servers (replicas) of one cluster scrape the same targets and send the same series. Of
// each target one replica's samples are kept at a time; where it stops, the next one's go on.
//
// Decided per target (job and instance), by the timestamps of samples alone: no clock, no election, nothing held back.
//   - The first replica that sends a target owns it, and every sample of the owner is kept.
//   - Another replica takes over with a sample that is more than one and a half scrape intervals newer than the owner's
//     newest. The interval is observed. From then on the former owner's samples are kept only up to its newest at that time.
//   - What the new owner sends begins half an interval after the former owner's newest sample, its backlog included: so two
//     replicas' samples never alternate, and clocks that differ by less than that make no counter fall.
// A gap between the last sample of one and the first of the next is thus at most two and a half intervals, and by how much
// the former owner was late.
//
// A target's series change hands together, so buckets of one histogram come from one scrape. Samples that only report a
// scrape (up, scrape_*), and stale markers, do not keep a target: a replica that cannot reach it any more loses it to one
// that can, while it still writes up=0.
//
// State is memory only. After a restart each target belongs to whoever sends it first.
//
// Not thread-safe; one per tenant, under its lock.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "base/time.h"

namespace isobar::ingest {

class HaTracker {
 public:
  struct Target {
    std::uint64_t owner = 0;     // replicas are known by hash
    std::uint64_t former = 0;    // 0: none
    std::int64_t keep_from = INT64_MIN;      // samples of the owner before it are dropped
    std::int64_t former_from = INT64_MIN;    // keep_from of the former owner
    std::int64_t former_until = INT64_MIN;   // its newest sample when it lost the target
    std::int64_t newest = INT64_MIN;         // of the owner
    std::int64_t newest_data = INT64_MIN;    // of the owner, reports and stale markers apart
    std::int64_t interval = 0;               // milliseconds between its samples; 0: not known yet
    std::int64_t touched = 0;                // ingest time
  };

  static constexpr std::int64_t kUnknownIntervalMs = 20'000;
  static constexpr std::int64_t kLeastIntervalMs = 1'000;
  static constexpr std::int64_t kMostIntervalMs = 600'000;
  static constexpr Duration kForget = Duration::hours(1);

  // Targets of equal job and instance; series without instance go by job and metric name.
  static Hash128 key_of(std::string_view cluster, std::string_view job, std::string_view instance, std::string_view metric);
  // "up" and what else a scrape reports of itself.
  static bool is_report(std::string_view metric);

  // The target, made if it is new; null when there are `most` already. Valid until it is forgotten, kForget after `now`.
  Target* find_or_add(const Hash128& key, std::uint64_t most, Timestamp now);
  std::size_t targets() const { return targets_.size(); }

  // First with all samples of a request, then keeps() for each. True: the target has changed hands. `weak`: a report or a
  // stale marker. Timestamps from 1970 to the far future that a limit admits: sums must stay in range.
  static bool observe(Target& target, std::uint64_t replica, std::int64_t timestamp, bool weak);
  static bool keeps(const Target& target, std::uint64_t replica, std::int64_t timestamp);

 private:
  static bool take_over(Target& target, std::uint64_t replica, std::int64_t timestamp, bool weak);
  void forget_old(Timestamp now);

  std::unordered_map<Hash128, Target, Hash128Hasher> targets_;  // addresses stay
  Timestamp next_sweep_{0};
};

}  // namespace isobar::ingest
