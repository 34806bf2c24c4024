// The metrics of one process, from log to blocks, readable as one SeriesReader.
//
// Fold: each partition's records are applied on its shard, in log order. Cut records end a generation; a frozen one
// becomes blocks (one per day of samples); one manifest commit publishes them and moves the watermark; only then is the
// generation dropped and the log trimmed. Any step may be repeated after a crash: blocks have deterministic names and
// contents, and folding a record twice changes nothing.
//
// Delete: a record in every partition; it ends the generation before it and means what is below. From the fold on, what is
// deleted is hidden (docs/formats/manifest.md, "Deletes"); merges and rewrites take it off the disk.
//
// View: a query takes, per partition and in one step on the shard, the active generation's matches and the lists of
// frozen generations and blocks. It has then seen everything that was durable when it came (read your writes).
//
// Thread-safe. Reads run on the caller's thread except for the short visit to each shard.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "blocks/compaction_schedule.h"
#include "blocks/manifest.h"
#include "blocks/tombstones.h"
#include "follower/block_handle.h"
#include "ingest_log/ingest_log.h"
#include "model/series_deletion.h"
#include "model/series_reader.h"
#include "object_store/object_store.h"
#include "sys/clock.h"
#include "sys/shards.h"
#include "telemetry/memory_budget.h"
#include "telemetry/metrics.h"
#include "tsdb/block_merge.h"
#include "tsdb/block_reader.h"
#include "tsdb/generation.h"
#include "tsdb/series_merge.h"

namespace isobar::follower {

// Series that match are kept for `keep`, zero: for ever. The first rule that matches counts; without one the default.
struct RetentionRule {
  std::vector<model::Matcher> selector;
  Duration keep;
};

struct MetricsStoreOptions {
  std::uint32_t partitions = 4;             // of a new store; an existing one keeps its own
  std::uint64_t flush_bytes = 128ULL << 20;  // a generation of this size is cut
  std::uint64_t flush_samples = 6'000'000;   // or with so many samples: what a start after a crash has to fold again
  Duration flush_age = Duration::hours(2);   // or of this age
  std::uint64_t churned_series = 1000;       // or with so many series, a tenth of all, that get no samples any more
  std::uint64_t idle_log_bytes = 64ULL << 20;  // log that an empty partition may hold back
  std::string prefix = "metrics";              // of its keys in the object store
  blocks::CompactionOptions compaction;
  Duration retention;  // blocks whose newest sample is older are removed; zero: never
  std::uint64_t retention_bytes = 0;  // the oldest blocks are removed until the rest takes less; zero: no limit
  Duration delete_delay = Duration::minutes(10);  // deletes wait so long, for others, before blocks are rewritten
  std::vector<Duration> downsampling;  // resolutions of the companions that are made of days that are over
  // As `retention`, of downsampled blocks by their resolution. One without an entry is kept as long as every sample is.
  std::map<Duration, Duration> retention_by_resolution;
  // Objects are at hand: every block is opened at the start, so that damage is known before a query meets it, and what no
  // manifest names is removed. Else a start takes a few requests, however many blocks there are.
  bool objects_are_near = true;
};

// What is wrong and not yet over; names the part, for /-/ready, the UI and metrics.
struct Degradation {
  std::string component;
  std::string reason;
  std::string action;
  Timestamp since;
};

struct StoreStats {
  std::uint64_t head_series = 0;
  std::uint64_t head_samples = 0;
  std::uint64_t head_bytes = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t conflicts = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t frozen_generations = 0;
  std::uint64_t blocks = 0;
  std::uint64_t block_bytes = 0;
  std::uint64_t downsampled_blocks = 0;  // of those
  std::uint64_t downsampled_bytes = 0;
  std::uint64_t tombstones = 0;  // deletes that are not yet applied, of all partitions
  Timestamp head_min_time;  // of samples; max() and min() when there are none
  Timestamp head_max_time;
};

class MetricsStore final : public model::SeriesReader {
 public:
  // Opens manifest and blocks and starts to follow the log. Damaged blocks are set aside and reported (degraded());
  // kCorrupt only when log and manifest do not belong together.
  static Result<std::unique_ptr<MetricsStore>> open(ingest_log::IngestLog& log, object_store::ObjectStore& objects,
                                                    sys::Shards& shards, const sys::Clock& clock,
                                                    telemetry::MemoryBudget& head_budget, telemetry::Registry& metrics,
                                                    MetricsStoreOptions options);
  ~MetricsStore() override;

