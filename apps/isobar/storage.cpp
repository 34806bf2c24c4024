#include "storage.h"

#include <algorithm>
#include <thread>

#include "snapshot.h"
#include "sys/random.h"
#include "telemetry/log.h"

namespace isobar::app {

// Bridges admission and the heads: neither knows the other.
class Storage::Census final : public ingest::SeriesCensus {
 public:
  explicit Census(follower::MetricsStore& store) : store_(store) {}
  std::uint64_t series_of(std::string_view tenant) override { return store_.series_of(tenant); }
  void known_series(std::string_view tenant, ingest_log::PartitionId partition, std::span<const Hash128> hashes,
                    std::vector<bool>& known) override {
    store_.known_series(tenant, partition, hashes, known);
  }

 private:
  follower::MetricsStore& store_;
};

class Storage::Admin final : public api::TsdbAdmin {
 public:
  Admin(follower::MetricsStore& store, const sys::Clock& clock, const std::string& data_dir) : store_(store), clock_(clock), data_dir_(data_dir) {}
  Result<void> delete_series(const model::SeriesDeletion& deletion) override { return store_.delete_series(deletion); }
  Result<void> clean_tombstones() override { return store_.clean_tombstones(); }
  Result<std::string> snapshot(bool skip_head) override { return write_snapshot(store_, clock_, data_dir_, skip_head); }

