// The compacting half of MetricsStore: merges blocks of a day, one job at a time, beside flushes and queries.
#include <algorithm>

#include <fmt/format.h>

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

Result<bool> MetricsStore::compact_once() {
  const std::lock_guard lock(compact_mutex_);
  OpenBlocks open;
  {
    const std::lock_guard views(views_mutex_);
    for (const auto& p : partitions_) open.insert(open.end(), p->blocks->begin(), p->blocks->end());
  }
  std::vector<blocks::BlockEntry> entries;
  for (const OpenBlock& block : open) entries.push_back(block.entry);
  const auto reader_of = [&](const blocks::BlockEntry& entry) {
    return std::find_if(open.begin(), open.end(), [&](const OpenBlock& block) { return block.entry.id == entry.id; })->reader;
  };
  const auto usable = [&](const blocks::BlockEntry& entry) { return reader_of(entry) != nullptr && !names(unmergeable_, entry.id); };
  const auto inputs = blocks::next_compaction(entries, clock_.now(), options_.compaction, usable);
  if (!inputs || stopping_) return false;
  std::vector<std::shared_ptr<const tsdb::BlockReader>> readers;
  for (const blocks::BlockEntry& input : *inputs) readers.push_back(reader_of(input));
  Result<blocks::BlockEntry> merged = write_merged(*inputs, readers);
  if (!merged) {
    if (merged.error().code == Code::kCorrupt) set_aside(*inputs, readers);
    return compaction_failed(merged.error());
  }
  if (const Result<void> replaced = replace_blocks(*inputs, *merged); !replaced) return compaction_failed(replaced.error());
  recovered("compaction");
  compactions_.add();
  return true;
}

tl::unexpected<Error> MetricsStore::compaction_failed(const Error& error) {
  if (stopping_) return fail(error);
  compaction_failures_.add();
  report("compaction", error.message, "the blocks stay as they are and are tried again");
  return fail(error);
}

// A block that opened well turned out to be damaged inside: the others must not wait for it for ever.
void MetricsStore::set_aside(const std::vector<blocks::BlockEntry>& inputs, const std::vector<std::shared_ptr<const tsdb::BlockReader>>& readers) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Result<void> verified = readers[i]->verify();
    if (verified) continue;
    unmergeable_.push_back(inputs[i]);
    telemetry::log_error("a block is damaged and is not merged", {{"block", inputs[i].key}, {"error", verified.error().message}});
    report("block " + inputs[i].id, verified.error().message, "restore the file from a copy; queries warn until then");
  }
}

Result<blocks::BlockEntry> MetricsStore::write_merged(const std::vector<blocks::BlockEntry>& inputs,
                                                      const std::vector<std::shared_ptr<const tsdb::BlockReader>>& readers) {
  blocks::BlockEntry entry = inputs.front();
  entry.end = inputs.back().end;
  for (const blocks::BlockEntry& input : inputs) {
    entry.min_time = std::min(entry.min_time, input.min_time);
    entry.max_time = std::max(entry.max_time, input.max_time);
  }
  entry.id = block_id(entry.partition, entry.first, entry.end, tsdb::bucket_of(entry.min_time.ms));
  // Its object would be one of those that are removed afterwards.
  if (names(inputs, entry.id)) return fail(Code::kConflict, "blocks to merge overlap in log positions, first " + inputs.front().key);
  entry.key = key_of(entry.id);
  TRY(const auto object, objects_.create(entry.key));
  tsdb::BlockWriter writer([&object](std::string_view piece) { return object->append(piece); });
  tsdb::MergeCounts counts;
  const auto stop = [this]() -> Result<void> {
    if (stopping_.load(std::memory_order_relaxed)) return fail(Code::kUnavailable, "the process stops");
    return {};
  };
  TRYV(tsdb::merge_blocks(readers, writer, counts, stop));
  entry.series = writer.summary().series;
  entry.samples = writer.summary().samples;
  TRY(entry.size_bytes, writer.finish());
  TRYV(object->commit());
  duplicates_.add(counts.duplicates);
  conflicts_.add(counts.conflicts);
  return entry;
}

