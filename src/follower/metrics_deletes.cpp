// Deletes in MetricsStore: from the record to the tombstone, and from there off the disk. And the copy of all blocks, which
// has to carry them along.
#include <algorithm>

#include <fmt/format.h>

#include "blocks/companions.h"
#include "follower/metrics_store.h"
#include "ingest_log/delete_payload.h"
#include "ingest_log/record.h"

namespace isobar::follower {
namespace {

// What waits is looked through by every read.
constexpr std::uint64_t kMostWaiting = 10'000;

bool touches(const blocks::Tombstone& tombstone, const tsdb::BlockReader& block) {
  const model::SeriesDeletion& deletion = *tombstone.deletion;
  for (const std::vector<model::Matcher>& selector : deletion.selectors) {
    const Result<bool> held = block.holds(deletion.tenant, selector, deletion.min, deletion.max);
    if (!held || *held) return true;  // the rewrite says what is damaged
    std::vector<model::SeriesExemplars> exemplars;
    if (!block.exemplars(deletion.tenant, selector, deletion.min, deletion.max, exemplars) || !exemplars.empty()) return true;
  }
  return false;
}

// Those that are not yet applied to the block.
std::vector<const blocks::Tombstone*> meaning_of(const blocks::Tombstones& tombstones, const blocks::BlockEntry& block) {
  std::vector<const blocks::Tombstone*> out;
  for (const blocks::Tombstone& tombstone : tombstones) {
    if (block.meant_by(tombstone.position)) out.push_back(&tombstone);
  }
  return out;
}

}  // namespace

Result<void> MetricsStore::delete_series(const model::SeriesDeletion& deletion) {
  TRYV(deletion.check());
  if (stats().tombstones >= kMostWaiting * partitions_.size()) {
    return fail(Code::kUnavailable, "too many deletes wait to be applied, send POST /api/v1/admin/tsdb/clean_tombstones first");
  }
  ingest_log::RecordHeader header;
  header.kind = ingest_log::RecordKind::kDelete;
  header.tenant = deletion.tenant;
  header.ingest_time = clock_.now();
  std::string record;
  ingest_log::encode_record_header(record, header);
  ingest_log::encode_delete_payload(record, deletion);
  std::vector<ingest_log::Append> appends;
  for (const auto& p : partitions_) appends.push_back({p->id, record});
  TRYV(log_.append(appends));
  follow();
  return {};
}

Result<void> MetricsStore::fold_delete(Partition& p, ingest_log::Position position, const ingest_log::Record& record) {
  TRY(model::SeriesDeletion deletion, ingest_log::decode_delete_payload(record.header.tenant, record.payload));
  // What came before is frozen whole, so that the delete means all of a generation or nothing.
  freeze(p, position);
  const blocks::Tombstone tombstone{p.id, position, record.header.ingest_time,
                                    std::make_shared<const model::SeriesDeletion>(std::move(deletion))};
  const std::lock_guard lock(views_mutex_);
  auto next = std::make_shared<blocks::Tombstones>(*p.tombstones);
  const auto at = std::partition_point(next->begin(), next->end(), [&](const blocks::Tombstone& t) { return t.position < position; });
  if (at != next->end() && at->position == position) return {};  // the manifest had it already
  next->insert(at, tombstone);
  p.tombstones = std::move(next);
  forget_tombstones(p);
  return {};
}

void MetricsStore::forget_tombstones(Partition& p) {
  const auto needed = [&](const blocks::Tombstone& tombstone) {
    return std::any_of(p.frozen->begin(), p.frozen->end(), [&](const auto& g) { return g->end() <= tombstone.position; }) ||
           std::any_of(p.blocks->begin(), p.blocks->end(), [&](const OpenBlock& b) { return b.entry.meant_by(tombstone.position); });
  };
  if (std::all_of(p.tombstones->begin(), p.tombstones->end(), needed)) return;
  auto next = std::make_shared<blocks::Tombstones>();
  std::copy_if(p.tombstones->begin(), p.tombstones->end(), std::back_inserter(*next), needed);
  p.tombstones = std::move(next);
}

std::shared_ptr<const blocks::Tombstones> MetricsStore::tombstones_of(const Partition& p) const {
  const std::lock_guard lock(views_mutex_);
  return p.tombstones;
}

Result<bool> MetricsStore::apply_deletes_once(bool all) {
  const std::lock_guard lock(compact_mutex_);
  const Timestamp due = clock_.now() - options_.delete_delay;
  for (const Merge& partition : blocks_by_partition()) {
    Merge untouched{{}, partition.tombstones, nullptr};
    Merge touched = untouched;
    for (const OpenBlock& block : partition.inputs) {
      if (!usable(block) || !touched.inputs.empty()) continue;
      const std::vector<const blocks::Tombstone*> meaning = meaning_of(*partition.tombstones, block.entry);
      // All or none: a rewrite applies the youngest too. Times may run backwards with the clock.
      const bool waited = all || std::any_of(meaning.begin(), meaning.end(), [&](const blocks::Tombstone* t) { return t->time <= due; });
      if (meaning.empty() || !waited) continue;
      const auto reader = block.handle->open();
      if (!reader) continue;  // another time
      const bool hit = std::any_of(meaning.begin(), meaning.end(), [&](const blocks::Tombstone* t) { return touches(*t, **reader); });
      (hit ? touched : untouched).inputs.push_back(block);
    }
    if (stopping_) return false;
    if (!untouched.inputs.empty()) TRYV(note_untouched(untouched));
    if (touched.inputs.empty()) continue;
    TRYV(run_merge(touched));
    rewrites_.add();
    return true;
  }
  return false;
}

Result<void> MetricsStore::note_untouched(const Merge& untouched) {
  Partition& p = *partitions_[untouched.inputs.front().entry.partition.value];
  const model::Position through = untouched.tombstones->back().position;
  const auto note = [&](blocks::BlockEntry& entry) {
    for (const OpenBlock& block : untouched.inputs) {
      if (entry.id == block.entry.id || blocks::companion_of(entry, block.entry)) entry.deletes_through = std::max(entry.deletes_through, through);
    }
  };
  const auto published = manifest_.update([&](blocks::Manifest& m) -> Result<void> {
    for (blocks::BlockEntry& entry : m.blocks) note(entry);
    blocks::settle_tombstones(m, p.id, *tombstones_of(p));
    return {};
  });
  if (!published) return compaction_failed(published.error());
  const std::lock_guard lock(views_mutex_);
  auto next = std::make_shared<OpenBlocks>(*p.blocks);
  for (OpenBlock& block : *next) {
    note(block.entry);
    for (OpenBlock& companion : block.coarser) note(companion.entry);
  }
  p.blocks = std::move(next);
  forget_tombstones(p);
  return {};
}

Result<void> MetricsStore::clean_tombstones() {
  TRYV(run_once(false));
  while (true) {
    TRY(const bool more, apply_deletes_once(true));
    if (!more) break;
  }
  if (stopping_) return fail(Code::kUnavailable, "the process stops");
  const std::lock_guard lock(compact_mutex_);
  std::size_t left = 0;
  for (const Merge& partition : blocks_by_partition()) {
    left += flat(partition.inputs).size();
    for (const OpenBlock& block : partition.inputs) {
      if (usable(block) || meaning_of(*partition.tombstones, block.entry).empty()) continue;
      return fail(Code::kCorrupt, "a damaged block keeps what is deleted, restore it from a copy: " + block.entry.key);
    }
  }
  if (left < block_entries().size()) return fail(Code::kUnavailable, "the log is not read up to all blocks yet, try again");
  return {};
}

Result<blocks::Manifest> MetricsStore::snapshot(bool skip_head, const std::function<Result<void>(const std::string& key)>& copy) {
  if (!skip_head) TRYV(run_once(true));
  const std::lock_guard lock(compact_mutex_);
  blocks::Manifest manifest;
  TRY(const std::vector<View> views, take_views(nullptr, [](std::size_t, const tsdb::Generation&) {}));
  for (const View& view : views) {
    for (const OpenBlock& block : flat(*view.blocks)) {
      TRYV(copy(block.entry.key));
      manifest.blocks.push_back(block.entry);
    }
    manifest.tombstones.insert(manifest.tombstones.end(), view.tombstones->begin(), view.tombstones->end());
  }
  for (const auto& p : partitions_) {
    if (skip_head || !p->stopped) continue;
    return fail(Code::kCorrupt, fmt::format("partition {} stopped at a record that cannot be folded, a copy would lack what follows "
                                            "it: isobar check data names the damage", p->id.value));
  }
  // Behind everything that the blocks hold and every delete that they know.
  manifest.watermarks.assign(partitions_.size(), log_.end());
  for (std::uint32_t i = 0; i < partitions_.size(); ++i) blocks::settle_tombstones(manifest, {i}, {});
  return manifest;
}

}  // namespace isobar::follower
