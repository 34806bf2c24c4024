// The compacting half of MetricsStore: merges blocks of a day, one job at a time, beside flushes and queries.
#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "blocks/block_name.h"
#include "blocks/companions.h"
#include "follower/metrics_store.h"
#include "telemetry/log.h"
#include "tsdb/block_merge.h"
#include "tsdb/generation_blocks.h"

namespace isobar::follower {
namespace {

// Counts against the block by its name only: the files of a merge are removed when nobody may want them any more.
bool names(const std::vector<blocks::BlockEntry>& entries, const std::string& id) {
  return std::any_of(entries.begin(), entries.end(), [&](const blocks::BlockEntry& e) { return e.id == id; });
}

}  // namespace

// What may be merged, by partition, with the deletes that may mean it. A merge joins positions, and a delete between them
// that is still only in the log would mean no block any more. So a partition is left out until everything below the ends
// of its blocks is folded; imported blocks end above the watermark.
std::vector<MetricsStore::Merge> MetricsStore::blocks_by_partition() {
  std::vector<Merge> all;
  for (const auto& p : partitions_) {
    shards_.call(shard_of(*p), [&] {
      (void)catch_up(*p);
      const std::lock_guard views(views_mutex_);
      const bool folded = std::all_of(p->blocks->begin(), p->blocks->end(), [&](const OpenBlock& block) { return block.entry.end <= p->next; });
      all.push_back({folded ? *p->blocks : OpenBlocks(), p->tombstones, nullptr});
    });
  }
  return all;
}

bool MetricsStore::usable(const OpenBlock& block) const { return !block.handle->faulty() && !names(unmergeable_, block.entry.id); }

bool MetricsStore::merge_is_due(const OpenBlocks& blocks) const {
  std::vector<blocks::BlockEntry> entries;
  for (const OpenBlock& block : blocks) entries.push_back(block.entry);
  const auto is_usable = [&](const blocks::BlockEntry& entry) {
    return std::any_of(blocks.begin(), blocks.end(), [&](const OpenBlock& block) { return block.entry.id == entry.id && usable(block); });
  };
  return blocks::next_compaction(entries, clock_.now(), options_.compaction, is_usable).has_value();
}

Result<bool> MetricsStore::compact_once() {
  const std::lock_guard lock(compact_mutex_);
  const std::vector<Merge> all = blocks_by_partition();
  std::vector<blocks::BlockEntry> entries;
  for (const Merge& partition : all) {
    for (const OpenBlock& block : partition.inputs) entries.push_back(block.entry);
  }
  const auto open_of = [&](const blocks::BlockEntry& entry) -> const OpenBlock& {
    const std::vector<OpenBlock>& open = all[entry.partition.value].inputs;
    return *std::find_if(open.begin(), open.end(), [&](const OpenBlock& block) { return block.entry.id == entry.id; });
  };
  const auto inputs = blocks::next_compaction(entries, clock_.now(), options_.compaction,
                                              [&](const blocks::BlockEntry& entry) { return usable(open_of(entry)); });
  if (!inputs) recovered("compaction");  // what failed has gone another way
  if (!inputs || stopping_) return false;
  Merge merge{{}, all[inputs->front().partition.value].tombstones, nullptr};
  for (const blocks::BlockEntry& input : *inputs) merge.inputs.push_back(open_of(input));
  TRYV(run_merge(merge));
  compactions_.add();
  return true;
}

Result<void> MetricsStore::run_merge(const Merge& merge) {
  const auto merged = write_merged(merge);
  if (!merged) {
    if (merged.error().code == Code::kCorrupt) set_aside(merge.inputs);
    return compaction_failed(merged.error());
  }
  if (const Result<void> replaced = replace_blocks(merge, *merged); !replaced) return compaction_failed(replaced.error());
  recovered("compaction");
  return {};
}

tl::unexpected<Error> MetricsStore::compaction_failed(const Error& error) {
  if (stopping_) return fail(error);
  compaction_failures_.add();
  report("compaction", error.message, "the blocks stay as they are and are tried again");
  return fail(error);
}

// A block that opened well turned out to be damaged inside: the others must not wait for it for ever.
void MetricsStore::set_aside(const std::vector<OpenBlock>& inputs) {
  for (const OpenBlock& input : inputs) {
    const auto reader = input.handle->open();
    const Result<void> verified = reader ? (*reader)->verify() : fail(reader.error());
    if (verified || verified.error().code != Code::kCorrupt) continue;
    unmergeable_.push_back(input.entry);
    telemetry::log_error("a block is damaged and is not merged", {{"block", input.entry.key}, {"error", verified.error().message}});
    report("block " + input.entry.id, verified.error().message, kBlockAction);
  }
}

// A rewrite holds the positions of its input; the files of both are there for a while.
std::string MetricsStore::free_block_id(const blocks::BlockEntry& entry, const std::vector<OpenBlock>& inputs) {
  std::string plain = block_id(entry.partition, entry.first, entry.end, tsdb::bucket_of(entry.min_time.ms));
  if (entry.resolution.ms != 0) plain += "-" + blocks::resolution_text(entry.resolution);
  const blocks::Manifest listed = manifest_.current();
  const auto taken = [&](const std::string& id) {
    return names(listed.blocks, id) || std::any_of(inputs.begin(), inputs.end(), [&](const OpenBlock& input) { return input.entry.id == id; });
  };
  std::string id = plain;
  for (int n = 2; taken(id); ++n) id = fmt::format("{}-{}", plain, n);
  return id;
}

// Nothing, if no input has anything that is left.
Result<std::optional<blocks::BlockEntry>> MetricsStore::write_merged(const Merge& merge) {
  std::vector<std::shared_ptr<const tsdb::BlockReader>> readers;
  blocks::BlockEntry entry = merge.inputs.front().entry;
  entry.end = merge.inputs.back().entry.end;
  for (const OpenBlock& input : merge.inputs) {
    TRY(auto reader, input.handle->open());
    reader->prefetch_all();
    readers.push_back(std::move(reader));
    entry.min_time = std::min(entry.min_time, input.entry.min_time);
    entry.max_time = std::max(entry.max_time, input.entry.max_time);
    entry.deletes_through = std::max(entry.deletes_through, input.entry.deletes_through);
    entry.resolution = std::max(entry.resolution, input.entry.resolution);
  }
  entry.id = free_block_id(entry, merge.inputs);
  entry.key = new_key_of(entry.id);
  // Every delete known is applied below; later ones stand above it in the log.
  if (!merge.tombstones->empty()) entry.deletes_through = std::max(entry.deletes_through, merge.tombstones->back().position);
  const auto left_out = [&merge](std::size_t block, std::string_view tenant, const model::Labels& labels) {
    const blocks::BlockEntry& input = merge.inputs[block].entry;
    model::TimeRanges gone =
        blocks::DeletedSeries(*merge.tombstones, input.end, input.deletes_through, tenant, Timestamp::min(), Timestamp::max()).ranges_of(labels);
    if (merge.expired && merge.expired(labels)) gone.add(Timestamp::min(), Timestamp::max());
    return gone;
  };
  const bool all_left = merge.tombstones->empty() && !merge.expired;
  const auto stop = [this]() -> Result<void> {
    if (stopping_.load(std::memory_order_relaxed)) return fail(Code::kUnavailable, "the process stops");
    return {};
  };
  TRY(const auto object, objects_.create(entry.key));
  const auto kind = entry.resolution.ms == 0 ? tsdb::BlockWriter::Kind::kEverySample : tsdb::BlockWriter::Kind::kDownsampled;
  tsdb::BlockWriter writer([&object](std::string_view piece) { return object->append(piece); }, kind);
  tsdb::MergeCounts counts;
  TRY(const bool anything, tsdb::merge_blocks(readers, writer, counts, stop, all_left ? tsdb::LeftOut() : left_out));
  if (!anything) return std::optional<blocks::BlockEntry>();
  entry.series = writer.summary().series;
  entry.samples = writer.summary().samples;
  if (entry.samples != 0) {
    entry.min_time = writer.summary().min_time;
    entry.max_time = writer.summary().max_time;
  }
  TRY(entry.size_bytes, writer.finish());
  TRYV(object->commit());
  duplicates_.add(counts.duplicates);
  conflicts_.add(counts.conflicts);
  return std::optional<blocks::BlockEntry>(std::move(entry));
}

// What the manifest has in the place of blocks that it does not name any more: an attempt whose outcome stayed unknown
// was ours. It may have joined them with neighbours, so `inputs` becomes all that is in view and was replaced with them.
std::vector<blocks::BlockEntry> MetricsStore::listed_instead(const Partition& p, std::vector<blocks::BlockEntry>& inputs) {
  const std::int64_t bucket = tsdb::bucket_of(inputs.front().min_time.ms);
  model::Position first = inputs.front().first;
  model::Position end = inputs.back().end;
  const auto within = [&](const blocks::BlockEntry& e) {
    return e.partition == p.id && tsdb::bucket_of(e.min_time.ms) == bucket && e.first < end && first < e.end;
  };
  std::vector<blocks::BlockEntry> instead;
  for (bool grown = true; grown;) {
    grown = false;
    instead.clear();
    for (const blocks::BlockEntry& e : manifest_.current().blocks) {
      if (!within(e)) continue;
      instead.push_back(e);
      grown = grown || e.first < first || e.end > end;
      first = std::min(first, e.first);
      end = std::max(end, e.end);
    }
  }
  inputs.clear();
  const std::lock_guard lock(views_mutex_);
  for (const OpenBlock& block : *p.blocks) {
    if (within(block.entry)) inputs.push_back(block.entry);
  }
  return instead;
}

Result<void> MetricsStore::replace_blocks(const Merge& merge, const std::optional<blocks::BlockEntry>& merged) {
  std::vector<blocks::BlockEntry> inputs;
  for (const OpenBlock& input : merge.inputs) inputs.push_back(input.entry);
  std::vector<OpenBlock> instead;
  if (merged) {
    // The inputs are removed afterwards, so the new block must be read back whole before.
    TRY(OpenBlock block, readable_block(*merged));
    TRY(const auto reader, block.handle->open());
    reader->prefetch_all();
    TRYV(reader->verify());
    instead.push_back(std::move(block));
  }
  Partition& p = *partitions_[inputs.front().partition.value];
  const auto published = manifest_.update([&](blocks::Manifest& m) -> Result<void> {
    const auto listed = std::count_if(m.blocks.begin(), m.blocks.end(), [&](const blocks::BlockEntry& e) { return names(inputs, e.id); });
    if (static_cast<std::size_t>(listed) != inputs.size()) return fail(Code::kConflict, "blocks to merge are gone from the manifest");
    // With their companions, which hold what the new block may not.
    std::erase_if(m.blocks, [&](const blocks::BlockEntry& e) {
      return names(inputs, e.id) ||
             std::any_of(inputs.begin(), inputs.end(), [&](const blocks::BlockEntry& input) { return blocks::companion_of(e, input); });
    });
    if (merged) m.blocks.push_back(*merged);
    blocks::settle_tombstones(m, p.id, *tombstones_of(p));
    return {};
  });
  if (!published && published.error().code != Code::kConflict) return fail(published.error());
  if (!published) {
    instead.clear();
    bool ours = false;
    for (const blocks::BlockEntry& entry : listed_instead(p, inputs)) {
      ours = ours || (merged && entry.id == merged->id);
      instead.push_back(listed_block(entry));
    }
    if (merged && !ours) (void)objects_.remove(merged->key);
    instead = grouped(instead);
  }
  OpenBlocks replaced;
  {
    const std::lock_guard lock(views_mutex_);
    auto next = std::make_shared<OpenBlocks>();
    for (const OpenBlock& block : *p.blocks) {
      // In the place of the first, which keeps neighbours of the day in order of position.
      if (block.entry.id == inputs.front().id) next->insert(next->end(), instead.begin(), instead.end());
      (names(inputs, block.entry.id) ? replaced : *next).push_back(block);
    }
    p.blocks = std::move(next);
    forget_tombstones(p);
  }
  // Queries that still read them keep the mapped files; a failure leaves a file that the next start removes.
  const OpenBlocks there = flat(instead);
  for (const OpenBlock& input : flat(replaced)) {
    const bool listed = std::any_of(there.begin(), there.end(), [&](const OpenBlock& block) { return block.entry.id == input.entry.id; });
    if (listed) continue;
    recovered("block " + input.entry.id);
    (void)objects_.remove(input.entry.key);
  }
  return {};
}

void MetricsStore::remove_views(const std::vector<blocks::BlockEntry>& gone) {
  const std::lock_guard lock(views_mutex_);
  for (const auto& p : partitions_) {
    OpenBlocks next = flat(*p->blocks);
    std::erase_if(next, [&](const OpenBlock& block) { return names(gone, block.entry.id); });
    p->blocks = std::make_shared<const OpenBlocks>(grouped(next));
    forget_tombstones(*p);
  }
}

// What no manifest names was left by a crash between writing and publishing, or between publishing and removing. Only
// before anything is written: later it could be a block that is about to be published.
void MetricsStore::remove_left_blocks() {
  if (manifest_.settled()) remove_unnamed(manifest_.current());
}

// Keys hold the epoch. So what is removed here by a process that does not know that another has taken over is nothing that the
// other one can have published: neither its own blocks nor those of the manifest that it found. And what this process is
// writing, below its own epoch, is left to the next one; without an epoch this runs before anything is written.
void MetricsStore::remove_unnamed(const blocks::Manifest& manifest) {
  (void)objects_.remove_unfinished(options_.prefix + "/blocks");
  const auto objects = objects_.list(options_.prefix + "/blocks/");
  if (!objects) return;
  std::unordered_set<std::string_view> known;
  for (const blocks::BlockEntry& entry : manifest.blocks) known.insert(entry.key);
  for (const object_store::ObjectInfo& object : *objects) {
    const std::uint64_t epoch = blocks::epoch_of_block_key(options_.prefix, object.key);
    if (known.contains(object.key) || (log_.epoch() != 0 && epoch >= log_.epoch())) continue;
    telemetry::log_info("a block that was never published is removed", {{"block", object.key}});
    (void)objects_.remove(object.key);
  }
}

}  // namespace isobar::follower