  std::uint32_t partition_count() const { return static_cast<std::uint32_t>(partitions_.size()); }

  // Folds what is new in the log, soon, on the shards. Cheap; called after each append.
  void follow();
  // One round of background work: cuts generations that are due (all of them if `cut_all`), writes frozen ones as
  // blocks, tries blocks again that could not be read. Not reentrant. A failure is reported in degraded() and tried again in the next round.
  Result<void> run_once(bool cut_all = false);
  // Merges blocks of one day, if there is a job: true if it did. Beside run_once() and queries; not reentrant. A failure
  // changes nothing and is reported in degraded().
  Result<bool> compact_once();
  // Makes one companion of a block whose day is over and merged: true if it did. As compact_once().
  Result<bool> downsample_once();
  // Removes objects of blocks that a process before this one never published. Once, beside everything else.
  void remove_left_blocks();
  // Removes blocks past the retention by time and by size. Beside run_once() and queries; waits for a merge under way.
  Result<void> drop_expired();
  // Rewrites one block without the series whose rule of retention is over: true if it did. A series leaves a block once
  // all that the block may hold of it is too old. As compact_once().
  Result<bool> expire_series_once();
  // Thread-safe; from the next look on.
  void set_retention_rules(std::vector<RetentionRule> rules);

  // Deletes the samples and exemplars that are there now. Durable, and hidden from every later read, once it returns.
  // kInvalid: see SeriesDeletion; kUnavailable: outcome unknown, or too many deletes wait to be applied.
  Result<void> delete_series(const model::SeriesDeletion& deletion);
  // Applies deletes to one block, if there is one with a delete older than the delay: true if it did. As compact_once().
  Result<bool> apply_deletes_once() { return apply_deletes_once(false); }
  // Applies all deletes to all blocks, frozen generations written first. kCorrupt if a damaged block had to be left.
  Result<void> clean_tombstones();

  // A consistent copy: `copy` is called with the key of each block, in an order of no meaning, and no block is removed
  // meanwhile. The manifest that is returned stands at one position, at which a log of its identity (to be set) may begin.
  // What is in memory is written as blocks before, or left out.
  Result<blocks::Manifest> snapshot(bool skip_head, const std::function<Result<void>(const std::string& key)>& copy);
  // Ends a merge under way; later ones end at once.
  void stop_compaction() { stopping_ = true; }

  // Series in heads, for limits: how many the tenant has, and which of `hashes` are among them.
  std::uint64_t series_of(std::string_view tenant) const;
  void known_series(std::string_view tenant, ingest_log::PartitionId partition, std::span<const Hash128> hashes,
                    std::vector<bool>& known) const;

  std::vector<Degradation> degraded() const;
  StoreStats stats() const;
  std::vector<blocks::BlockEntry> block_entries() const;

  Result<std::unique_ptr<model::SeriesSet>> select(const model::SelectRequest& request,
                                                   const model::ReadContext& context) override;
  Result<std::vector<std::string>> label_names(const model::SelectRequest& request,
                                               const model::ReadContext& context) override;
  Result<std::vector<std::string>> label_values(const std::string& name, const model::SelectRequest& request,
                                                const model::ReadContext& context) override;
  Result<std::vector<model::SeriesExemplars>> exemplars(const model::SelectRequest& request,
                                                        const model::ReadContext& context) override;
  Result<std::vector<model::Metadata>> metadata(const std::vector<std::string>& tenants, const std::string& metric,
                                                const model::ReadContext& context) override;

