#include "blocks/compaction_schedule.h"

#include <algorithm>
#include <map>

namespace isobar::blocks {
namespace {

using Run = std::span<const BlockEntry>;

std::int64_t bucket_of(Timestamp time, Duration bucket) { return time.ms / bucket.ms - (time.ms % bucket.ms < 0 ? 1 : 0); }

bool worth_it(Run run) {
  std::uint64_t sum = 0;
  std::uint64_t largest = 0;
  for (const BlockEntry& entry : run) {
    sum += entry.size_bytes;
    largest = std::max(largest, entry.size_bytes);
  }
  return largest <= sum - largest;
}

// The longest run that is worth it; of equal ones the first.
Run longest(Run all, const CompactionOptions& options) {
  for (std::size_t length = std::min(all.size(), options.most_blocks); length >= std::max<std::size_t>(2, options.least_blocks); --length) {
    for (std::size_t from = 0; from + length <= all.size(); ++from) {
      if (worth_it(all.subspan(from, length))) return all.subspan(from, length);
    }
  }
  return {};
}

Run choose(Run neighbours, bool over, const CompactionOptions& options) {
  if (neighbours.size() < 2) return {};
  if (over) return neighbours.subspan(0, std::min(neighbours.size(), options.most_blocks));
  return longest(neighbours, options);
}

}  // namespace

std::optional<std::vector<BlockEntry>> next_compaction(std::span<const BlockEntry> entries, Timestamp now, const CompactionOptions& options,
                                                       const std::function<bool(const BlockEntry&)>& usable) {
  std::map<std::pair<std::uint32_t, std::int64_t>, std::vector<BlockEntry>> groups;
  for (const BlockEntry& entry : entries) groups[{entry.partition.value, bucket_of(entry.min_time, options.bucket)}].push_back(entry);
  for (auto& [key, group] : groups) {
    std::sort(group.begin(), group.end(), [](const BlockEntry& a, const BlockEntry& b) { return a.first < b.first; });
    const bool over = now.ms - options.settled.ms > (key.second + 1) * options.bucket.ms;
    for (std::size_t from = 0; from < group.size();) {
      std::size_t to = from;
      while (to < group.size() && usable(group[to])) ++to;
      const Run run = choose(Run(group).subspan(from, to - from), over, options);
      if (!run.empty()) return std::vector<BlockEntry>(run.begin(), run.end());
      from = to + 1;
    }
  }
  return std::nullopt;
}

}  // namespace isobar::blocks
