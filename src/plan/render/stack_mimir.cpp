// mimir-distributed 6.0: with Kafka as the chart has it, or without, which takes more than one switch.
#include <algorithm>

#include <fmt/format.h>

#include "plan/render/stack.h"

namespace isobar::plan::rendering {
namespace {

Tree null() {
  Tree out("null");
  out.plain = true;
  return out;
}

Tree storage(const Stack& stack) {
  Tree config;
  config["common"]["storage"] =
      Tree::map({{"backend", "s3"}, {"s3", Tree::map({{"endpoint", "s3.us-east-1.amazonaws.com"}, {"region", "us-east-1"}})}});
  for (const auto& [section, what] : {std::pair{"blocks_storage", "mimir-blocks"},
                                      {"alertmanager_storage", "mimir-alertmanager"},
                                      {"ruler_storage", "mimir-ruler"}}) {
    config[section]["s3"]["bucket_name"] = bucket(stack, what);
  }
  return config;
}

// The preset of the chart; the first switch alone leaves distributors that cannot push, and a broker that comes back.
void without_kafka(Stack& stack, std::int64_t ingesters, Tree& values, Tree& config) {
  Tree& ingest = config["ingest_storage"];
  ingest["enabled"] =
      stack.corrected("mimir.kafka", false,
                      "this switch alone leaves distributors unable to push and the broker in place; what follows belongs to it");
  ingest["kafka"] = Tree::map({{"address", null()}, {"topic", null()}, {"auto_create_topic_default_partitions", null()}});
  config["distributor"]["remote_timeout"] = null();
  config["ingester"]["push_grpc_method_enabled"] =
      Tree(true).note("the chart sets false, and every remote write is answered 500");
  config["ingester"]["ring"]["replication_factor"] = stack.of("mimir.ingesters", std::min<std::int64_t>(3, ingesters));
  values["kafka"]["enabled"] = Tree(false).note("otherwise the next upgrade makes the broker and its volume again");
}

void with_kafka(Stack& stack, Tree& values) {
  values["kafka"] =
      Tree::map({{"enabled", stack.of("mimir.kafka", true)}, {"persistence", Tree::map({{"enabled", true}, {"size", "5Gi"}})}});
  values["kafka"].note(
      "One broker with a volume: while its zone has no node, writes stop, and what restarts does not start.\n"
      "One node group for each zone brings a node back to it: plan render opentofu. Delivery is at least once.");
}

// One replica in each zone where nodes stand; the chart's zones are names until a node selector says where they are.
Tree zones_of(std::int64_t zones) {
  Tree list = Tree::list();
  for (std::int64_t i = 0; i < zones; ++i) {
    const char letter = static_cast<char>('a' + i);
    list.add(Tree::map({{"name", fmt::format("zone-{}", letter)},
                        {"nodeSelector", Tree::map({{"topology.kubernetes.io/zone", fmt::format("us-east-1{}", letter)}})},
                        {"extraAffinity", Tree::map()}}));
  }
  return list;
}

Result<Tree> replicated(Stack& stack, std::int64_t replicas) {
  TRY(const std::int64_t zones, stack.facts().whole("node.zones"));
  Tree out = Tree::map({{"replicas", stack.of("mimir.ingesters", replicas)},
                        {"persistentVolume", Tree::map({{"enabled", true}, {"size", "2Gi"}})}});
  const bool aware = zones >= 3 && replicas >= 3;
  out["zoneAwareReplication"]["enabled"] = aware;
  if (aware)
    out["zoneAwareReplication"]["zones"] =
        stack.corrected("mimir.ingesters", zones_of(3), "zones of the chart are names only; node selectors put them into zones");
  return out;
}

Result<void> add_caches(Stack& stack, Tree& values) {
  TRY(const bool caches, stack.facts().truth("mimir.caches"));
  values["chunks-cache"]["enabled"] = stack.of("mimir.caches", caches);
  if (caches)
    values["chunks-cache"]["allocatedMemory"] = stack.corrected(
        "mimir.caches", 1024, "the chart's 8192 reserves 9,830 MiB of a node; with 1024 two nodes hold what three did");
  values["results-cache"]["enabled"] = stack.of("mimir.caches", caches);
  return {};
}

}  // namespace

Result<Tree> mimir_values(Stack& stack) {
  TRY(const bool kafka, stack.facts().truth("mimir.kafka"));
  TRY(const std::int64_t ingesters, stack.facts().whole("mimir.ingesters"));
  Tree values;
  values["serviceAccount"] = service_account(stack, "mimir");
  Tree config = storage(stack);
  if (kafka)
    with_kafka(stack, values);
  else
    without_kafka(stack, ingesters, values, config);
  values["mimir"]["structuredConfig"] = std::move(config);
  values["minio"]["enabled"] = Tree(false).note("buckets of S3 instead");
  for (const auto& [component, setting] :
       {std::pair{"distributor", "mimir.distributors"}, {"querier", "mimir.queriers"}, {"gateway", "mimir.gateways"}}) {
    TRY(const std::int64_t replicas, stack.facts().whole(setting));
    values[component]["replicas"] = stack.of(setting, replicas);
  }
  values["gateway"]["resources"] = requests("20m", "64Mi");
  TRY(values["ingester"], replicated(stack, ingesters));
  TRY(values["store_gateway"], replicated(stack, ingesters));
  TRYV(add_caches(stack, values));
  return values;
}

}  // namespace isobar::plan::rendering
