// Which blocks to merge next. Pure.
//
// Blocks of one partition and one bucket of time are neighbours by log position. While a bucket still grows, a run of
// neighbours is merged when there are enough of them and the largest is no larger than the others together: each merge
// then at least doubles what it rewrites most of, so a sample is rewritten a logarithmic number of times. A bucket that
// is over is merged into one block.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "blocks/manifest.h"

namespace isobar::blocks {

struct CompactionOptions {
  Duration bucket = Duration::hours(24);
  std::size_t least_blocks = 4;
  std::size_t most_blocks = 64;          // of one job: each costs a mapped file and an index
  Duration settled = Duration::hours(3);  // after its end a bucket counts as over
};

// What is returned shares partition and bucket and is in order of position, two blocks or more. `entries` in the order
// of the manifest. Blocks that are not `usable` (damaged) are left, and nothing is merged across them: they keep their
// place in the order of positions.
std::optional<std::vector<BlockEntry>> next_compaction(std::span<const BlockEntry> entries, Timestamp now, const CompactionOptions& options,
                                                       const std::function<bool(const BlockEntry&)>& usable);

}  // namespace isobar::blocks