Result<void> MetricsStore::replace_blocks(const std::vector<blocks::BlockEntry>& inputs, const blocks::BlockEntry& merged) {
  // The inputs are removed afterwards, so the new block must be read back whole before.
  OpenBlock opened = open_block(merged);
  if (!opened.reader) return fail(Code::kUnavailable, opened.fault);
  TRYV(opened.reader->verify());
  const auto published = manifest_.update([&](blocks::Manifest& m) -> Result<void> {
    const std::size_t before = m.blocks.size();
    std::erase_if(m.blocks, [&](const blocks::BlockEntry& e) { return names(inputs, e.id); });
    if (before - m.blocks.size() != inputs.size()) return fail(Code::kConflict, "blocks to merge are gone from the manifest");
    m.blocks.push_back(merged);
    return {};
  });
  // An attempt whose outcome stayed unknown may have been ours.
  if (!published && !(published.error().code == Code::kConflict && names(manifest_.current().blocks, merged.id))) return fail(published.error());
  {
    const std::lock_guard lock(views_mutex_);
    Partition& p = *partitions_[merged.partition.value];
    auto next = std::make_shared<OpenBlocks>();
    for (const OpenBlock& block : *p.blocks) {
      // In the place of the first, which keeps neighbours of the day in order of position.
      if (block.entry.id == inputs.front().id) next->push_back(opened);
      if (!names(inputs, block.entry.id)) next->push_back(block);
    }
    p.blocks = std::move(next);
  }
  // Queries that still read them keep the mapped files; a failure leaves a file that the next start removes.
  for (const blocks::BlockEntry& input : inputs) (void)objects_.remove(input.key);
  return {};
}

Result<void> MetricsStore::drop_expired() {
  if (options_.retention.ms == 0) return {};
  const std::lock_guard lock(compact_mutex_);
  const Timestamp oldest = clock_.now() - options_.retention;
  std::vector<blocks::BlockEntry> gone;
  for (const blocks::BlockEntry& entry : manifest_.current().blocks) {
    if (entry.max_time < oldest) gone.push_back(entry);
  }
  if (gone.empty()) return {};
  const auto published = manifest_.update([&](blocks::Manifest& m) -> Result<void> {
    std::erase_if(m.blocks, [&](const blocks::BlockEntry& e) { return names(gone, e.id); });
    return {};
  });
  if (!published) {
    report("retention", published.error().message, "the blocks stay and are tried again");
    return fail(published.error());
  }
  recovered("retention");
  remove_views(gone);
  expired_blocks_.add(gone.size());
  for (const blocks::BlockEntry& entry : gone) (void)objects_.remove(entry.key);
  return {};
}

void MetricsStore::remove_views(const std::vector<blocks::BlockEntry>& gone) {
  const std::lock_guard lock(views_mutex_);
  for (const auto& p : partitions_) {
    auto next = std::make_shared<OpenBlocks>(*p->blocks);
    std::erase_if(*next, [&](const OpenBlock& block) { return names(gone, block.entry.id); });
    p->blocks = std::move(next);
  }
}

// What no manifest names was left by a crash between writing and publishing, or between publishing and removing. Only
// before anything is written: later it could be a block that is about to be published.
void MetricsStore::remove_orphans(const blocks::Manifest& manifest) {
  (void)objects_.remove_unfinished(options_.prefix + "/blocks");
  const auto objects = objects_.list(options_.prefix + "/blocks/");
  if (!objects) return;
  for (const object_store::ObjectInfo& object : *objects) {
    const bool known = std::any_of(manifest.blocks.begin(), manifest.blocks.end(), [&](const blocks::BlockEntry& e) { return e.key == object.key; });
    if (known) continue;
    telemetry::log_info("a block that was never published is removed", {{"block", object.key}});
    (void)objects_.remove(object.key);
  }
}

}  // namespace isobar::follower
