// Deletes that are not yet applied to every block: the manifest names them, reads and merges look through them.
//
// A delete stands in the log of each partition at a position and means only what has lower ones. It ends the generation
// before it, so it covers a block or generation whole or not at all: those that end at or below its position. What a
// merge or a rewrite has applied is noted in the block's entry (BlockEntry::deletes_through). Values; thread-safe to read.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/position.h"
#include "model/series_deletion.h"
#include "model/time_ranges.h"

namespace isobar::blocks {

struct Tombstone {
  model::PartitionId partition;
  model::Position position;  // of the delete record
  Timestamp time;            // when it was asked for
  std::shared_ptr<const model::SeriesDeletion> deletion;
};
using Tombstones = std::vector<Tombstone>;  // ascending by partition, then position; each once

struct Manifest;

// What is deleted of the series of one tenant in one block or generation that ends at `end` and to which deletes up to
// `applied` are applied. Only what meets [min, max]. Refers to `tombstones`, which are of one partition.
class DeletedSeries {
 public:
  DeletedSeries() = default;
  DeletedSeries(std::span<const Tombstone> tombstones, model::Position end, model::Position applied, std::string_view tenant,
                Timestamp min, Timestamp max);
  // True if nothing is: the usual case, and nothing need be asked of series.
  bool none() const { return deletions_.empty(); }
  model::TimeRanges ranges_of(const model::Labels& labels) const;
  std::span<const model::SeriesDeletion* const> deletions() const { return deletions_; }

 private:
  std::vector<const model::SeriesDeletion*> deletions_;
};

// Adds those of `known` (of one partition) that the manifest lacks, then drops those of the partition that no block of
// it needs any more.
void settle_tombstones(Manifest& manifest, model::PartitionId partition, std::span<const Tombstone> known);

}  // namespace isobar::blocks
