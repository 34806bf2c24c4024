#include "sim/metrics_node.h"

#include "tsdb/downsample.h"

namespace isobar::sim {

Result<std::unique_ptr<MetricsNode>> MetricsNode::start(SimFileSystem& files, const SimClock& clock,
                                                        MetricsNodeOptions options) {
  std::unique_ptr<MetricsNode> node(new MetricsNode(std::make_unique<object_store::FilesystemStore>(files, "/data/objects")));
  ingest_log::LocalLogOptions log_options{
      .directory = "/data/log", .segment_bytes = options.segment_bytes, .tail_bytes = options.tail_bytes};
  log_options.new_topic_identity = 99;
  TRY(node->log_, ingest_log::LocalLog::open(files, log_options));
  TRYV(node->open_store(clock, options));
  return node;
}

Result<std::unique_ptr<MetricsNode>> MetricsNode::start(SimBucket& bucket, SimFileSystem& files, const SimClock& clock, MetricsNodeOptions options) {
  std::unique_ptr<object_store::ObjectStore> door = bucket.door();
  const object_store::CacheOptions cache{.directory = options.cache_directory,
                                         .max_bytes = options.cache_bytes,
                                         .memory_bytes = 1 << 20,
                                         .page_bytes = 512,
                                         .request_bytes = 2048,
                                         .threads = 0};
  std::unique_ptr<MetricsNode> node(new MetricsNode(std::make_unique<object_store::CachedStore>(*door, files, cache)));
  node->door_ = std::move(door);
  ingest_log::ObjectLogOptions log_options;
  log_options.new_topic_identity = 99;
  log_options.writer = options.writer;
  log_options.window = {};
  log_options.give_up = {};
  log_options.tail_bytes = options.tail_bytes;
  log_options.fetch_bytes = options.segment_bytes;
  log_options.fetch_threads = 0;
  log_options.pack_objects = options.pack_objects;
  log_options.pack_bytes = options.segment_bytes;
  TRY(auto log, ingest_log::ObjectLog::open(*node->objects_, clock, log_options));
  node->object_log_ = log.get();
  node->log_ = std::move(log);
  TRYV(node->open_store(clock, options));
  return node;
}

Result<void> MetricsNode::open_store(const SimClock& clock, const MetricsNodeOptions& options) {
  follower::MetricsStoreOptions store_options{.partitions = options.partitions,
                                              .flush_bytes = options.flush_bytes,
                                              .idle_log_bytes = options.idle_log_bytes};
  store_options.compaction.least_blocks = 2;
  store_options.retention = options.retention;
  store_options.retention_bytes = options.retention_bytes;
  store_options.delete_delay = options.delete_delay;
  store_options.flush_age = options.flush_age;
  if (options.downsampling) store_options.downsampling.assign(std::begin(tsdb::kResolutions), std::end(tsdb::kResolutions));
  store_options.retention_by_resolution = options.retention_by_resolution;
  store_options.objects_are_near = object_log_ == nullptr;
  TRY(store_, follower::MetricsStore::open(*log_, *objects_, shards_, clock, budget_, registry_, store_options));
  log_->on_append([store = store_.get()] { store->follow(); });
  ingester_ = std::make_unique<ingest::Ingester>(ingest::IngesterParts{.log = *log_,
                                                                       .partitions = store_->partition_count(),
                                                                       .limits = limits_,
                                                                       .clock = clock,
                                                                       .head_budget = budget_,
                                                                       .metrics = registry_,
                                                                       .writer_id = 1});
  return {};
}

Result<MetricsNode::Content> MetricsNode::read_all(const std::string& tenant, std::vector<std::string>* warnings,
                                                   Timestamp min, Timestamp max) {
  return read({{tenant}, {}, min, max}, warnings);
}

Result<MetricsNode::Content> MetricsNode::read_hours(const std::string& tenant) {
  model::SelectRequest request{{tenant}, {}, Timestamp::min(), Timestamp::max()};
  request.grid = Duration::hours(1);
  request.use = model::kUsesCount | model::kUsesSum;
  return read(request, nullptr);
}

Result<MetricsNode::Content> MetricsNode::read(const model::SelectRequest& request, std::vector<std::string>* warnings) {
  Content content;
  model::Warnings warned;
  TRY(const auto set, store_->select(request, {budget_, cancellation_, warned}));
  std::vector<std::shared_ptr<const model::Series>> batch;
  while (true) {
    TRYV(set->next(batch));
    if (batch.empty()) break;
    for (const auto& series : batch) TRYV(series->read(request.min, request.max, content[series->labels().to_string()]));
  }
  for (const std::string& text : warned.take()) {
    warnings_.add(text);
    if (warnings != nullptr) warnings->push_back(text);
  }
  return content;
}

}  // namespace isobar::sim
