// One process of the simulated world: ingest log, store and ingester on simulated files or in a bucket, all on the caller's thread.
// Destroying it is the process dying; what the disk keeps is the file system's business.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "follower/metrics_store.h"
#include "ingest/ingester.h"
#include "ingest_log/local/local_log.h"
#include "ingest_log/object/object_log.h"
#include "object_store/cache/cached_store.h"
#include "object_store/filesystem/filesystem_store.h"
#include "sim/sim_bucket.h"
#include "sim/sim_clock.h"
#include "sim/sim_file_system.h"

namespace isobar::sim {

struct MetricsNodeOptions {
  std::uint32_t partitions = 2;
  std::uint64_t segment_bytes = 16384;
  std::uint64_t tail_bytes = 8192;
  std::uint64_t flush_bytes = 1 << 20;
  std::uint64_t idle_log_bytes = 4096;
  Duration retention;
  std::uint64_t retention_bytes = 0;
  Duration delete_delay;
  Duration flush_age = Duration::hours(2);
  bool downsampling = false;
  std::map<Duration, Duration> retention_by_resolution = {};
  std::uint64_t writer = 1;  // of the log in a bucket
  std::size_t pack_objects = 8;
  std::string cache_directory = "/cache";
  std::uint64_t cache_bytes = 1 << 20;
};

class MetricsNode {
 public:
  // kUnavailable when the simulated disk, or the bucket, fails during the start.
  static Result<std::unique_ptr<MetricsNode>> start(SimFileSystem& files, const SimClock& clock,
                                                    MetricsNodeOptions options = {});
  // Log and blocks in a bucket; on the disk a cache in options.cache_directory.
  static Result<std::unique_ptr<MetricsNode>> start(SimBucket& bucket, SimFileSystem& files, const SimClock& clock, MetricsNodeOptions options = {});

  follower::MetricsStore& store() { return *store_; }
  ingest_log::IngestLog& log() { return *log_; }
  ingest_log::ObjectLog* object_log() { return object_log_; }  // null on a disk
  telemetry::Registry& registry() { return registry_; }
  Result<void> write(const std::string& tenant, const model::WriteBatch& batch) {
    return ingester_->write(tenant, batch);
  }
  model::ReadContext context() { return {budget_, cancellation_, warnings_}; }
  object_store::ObjectStore& objects() { return *objects_; }
  // Every sample of a tenant within [min, max], by the text of its labels. What readers are warned of is added to
  // `warnings` where that is given.
  using Content = std::map<std::string, model::SampleColumns>;
  Result<Content> read_all(const std::string& tenant, std::vector<std::string>* warnings = nullptr,
                           Timestamp min = Timestamp::min(), Timestamp max = Timestamp::max());
  // What a query gets that asks for numbers and sums of whole hours: samples with weights, where the store has them.
  Result<Content> read_hours(const std::string& tenant);

 private:
  Result<Content> read(const model::SelectRequest& request, std::vector<std::string>* warnings);
  explicit MetricsNode(std::unique_ptr<object_store::ObjectStore> objects) : objects_(std::move(objects)) {}
  Result<void> open_store(const SimClock& clock, const MetricsNodeOptions& options);

  std::unique_ptr<object_store::ObjectStore> door_;  // of a bucket, below the cache
  std::unique_ptr<object_store::ObjectStore> objects_;
  sys::Shards shards_{2, sys::Shards::Mode::kInline};
  telemetry::Registry registry_;
  telemetry::MemoryBudget budget_{"head", 0, "--memory.head"};
  limits::LimitsTable limits_{limits::TenantLimits{}};
  std::unique_ptr<ingest_log::IngestLog> log_;
  ingest_log::ObjectLog* object_log_ = nullptr;
  std::unique_ptr<follower::MetricsStore> store_;
  std::unique_ptr<ingest::Ingester> ingester_;
  Cancellation cancellation_;
  model::Warnings warnings_;
};

}  // namespace isobar::sim