 private:
  follower::MetricsStore& store_;
  const sys::Clock& clock_;
  const std::string& data_dir_;
};

Storage::Storage(const ServeSettings& settings, telemetry::Registry& metrics)
    : settings_(settings), head_budget_("head", settings.head_bytes, "--memory.head"), limits_(settings.limits), preparation_(metrics) {}

Storage::~Storage() = default;

Result<std::unique_ptr<Storage>> Storage::open(const ServeSettings& settings, telemetry::Registry& metrics) {
  std::unique_ptr<Storage> storage(new Storage(settings, metrics));
  TRYV(storage->load(metrics));
  storage->expose(metrics);
  return storage;
}

Result<void> Storage::load(telemetry::Registry& metrics) {
  TRYV(files_.create_directories(settings_.data_dir));
  TRY(sys::DirectoryLock lock, sys::DirectoryLock::acquire(settings_.data_dir + "/lock"));
  lock_ = std::make_unique<sys::DirectoryLock>(std::move(lock));
  TRY(backend_, settings_.bucket.empty() ? open_local_backend(settings_, files_, expected_log_identity, metrics)
                                         : open_bucket_backend(settings_, files_, clock_, expected_log_identity, metrics));
  const std::uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
  shards_ = std::make_unique<sys::Shards>(std::min<std::uint32_t>(cores, static_cast<std::uint32_t>(settings_.partitions)),
                                          sys::Shards::Mode::kThreads);
  follower::MetricsStoreOptions store_options{.partitions = static_cast<std::uint32_t>(settings_.partitions),
                                              .flush_bytes = settings_.flush_bytes,
                                              .flush_samples = settings_.flush_samples,
                                              .flush_age = settings_.flush_age,
                                              .retention = settings_.retention,
                                              .retention_bytes = settings_.retention_bytes,
                                              .objects_are_near = backend_->is_near()};
  // Five minutes take seven times the disk space of an hour, so they are made for those who say so.
  if (!settings_.no_downsampling && settings_.retention_5m) store_options.downsampling.push_back(Duration::minutes(5));
  if (!settings_.no_downsampling) store_options.downsampling.push_back(Duration::hours(1));
  if (settings_.retention_5m) store_options.retention_by_resolution[Duration::minutes(5)] = *settings_.retention_5m;
  if (settings_.retention_1h) store_options.retention_by_resolution[Duration::hours(1)] = *settings_.retention_1h;
  TRY(store_, follower::MetricsStore::open(log(), objects(), *shards_, clock_, head_budget_, metrics, store_options));
  log().on_append([store = store_.get()] { store->follow(); });
  admin_ = std::make_unique<Admin>(*store_, clock_, settings_.data_dir);
  census_ = std::make_unique<Census>(*store_);
  ingester_ = std::make_unique<ingest::Ingester>(ingest::IngesterParts{.log = log(),
                                                                       .partitions = store_->partition_count(),
                                                                       .limits = limits_,
                                                                       .clock = clock_,
                                                                       .head_budget = head_budget_,
                                                                       .metrics = metrics,
                                                                       .census = census_.get(),
                                                                       .writer_id = sys::entropy_seed(),
                                                                       .preparation = &preparation_});
  return {};
}

// A log gets its first file with its first record, and until then is the one that the manifest speaks of.
std::uint64_t Storage::expected_log_identity(object_store::ObjectStore& objects) {
  const auto object = objects.get(follower::MetricsStoreOptions{}.prefix + "/manifest.json");
  const auto manifest = object ? blocks::decode_manifest(object->bytes) : Result<blocks::Manifest>(fail(object.error()));
  return manifest ? manifest->log_identity : sys::entropy_seed();  // the store says what is wrong with it
}

void Storage::expose(telemetry::Registry& metrics) {
  const auto gauge = [&](const char* name, const char* help, std::function<double()> read) {
    metrics.on_read(name, help, "gauge", {}, std::move(read));
  };
  const auto store = [this] { return store_->stats(); };
  gauge("isobar_head_series", "Series in memory, frozen generations included.",
        [store] { return static_cast<double>(store().head_series); });
  gauge("isobar_head_samples", "Samples in memory.", [store] { return static_cast<double>(store().head_samples); });
  gauge("isobar_blocks", "Blocks in the manifest.", [store] { return static_cast<double>(store().blocks); });
  gauge("isobar_block_bytes", "Bytes of all blocks.", [store] { return static_cast<double>(store().block_bytes); });
  gauge("isobar_downsampled_block_bytes", "Bytes of those that are downsampled.",
        [store] { return static_cast<double>(store().downsampled_bytes); });
  gauge("isobar_tombstones", "Deletes that are not yet applied to every block, of all partitions.",
        [store] { return static_cast<double>(store().tombstones); });
  backend_->expose(metrics);
}

void Storage::start() {
  store_->follow();
  maintenance_ = std::make_unique<sys::Worker>("maintenance", Duration::seconds(5), [this] {
    // Failures are in degraded() and in the metrics; the next round tries again.
    if (const Result<void> done = store_->run_once(); !done) {
      telemetry::log_error("writing blocks failed, trying again", {{"error", done.error().message}});
    }
    backend_->maintain();
  });
  compaction_ = std::make_unique<sys::Worker>("compaction", Duration::seconds(10), [this] {
    if (!backend_->is_near() && !looked_for_left_blocks_) store_->remove_left_blocks();
    looked_for_left_blocks_ = true;
    if (retaining_) retain();
    compact();
  });
}

// Failures are in degraded() and in the metrics; the next round tries again.
void Storage::compact() {
  const auto repeat = [](const auto& job) {
    while (true) {
      const Result<bool> done = job();
      if (!done) return false;
      if (!*done) return true;
    }
  };
  // Merges apply deletes too, so rewrites come afterwards; each takes the downsampled blocks with it, so those come last.
  if (!repeat([this] { return store_->compact_once(); })) return;
  if (!repeat([this] { return store_->apply_deletes_once(); })) return;
  (void)repeat([this] { return store_->downsample_once(); });
}

void Storage::retain() {
  (void)store_->drop_expired();
  while (true) {
    const Result<bool> rewritten = store_->expire_series_once();
    if (!rewritten || !*rewritten) return;
  }
}

void Storage::set_retention_rules(std::vector<follower::RetentionRule> rules) {
  store_->set_retention_rules(std::move(rules));
  retaining_ = true;
}

api::TsdbAdmin& Storage::admin() { return *admin_; }

void Storage::stop() {
  store_->stop_compaction();
  if (compaction_) compaction_->stop();
  if (maintenance_) maintenance_->stop();
  if (const Result<void> flushed = store_->run_once(true); !flushed) {
    telemetry::log_error("blocks were not written at shutdown; the log keeps the samples",
                         {{"error", flushed.error().message}});
  }
  shards_->stop();
}

}  // namespace isobar::app
