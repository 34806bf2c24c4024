#include "sim/metrics_node.h"

#include "tsdb/downsample.h"

namespace isobar::sim {

MetricsNode::MetricsNode(SimFileSystem& files) : objects_(files, "/data/objects") {}

Result<std::unique_ptr<MetricsNode>> MetricsNode::start(SimFileSystem& files, const SimClock& clock,
                                                        MetricsNodeOptions options) {
  std::unique_ptr<MetricsNode> node(new MetricsNode(files));
  ingest_log::LocalLogOptions log_options{
      .directory = "/data/log", .segment_bytes = options.segment_bytes, .tail_bytes = options.tail_bytes};
  log_options.new_topic_identity = 99;
  TRY(node->log_, ingest_log::LocalLog::open(files, log_options));
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
  TRY(node->store_, follower::MetricsStore::open(*node->log_, node->objects_, node->shards_, clock, node->budget_,
                                                 node->registry_, store_options));
  node->log_->on_append([store = node->store_.get()] { store->follow(); });
  node->ingester_ = std::make_unique<ingest::Ingester>(
      ingest::IngesterParts{.log = *node->log_,
                            .partitions = node->store_->partition_count(),
                            .limits = node->limits_,
                            .clock = clock,
                            .head_budget = node->budget_,
                            .metrics = node->registry_,
                            .writer_id = 1});
  return node;
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
