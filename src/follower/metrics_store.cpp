#include "follower/metrics_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "blocks/block_name.h"
#include "blocks/companions.h"
#include "ingest_log/record.h"
#include "telemetry/log.h"
#include "tsdb/downsample.h"
#include "tsdb/generation_blocks.h"

namespace isobar::follower {
namespace {

using ingest_log::Position;

constexpr std::size_t kReadBytes = 4ULL << 20;
constexpr Duration kChurnAge = Duration::minutes(10);
constexpr Duration kChurnLook = Duration::minutes(1);
constexpr Duration kSilence = Duration::minutes(5);

std::string cut_record(Timestamp now) {
  ingest_log::RecordHeader header;
  header.kind = ingest_log::RecordKind::kCut;
  header.ingest_time = now;
  std::string record;
  ingest_log::encode_record_header(record, header);
  return record;
}

}  // namespace

MetricsStore::MetricsStore(ingest_log::IngestLog& log, object_store::ObjectStore& objects, sys::Shards& shards,
                           const sys::Clock& clock, telemetry::MemoryBudget& head_budget,
                           telemetry::Registry& metrics, MetricsStoreOptions options)
    : log_(log),
      objects_(objects),
      shards_(shards),
      clock_(clock),
      head_budget_(head_budget),
      options_(std::move(options)),
      manifest_(objects, options_.prefix + "/manifest.json", log.epoch()),
      folded_records_(metrics.counter("isobar_store_folded_records_total", "Log records folded into heads.")),
      flushed_blocks_(metrics.counter("isobar_store_flushed_blocks_total", "Blocks written and published.")),
      flush_failures_(metrics.counter("isobar_store_flush_failures_total", "Rounds of block writing that failed.")),
      compactions_(metrics.counter("isobar_store_compactions_total", "Merges of several blocks into one.")),
      compaction_failures_(metrics.counter("isobar_store_compaction_failures_total", "Merges that failed; tried again.")),
      expired_blocks_(metrics.counter("isobar_store_expired_blocks_total", "Blocks removed because the retention was over.")),
      rewrites_(metrics.counter("isobar_store_rewrites_total", "Blocks rewritten without what was deleted or has expired.")),
      downsamples_(metrics.counter("isobar_store_downsamples_total", "Downsampled blocks made.")),
      duplicates_(metrics.counter("isobar_store_duplicate_samples_total",
                                  "Samples dropped because the same one was there already.")),
      conflicts_(metrics.counter("isobar_store_conflicting_samples_total",
                                 "Samples dropped because another value has their timestamp; the first one stays.")) {
  for (const Duration resolution : tsdb::kResolutions) {
    downsampled_reads_[resolution] = &metrics.counter("isobar_store_downsampled_reads_total", "Series of blocks that queries read downsampled.",
                                                      {{"resolution", blocks::resolution_text(resolution)}});
  }
}

MetricsStore::~MetricsStore() = default;

Result<std::unique_ptr<MetricsStore>> MetricsStore::open(ingest_log::IngestLog& log, object_store::ObjectStore& objects,
                                                         sys::Shards& shards, const sys::Clock& clock,
                                                         telemetry::MemoryBudget& head_budget,
                                                         telemetry::Registry& metrics, MetricsStoreOptions options) {
  std::unique_ptr<MetricsStore> store(
      new MetricsStore(log, objects, shards, clock, head_budget, metrics, std::move(options)));
  TRYV(store->load());
  return store;
}

Result<void> MetricsStore::load() {
  blocks::Manifest initial;
  initial.log_identity = log_.identity();
  initial.watermarks.assign(options_.partitions, log_.begin());
  TRYV(manifest_is_there_if_blocks_are());
  TRY(const blocks::Manifest manifest, manifest_.open(initial));
  if (manifest.log_identity != log_.identity()) {
    return fail(Code::kCorrupt,
                fmt::format("the manifest belongs to another ingest log (manifest {:016x}, log {:016x}); put the data "
                            "directory back together as it was",
                            manifest.log_identity, log_.identity()));
  }
  const bool durable = manifest_.settled();  // else the next start removes what is over
  if (durable && options_.objects_are_near) remove_unnamed(manifest);
  for (std::uint32_t i = 0; i < manifest.watermarks.size(); ++i) {
    const Position watermark = manifest.watermarks[i];
    if (watermark < log_.begin() || watermark > log_.end()) {
      return fail(Code::kCorrupt,
                  fmt::format("the ingest log holds positions {} to {}, but partition {} is in blocks up to {}: records "
                              "are missing",
                              log_.begin().value, log_.end().value, i, watermark.value));
    }
    auto p = std::make_unique<Partition>();
    p->id = {i};
    p->next = watermark;
    p->active = std::make_shared<tsdb::Generation>(watermark, &head_budget_);
    p->frozen = std::make_shared<Frozen>();
    OpenBlocks open_blocks;
    for (const blocks::BlockEntry& entry : manifest.blocks) {
      if (entry.partition != p->id) continue;
      open_blocks.push_back(listed_block(entry));
      if (options_.objects_are_near) (void)open_blocks.back().handle->open();
    }
    p->blocks = std::make_shared<const OpenBlocks>(grouped(open_blocks));
    auto tombstones = std::make_shared<blocks::Tombstones>(manifest.tombstones);
    std::erase_if(*tombstones, [&](const blocks::Tombstone& tombstone) { return tombstone.partition != p->id; });
    p->tombstones = std::move(tombstones);
    partitions_.push_back(std::move(p));
  }
  return durable ? log_.trim(manifest.watermarks) : Result<void>();
}

// The manifest is durable before any block is written. Without it every block would be taken for one that was never
// published, and be removed.
Result<void> MetricsStore::manifest_is_there_if_blocks_are() {
  const auto manifest = objects_.get(options_.prefix + "/manifest.json");
  if (manifest || manifest.error().code != Code::kNotFound) return {};
  TRY(const auto blocks, objects_.list(options_.prefix + "/blocks/"));
  if (blocks.empty()) return {};
  return fail(Code::kCorrupt, fmt::format("the manifest is missing, and {} blocks are there; restore it from a copy, or have it written anew "
                                          "by isobar repair data", blocks.size()));
}

MetricsStore::OpenBlock MetricsStore::listed_block(const blocks::BlockEntry& entry) {
  OpenBlock block{entry, std::make_shared<BlockHandle>(objects_, entry), {}};
  block.handle->set_watch([this](const blocks::BlockEntry& of, const Result<void>& state) { watch_block(of, state); });
  return block;
}

Result<MetricsStore::OpenBlock> MetricsStore::readable_block(const blocks::BlockEntry& entry) {
  OpenBlock block{entry, std::make_shared<BlockHandle>(objects_, entry), {}};
  TRYV(block.handle->open());  // a failure is the writer's and no block's
  block.handle->set_watch([this](const blocks::BlockEntry& of, const Result<void>& state) { watch_block(of, state); });
  return block;
}

void MetricsStore::watch_block(const blocks::BlockEntry& entry, const Result<void>& state) {
  if (state) return recovered("block " + entry.id);
  telemetry::log_error("a block cannot be read and is left out", {{"block", entry.key}, {"error", state.error().message}});
  report("block " + entry.id, state.error().message, kBlockAction);
}

// What could not be reached is tried again, and a copy that the cache has given up is let go.
void MetricsStore::look_after_blocks(Partition& p) {
  std::shared_ptr<const OpenBlocks> now;
  {
    const std::lock_guard lock(views_mutex_);
    now = p.blocks;
  }
  for (const OpenBlock& block : flat(*now)) {
    if (block.handle->unreachable()) (void)block.handle->open();
    block.handle->refresh();
  }
}

std::string MetricsStore::block_id(ingest_log::PartitionId partition, Position first, Position end, std::int64_t bucket) {
  return blocks::format_block_name({partition, first, end, bucket, {}});
}

std::string MetricsStore::new_key_of(const std::string& block_id) { return blocks::block_key(options_.prefix, block_id, log_.epoch(), ++attempts_); }

void MetricsStore::follow() {
  for (const auto& p : partitions_) {
    if (p->follow_posted.exchange(true)) continue;
    shards_.post(shard_of(*p), [this, partition = p.get()] {
      partition->follow_posted.store(false);
      (void)catch_up(*partition);  // the next append or query tries again
    });
  }
}

Result<void> MetricsStore::catch_up(Partition& p) {
  while (!p.stopped.load(std::memory_order_relaxed)) {
    const Result<ingest_log::ReadBatch> batch = log_.read(p.id, p.next, kReadBytes);
    if (!batch) {
      if (batch.error().code == Code::kUnavailable) return fail(batch.error());
      p.stopped = true;
      report(fmt::format("partition {}", p.id.value), batch.error().message, "isobar check data names the damage");
      return {};
    }
    if (batch->next == p.next) return {};
    for (const ingest_log::Entry& entry : batch->entries) {
      Result<ingest_log::Record> record = ingest_log::decode_record(entry.record);
      Result<void> applied;
      if (!record) {
        applied = fail(record.error());
      } else if (record->header.kind == ingest_log::RecordKind::kCut) {
        freeze(p, entry.position);
      } else if (record->header.kind == ingest_log::RecordKind::kDelete) {
        applied = fold_delete(p, entry.position, *record);
      } else {
        applied = p.active->apply(*record);
      }
      if (!applied) {
        p.stopped = true;
        telemetry::log_error("a log record cannot be folded; its partition stops",
                             {{"partition", std::to_string(p.id.value)}, {"error", applied.error().message}});
        report(fmt::format("partition {}", p.id.value), applied.error().message, "isobar check data names the damage");
        return {};
      }
      folded_records_.add();
    }
    p.next = batch->next;
  }
  return {};
}

void MetricsStore::freeze(Partition& p, Position end) {
  if (p.active->empty()) return;  // the generation simply reaches further
  p.active->freeze(end);
  const std::lock_guard lock(views_mutex_);
  auto frozen = std::make_shared<Frozen>(*p.frozen);
  frozen->push_back(p.active);
  p.frozen = std::move(frozen);
  p.active = std::make_shared<tsdb::Generation>(end, &head_budget_);
}

Result<void> MetricsStore::run_once(bool cut_all) {
  const std::lock_guard lock(flush_mutex_);
  Result<void> result;
  const auto keep_first_error = [&](Result<void> one) {
    if (!one && result) result = std::move(one);
  };
  // One partition after the other, so that one generation at a time is held in memory besides those that grow.
  for (const auto& p : partitions_) {
    keep_first_error(cut_if_due(*p, cut_all));
    keep_first_error(flush_frozen(*p));
    look_after_blocks(*p);
  }
  keep_first_error(advance_idle());
  if (result) {
    recovered("block writing");
  } else {
    flush_failures_.add();
    report("block writing", result.error().message, "samples stay in the ingest log and are tried again");
  }
  return result;
}

Result<void> MetricsStore::flush_frozen(Partition& p) {
  while (true) {
    std::shared_ptr<const tsdb::Generation> oldest;
    {
      const std::lock_guard views(views_mutex_);
      if (!p.frozen->empty()) oldest = p.frozen->front();
    }
    if (!oldest) return {};
    TRYV(flush_oldest(p, oldest));
  }
}

Result<void> MetricsStore::cut_if_due(Partition& p, bool force) {
  bool due = false;
  Result<void> read;
  shards_.call(shard_of(p), [&] {
    read = catch_up(p);
    if (p.active->empty() || p.stopped) return;
    const tsdb::GenerationStats stats = p.active->stats();
    due = force || stats.bytes >= options_.flush_bytes || stats.samples >= options_.flush_samples ||
          clock_.now() - stats.first_ingest >= options_.flush_age || much_is_gone(p);
  });
  TRYV(read);
  if (!due) return {};
  const ingest_log::Append cut{p.id, cut_record(clock_.now())};
  TRYV(log_.append({&cut, 1}));
  shards_.call(shard_of(p), [&] { read = catch_up(p); });
  return read;
}

// Series that are gone leave memory with their generation. Where they are many it ends early; as Prometheus does, a series
// is taken for gone after five minutes, by the time of samples, so that samples of the past are no reason.
bool MetricsStore::much_is_gone(Partition& p) {
  const tsdb::GenerationStats stats = p.active->stats();
  const Timestamp now = clock_.now();
  if (stats.series < options_.churned_series || now - stats.first_ingest < kChurnAge) return false;
  if (now - p.looked_for_churn < kChurnLook) return false;
  p.looked_for_churn = now;
  const std::uint64_t silent = p.active->series_silent_since(stats.max_time - kSilence);
  return silent >= options_.churned_series && silent >= stats.series / 10;
}

// A partition that receives nothing would hold the log back for ever: its watermark follows what it has read.
Result<void> MetricsStore::advance_idle() {
  std::vector<std::pair<std::uint32_t, Position>> idle;
  for (const auto& p : partitions_) {
    shards_.call(shard_of(*p), [&] {
      if (!catch_up(*p)) return;
      const std::lock_guard lock(views_mutex_);
      const bool lags = p->next.value - p->active->first().value > options_.idle_log_bytes;
      if (!lags || p->stopped || !p->active->empty() || !p->frozen->empty()) return;
      p->active = std::make_shared<tsdb::Generation>(p->next, &head_budget_);
      idle.emplace_back(p->id.value, p->next);
    });
  }
  if (idle.empty()) return {};
  TRYV(manifest_.update([&](blocks::Manifest& m) -> Result<void> {
    for (const auto& [partition, position] : idle) {
      m.watermarks[partition] = std::max(m.watermarks[partition], position);
      blocks::settle_tombstones(m, {partition}, *tombstones_of(*partitions_[partition]));
    }
    return {};
  }));
  return log_.trim(manifest_.current().watermarks);
}

Result<void> MetricsStore::flush_oldest(Partition& p, const std::shared_ptr<const tsdb::Generation>& generation) {
  std::vector<blocks::BlockEntry> added;
  tsdb::MergeCounts counts;
  // The name says what is inside, and the fold is deterministic: on a disk, writing it again replaces it by the same bytes.
  const auto id_of = [&](std::int64_t bucket) { return block_id(p.id, generation->first(), generation->end(), bucket); };
  std::map<std::int64_t, std::string> keys;
  const auto create = [&](std::int64_t bucket) { return objects_.create(keys[bucket] = new_key_of(id_of(bucket))); };
  TRY(const std::vector<tsdb::FinishedBlock> written, tsdb::GenerationBlocks(*generation).write(create, counts));
  for (const tsdb::FinishedBlock& finished : written) {
    blocks::BlockEntry entry;
    entry.id = id_of(finished.bucket);
    entry.key = keys[finished.bucket];
    entry.partition = p.id;
    entry.first = generation->first();
    entry.end = generation->end();
    entry.min_time = finished.summary.min_time;
    entry.max_time = finished.summary.max_time;
    entry.series = finished.summary.series;
    entry.samples = finished.summary.samples;
    entry.size_bytes = finished.size_bytes;
    added.push_back(std::move(entry));
  }
  TRYV(publish(p, *generation, added));
  const tsdb::GenerationStats stats = generation->stats();
  duplicates_.add(counts.duplicates + stats.duplicates);
  conflicts_.add(counts.conflicts + stats.conflicts);
  flushed_blocks_.add(added.size());
  return log_.trim(manifest_.current().watermarks);
}

Result<void> MetricsStore::publish(Partition& p, const tsdb::Generation& generation, const std::vector<blocks::BlockEntry>& added) {
  // Read back first: what the manifest names leaves memory, and must be there for queries.
  OpenBlocks opened;
  for (const blocks::BlockEntry& entry : added) {
    TRY(OpenBlock block, readable_block(entry));
    opened.push_back(std::move(block));
  }
  const Position end = generation.end();
  const auto published = manifest_.update([&](blocks::Manifest& m) -> Result<void> {
    Position& watermark = m.watermarks[p.id.value];
    if (watermark >= end) return fail(Code::kConflict, "published already");
    CHECK(watermark <= generation.first());  // what lies between was found empty
    watermark = end;
    m.blocks.insert(m.blocks.end(), added.begin(), added.end());
    // The deletes between the old watermark and the new one are folded, so they are among these.
    blocks::settle_tombstones(m, p.id, *tombstones_of(p));
    return {};
  });
  // A conflict means that our own earlier attempt, or another follower, has published the same blocks.
  if (!published && published.error().code != Code::kConflict) return fail(published.error());
  const std::lock_guard lock(views_mutex_);
  auto blocks = std::make_shared<OpenBlocks>(*p.blocks);
  blocks->insert(blocks->end(), opened.begin(), opened.end());
  p.blocks = std::move(blocks);
  p.frozen = std::make_shared<Frozen>(p.frozen->begin() + 1, p.frozen->end());
  forget_tombstones(p);
  return {};
}

void MetricsStore::report(std::string component, std::string reason, std::string action) {
  const std::lock_guard lock(degraded_mutex_);
  for (Degradation& known : degraded_) {
    if (known.component != component) continue;
    known.reason = std::move(reason);
    return;
  }
  degraded_.push_back({std::move(component), std::move(reason), std::move(action), clock_.now()});
}

void MetricsStore::recovered(const std::string& component) {
  const std::lock_guard lock(degraded_mutex_);
  std::erase_if(degraded_, [&](const Degradation& d) { return d.component == component; });
}

std::vector<Degradation> MetricsStore::degraded() const {
  const std::lock_guard lock(degraded_mutex_);
  return degraded_;
}

StoreStats MetricsStore::stats() const {
  StoreStats total;
  total.head_min_time = Timestamp::max();
  total.head_max_time = Timestamp::min();
  for (const auto& p : partitions_) {
    shards_.call(shard_of(*p), [&] {
      const auto add = [&](const tsdb::Generation& g) {
        const tsdb::GenerationStats s = g.stats();
        total.head_series += s.series;
        total.head_samples += s.samples;
        total.head_bytes += s.bytes;
        total.duplicates += s.duplicates;
        total.conflicts += s.conflicts;
        total.out_of_order += s.out_of_order;
        total.head_min_time = std::min(total.head_min_time, s.min_time);
        total.head_max_time = std::max(total.head_max_time, s.max_time);
      };
      add(*p->active);
      const std::lock_guard lock(views_mutex_);
      for (const auto& g : *p->frozen) add(*g);
      total.frozen_generations += p->frozen->size();
      total.tombstones += p->tombstones->size();
      for (const OpenBlock& block : flat(*p->blocks)) {
        ++total.blocks;
        total.block_bytes += block.entry.size_bytes;
        if (block.entry.resolution.ms == 0) continue;
        ++total.downsampled_blocks;
        total.downsampled_bytes += block.entry.size_bytes;
      }
    });
  }
  return total;
}

std::vector<blocks::BlockEntry> MetricsStore::block_entries() const {
  const std::lock_guard lock(views_mutex_);
  std::vector<blocks::BlockEntry> entries;
  for (const auto& p : partitions_) {
    for (const OpenBlock& block : flat(*p->blocks)) entries.push_back(block.entry);
  }
  return entries;
}

}  // namespace isobar::follower