 private:
  // What to do about a damaged one.
  static constexpr const char* kBlockAction =
      "restore the file from a copy, or stop the server and save what is sound by isobar repair data; queries warn until then";
  struct OpenBlock {
    blocks::BlockEntry entry;
    std::shared_ptr<BlockHandle> handle;
    std::vector<OpenBlock> coarser;  // its companions, the finest first
  };
  using Frozen = std::vector<std::shared_ptr<const tsdb::Generation>>;
  using OpenBlocks = std::vector<OpenBlock>;

  struct Partition {
    ingest_log::PartitionId id;
    // Owned by the shard.
    std::shared_ptr<tsdb::Generation> active;
    ingest_log::Position next;
    Timestamp looked_for_churn;  // when
    std::atomic<bool> follow_posted{false};
    std::atomic<bool> stopped{false};  // a record could not be folded
    // Changed together under views_mutex_; immutable behind the pointer.
    std::shared_ptr<const Frozen> frozen;
    std::shared_ptr<const OpenBlocks> blocks;
    std::shared_ptr<const blocks::Tombstones> tombstones;  // that one of those needs
  };
  // What a query sees of one partition.
  struct View {
    std::shared_ptr<const Frozen> frozen;
    std::shared_ptr<const OpenBlocks> blocks;
    std::shared_ptr<const blocks::Tombstones> tombstones;
  };
  // Blocks that become one, or are rewritten. One bucket of one partition, in order of position.
  struct Merge {
    std::vector<OpenBlock> inputs;
    std::shared_ptr<const blocks::Tombstones> tombstones;
    std::function<bool(const model::Labels&)> expired;  // null: nothing is
  };

  MetricsStore(ingest_log::IngestLog& log, object_store::ObjectStore& objects, sys::Shards& shards,
               const sys::Clock& clock, telemetry::MemoryBudget& head_budget, telemetry::Registry& metrics,
               MetricsStoreOptions options);
  Result<void> load();
  Result<void> manifest_is_there_if_blocks_are();
  // A list of blocks with their companions beside them, and back.
  static OpenBlocks flat(const OpenBlocks& blocks);
  static OpenBlocks grouped(const OpenBlocks& all);
  // Itself or a companion, and readable.
  static bool has_resolution(const OpenBlock& block, Duration resolution);
  // Unique: the blocks of a partition that share a day hold disjoint positions.
  static std::string block_id(ingest_log::PartitionId partition, ingest_log::Position first, ingest_log::Position end, std::int64_t bucket);
  // For one attempt to write it.
  std::string new_key_of(const std::string& block_id);
  // Not read yet.
  OpenBlock listed_block(const blocks::BlockEntry& entry);
  // Read, for nobody but the caller to know if it cannot be.
  Result<OpenBlock> readable_block(const blocks::BlockEntry& entry);
  void watch_block(const blocks::BlockEntry& entry, const Result<void>& state);
  void look_after_blocks(Partition& p);
  std::uint32_t shard_of(const Partition& p) const { return p.id.value % shards_.count(); }

  // On the shard. An error if the log cannot be read now: then there may be more than what was folded.
  Result<void> catch_up(Partition& p);
  void freeze(Partition& p, ingest_log::Position end);
  Result<void> fold_delete(Partition& p, ingest_log::Position position, const ingest_log::Record& record);
  void forget_tombstones(Partition& p);  // those that nothing needs; under views_mutex_
  std::shared_ptr<const blocks::Tombstones> tombstones_of(const Partition& p) const;
  Result<void> cut_if_due(Partition& p, bool force);
  bool much_is_gone(Partition& p);
  Result<void> flush_frozen(Partition& p);
  Result<void> flush_oldest(Partition& p, const std::shared_ptr<const tsdb::Generation>& generation);
  Result<void> advance_idle();
  Result<void> publish(Partition& p, const tsdb::Generation& generation, const std::vector<blocks::BlockEntry>& added);

