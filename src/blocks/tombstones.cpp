#include "blocks/tombstones.h"

#include <algorithm>
#include <tuple>

#include "blocks/manifest.h"

namespace isobar::blocks {
namespace {

bool before(const Tombstone& a, const Tombstone& b) { return std::tie(a.partition, a.position) < std::tie(b.partition, b.position); }

}  // namespace

DeletedSeries::DeletedSeries(std::span<const Tombstone> tombstones, model::Position end, model::Position applied, std::string_view tenant,
                             Timestamp min, Timestamp max) {
  for (const Tombstone& tombstone : tombstones) {
    const model::SeriesDeletion& deletion = *tombstone.deletion;
    if (tombstone.position < end || tombstone.position <= applied || deletion.tenant != tenant || deletion.min > max || deletion.max < min) continue;
    deletions_.push_back(&deletion);
  }
}

model::TimeRanges DeletedSeries::ranges_of(const model::Labels& labels) const {
  model::TimeRanges ranges;
  for (const model::SeriesDeletion* deletion : deletions_) {
    if (!ranges.covers(deletion->min, deletion->max) && deletion->matches(labels)) ranges.add(deletion->min, deletion->max);
  }
  return ranges;
}

void settle_tombstones(Manifest& manifest, model::PartitionId partition, std::span<const Tombstone> known) {
  Tombstones& all = manifest.tombstones;
  for (const Tombstone& tombstone : known) {
    const auto at = std::lower_bound(all.begin(), all.end(), tombstone, before);
    if (at == all.end() || before(tombstone, *at)) all.insert(at, tombstone);
  }
  std::erase_if(all, [&](const Tombstone& tombstone) {
    return tombstone.partition == partition && std::none_of(manifest.blocks.begin(), manifest.blocks.end(), [&](const BlockEntry& block) {
             return block.partition == partition && block.meant_by(tombstone.position);
           });
  });
}

}  // namespace isobar::blocks
