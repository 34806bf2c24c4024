// The downsampling of MetricsStore: companions of blocks whose day is over, one after the other, and how they stand beside
// their blocks.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "blocks/companions.h"
#include "follower/metrics_store.h"
#include "tsdb/downsampled_block.h"
#include "tsdb/generation_blocks.h"

namespace isobar::follower {

MetricsStore::OpenBlocks MetricsStore::flat(const OpenBlocks& blocks) {
  OpenBlocks all;
  for (const OpenBlock& block : blocks) {
    all.push_back({block.entry, block.handle, {}});
    all.insert(all.end(), block.coarser.begin(), block.coarser.end());
  }
  return all;
}

MetricsStore::OpenBlocks MetricsStore::grouped(const OpenBlocks& all) {
  using Key = std::tuple<std::uint32_t, ingest_log::Position, ingest_log::Position, std::int64_t>;
  std::map<Key, std::size_t> places;
  OpenBlocks blocks;
  for (const OpenBlock& one : all) {
    const blocks::BlockEntry& entry = one.entry;
    const auto [place, added] = places.try_emplace({entry.partition.value, entry.first, entry.end, tsdb::bucket_of(entry.min_time.ms)}, blocks.size());
    if (added) {
      blocks.push_back(one);
      continue;
    }
    OpenBlock& block = blocks[place->second];
    OpenBlocks versions = flat({block});
    versions.push_back(one);
    std::stable_sort(versions.begin(), versions.end(),
                     [](const OpenBlock& a, const OpenBlock& b) { return a.entry.resolution < b.entry.resolution; });
    block = versions.front();
    block.coarser.assign(versions.begin() + 1, versions.end());
  }
  return blocks;
}

bool MetricsStore::has_resolution(const OpenBlock& block, Duration resolution) {
  return block.entry.resolution == resolution ||
         std::any_of(block.coarser.begin(), block.coarser.end(), [&](const OpenBlock& c) { return !c.handle->faulty() && c.entry.resolution == resolution; });
}

Result<bool> MetricsStore::downsample_once() {
  if (options_.downsampling.empty()) return false;
  const std::lock_guard lock(compact_mutex_);
  const std::vector<Merge> all = blocks_by_partition();
  const Timestamp now = clock_.now();
  for (const Merge& partition : all) {
    if (merge_is_due(partition.inputs)) continue;  // companions would be made again
    for (const OpenBlock& block : partition.inputs) {
      const std::int64_t day = tsdb::bucket_of(block.entry.min_time.ms);
      const bool over = now.ms - options_.compaction.settled.ms > (day + 1) * tsdb::kBlockBucket.ms;
      const bool meant = std::any_of(partition.tombstones->begin(), partition.tombstones->end(),
                                     [&](const blocks::Tombstone& t) { return block.entry.meant_by(t.position); });
      if (!usable(block) || !over || meant || block.entry.samples == 0) continue;
      for (const Duration resolution : options_.downsampling) {
        if (resolution <= block.entry.resolution || has_resolution(block, resolution) || past_keep(resolution, block.entry.max_time)) continue;
        if (stopping_) return false;
        TRYV(add_companion(block, resolution));
        return true;
      }
    }
  }
  return false;
}

Result<void> MetricsStore::add_companion(const OpenBlock& block, Duration resolution) {
  auto made = make_companion(block, resolution);
  if (!made) {
    if (made.error().code == Code::kCorrupt) set_aside({block});
    return compaction_failed(made.error());
  }
  recovered("compaction");
  Partition& p = *partitions_[block.entry.partition.value];
  const std::lock_guard lock(views_mutex_);
  OpenBlocks next = flat(*p.blocks);
  // In the place of one that cannot be read.
  std::erase_if(next, [&](const OpenBlock& other) { return other.entry.resolution == resolution && blocks::same_content(other.entry, block.entry); });
  next.push_back(*std::move(made));
  p.blocks = std::make_shared<const OpenBlocks>(grouped(next));
  return {};
}

Result<MetricsStore::OpenBlock> MetricsStore::make_companion(const OpenBlock& block, Duration resolution) {
  // An attempt whose outcome stayed unknown may have been published.
  std::vector<blocks::BlockEntry> damaged;
  for (const blocks::BlockEntry& listed : manifest_.current().blocks) {
    if (listed.resolution != resolution || !blocks::companion_of(listed, block.entry)) continue;
    auto opened = readable_block(listed);
    if (opened) return opened;
    // Else it would be made again and again while the store cannot be reached.
    if (opened.error().code == Code::kUnavailable) return opened;
    damaged.push_back(listed);
  }
  blocks::BlockEntry entry = block.entry;
  entry.resolution = resolution;
  entry.id = free_block_id(entry, {block});
  entry.key = new_key_of(entry.id);
  const auto stop = [this]() -> Result<void> {
    if (stopping_.load(std::memory_order_relaxed)) return fail(Code::kUnavailable, "the process stops");
    return {};
  };
  TRY(const auto object, objects_.create(entry.key));
  tsdb::BlockWriter writer([&object](std::string_view piece) { return object->append(piece); }, tsdb::BlockWriter::Kind::kDownsampled);
  TRY(const auto source, block.handle->open());
  source->prefetch_all();
  TRYV(tsdb::write_downsampled(*source, resolution, writer, stop));
  entry.series = writer.summary().series;
  entry.samples = writer.summary().samples;
  TRY(entry.size_bytes, writer.finish());
  TRYV(object->commit());
  // Queries will read it instead of the block, so it must be whole.
  TRY(OpenBlock made, readable_block(entry));
  TRYV((*made.handle->open())->verify());
  TRYV(manifest_.update([&](blocks::Manifest& m) -> Result<void> {
    const bool there = std::any_of(m.blocks.begin(), m.blocks.end(), [&](const blocks::BlockEntry& e) { return e.id == block.entry.id; });
    if (!there) return fail(Code::kConflict, "the block to downsample is gone from the manifest");
    std::erase_if(m.blocks, [&](const blocks::BlockEntry& e) { return e.resolution == resolution && blocks::companion_of(e, block.entry); });
    m.blocks.push_back(entry);
    return {};
  }));
  for (const blocks::BlockEntry& gone : damaged) {
    recovered("block " + gone.id);
    (void)objects_.remove(gone.key);
  }
  downsamples_.add();
  return made;
}

}  // namespace isobar::follower