  tl::unexpected<Error> compaction_failed(const Error& error);
  std::vector<Merge> blocks_by_partition();
  bool usable(const OpenBlock& block) const;
  bool merge_is_due(const OpenBlocks& blocks) const;
  Result<void> add_companion(const OpenBlock& block, Duration resolution);
  Result<OpenBlock> make_companion(const OpenBlock& block, Duration resolution);
  Result<void> run_merge(const Merge& merge);
  void set_aside(const std::vector<OpenBlock>& inputs);
  Result<std::optional<blocks::BlockEntry>> write_merged(const Merge& merge);
  std::string free_block_id(const blocks::BlockEntry& entry, const std::vector<OpenBlock>& inputs);
  Result<void> replace_blocks(const Merge& merge, const std::optional<blocks::BlockEntry>& merged);
  std::vector<blocks::BlockEntry> listed_instead(const Partition& p, std::vector<blocks::BlockEntry>& inputs);
  void remove_views(const std::vector<blocks::BlockEntry>& gone);

  Result<bool> apply_deletes_once(bool all);
  Result<void> note_untouched(const Merge& untouched);
  Duration keep_of(Duration resolution) const;
  Duration longest_keep_from(Duration resolution) const;
  bool past_keep(Duration resolution, Timestamp newest) const;
  bool awaits_companion(const OpenBlock& block) const;
  void drop_block(const OpenBlock& block, std::vector<blocks::BlockEntry>& gone) const;
  std::vector<blocks::BlockEntry> past_retention(const OpenBlocks& all) const;
  std::vector<blocks::BlockEntry> take_left_companions(blocks::Manifest& m, const std::vector<blocks::BlockEntry>& gone) const;
  std::shared_ptr<const std::vector<RetentionRule>> retention_rules() const;
  void remove_unnamed(const blocks::Manifest& manifest);

  // Visits each partition on its shard, caught up: `on_active` runs there.
  // `warnings` are told of partitions that do not follow the log any more; may be null.
  Result<std::vector<View>> take_views(model::Warnings* warnings,
                                       const std::function<void(std::size_t partition, const tsdb::Generation&)>& on_active);
  tsdb::DownsampledReads downsampled_reads(const model::ReadContext& context);
  Result<std::vector<model::Labels>> matching_labels(const model::SelectRequest& request,
                                                     const model::ReadContext& context);

  void report(std::string component, std::string reason, std::string action);
  void recovered(const std::string& component);

  ingest_log::IngestLog& log_;
  object_store::ObjectStore& objects_;
  sys::Shards& shards_;
  const sys::Clock& clock_;
  telemetry::MemoryBudget& head_budget_;
  MetricsStoreOptions options_;
  blocks::ManifestStore manifest_;
  std::atomic<std::uint64_t> attempts_{0};  // to write blocks
  std::vector<std::unique_ptr<Partition>> partitions_;
  mutable std::mutex views_mutex_;
  mutable std::mutex degraded_mutex_;
  std::vector<Degradation> degraded_;
  std::mutex flush_mutex_;
  std::mutex compact_mutex_;
  std::vector<blocks::BlockEntry> unmergeable_;  // damaged inside; under compact_mutex_
  mutable std::mutex rules_mutex_;
  std::shared_ptr<const std::vector<RetentionRule>> retention_rules_ = std::make_shared<const std::vector<RetentionRule>>();
  // Under compact_mutex_: the rules by which blocks were looked through, and the longest time of them that was over then.
  std::shared_ptr<const std::vector<RetentionRule>> looked_by_;
  std::map<std::string, Duration> looked_through_;
  std::atomic<bool> stopping_{false};

  telemetry::Counter& folded_records_;
  telemetry::Counter& flushed_blocks_;
  telemetry::Counter& flush_failures_;
  telemetry::Counter& compactions_;
  telemetry::Counter& compaction_failures_;
  telemetry::Counter& expired_blocks_;
  telemetry::Counter& rewrites_;
  telemetry::Counter& downsamples_;
  std::map<Duration, telemetry::Counter*> downsampled_reads_;  // by resolution
  telemetry::Counter& duplicates_;
  telemetry::Counter& conflicts_;
};

}  // namespace isobar::follower
