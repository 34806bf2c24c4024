// loki 18.11 of grafana-community: SimpleScalable on S3, or one process on a volume.
#include <fmt/format.h>

#include "plan/render/stack.h"

namespace isobar::plan::rendering {
namespace {

Tree schema(const char* store) {
  Tree entry = Tree::map({{"from", "2024-04-01"}, {"store", "tsdb"}, {"object_store", store}, {"schema", "v13"}});
  entry["index"] = Tree::map({{"prefix", "loki_index_"}, {"period", "24h"}});
  return Tree::map({{"configs", Tree::list({entry})}});
}

Result<void> add_store(Stack& stack, bool s3, Tree& loki) {
  loki["schemaConfig"] = schema(s3 ? "s3" : "filesystem");
  Tree& storage = loki["storage"];
  storage["type"] = stack.of("loki.storage", s3 ? "s3" : "filesystem");
  if (s3) {
    Tree& names = storage["bucketNames"];
    for (const char* what : {"chunks", "ruler", "admin"}) names[what] = bucket(stack, fmt::format("loki-{}", what));
    storage["s3"]["region"] = "us-east-1";
  }
  TRY(const std::int64_t days, stack.facts().whole("loki.retention_days"));
  loki["limits_config"]["retention_period"] = stack.of("loki.retention_days", fmt::format("{}h", days * 24));
  loki["compactor"]["retention_enabled"] = stack.corrected(
      "loki.retention_days", true, "the period alone deletes nothing, the compactor does, and only when it is told to");
  loki["compactor"]["delete_request_store"] = s3 ? "s3" : "filesystem";
  return {};
}

Tree claim(Stack& stack) {
  return Tree::map({{"size", "10Gi"}, {"storageClass", stack.disk_class("disk.type")}});
}

Result<void> add_scalable(Stack& stack, Tree& values) {
  std::int64_t writers = 0;
  for (const char* target : {"read", "write", "backend"}) {
    const std::string setting = fmt::format("loki.{}", target);
    TRY(const std::int64_t replicas, stack.facts().whole(setting));
    values[target] = Tree::map({{"replicas", stack.of(setting, replicas)}, {"resources", requests("100m", "256Mi")}});
    if (std::string_view(target) != "read") values[target]["persistence"] = claim(stack);
    if (std::string_view(target) == "write") writers = replicas;
  }
  Tree& factor = values["loki"]["commonConfig"]["replication_factor"] =
      stack.of("loki.write", std::min<std::int64_t>(3, writers));
  if (writers == 2) factor.note(factor.comment + ": a write needs both of two copies; with three writers one may be away");
  values["chunksCache"]["allocatedMemory"] =
      stack.corrected("loki.mode", 1024, "the chart's 8192 reserves 9,830 MiB of a node, and no decision asks for it");
  return {};
}

void add_single(Stack& stack, Tree& values) {
  values["loki"]["commonConfig"]["replication_factor"] = stack.of("loki.mode", 1);
  values["singleBinary"] = Tree::map(
      {{"replicas", stack.of("loki.mode", 1)}, {"resources", requests("100m", "256Mi")}, {"persistence", claim(stack)}});
  values["singleBinary"]["persistence"]["enabled"] = true;
  for (const char* target : {"read", "write", "backend"}) values[target]["replicas"] = 0;
  for (const char* aside : {"chunksCache", "resultsCache", "lokiCanary", "test"}) values[aside]["enabled"] = false;
}

}  // namespace

Result<Tree> loki_values(Stack& stack) {
  TRY(const std::string mode, stack.facts().text("loki.mode"));
  TRY(const std::string store, stack.facts().text("loki.storage"));
  const bool scalable = mode == "scalable";
  const bool s3 = store == "s3";
  if (scalable && !s3)
    return fail(Code::kUnprocessable,
                fmt::format("decision {}: several processes of Loki need an object store; set loki.storage: s3",
                            stack.facts().id_of("loki.storage")));
  Tree values;
  values["deploymentMode"] = stack.of("loki.mode", scalable ? "SimpleScalable" : "Monolithic");
  if (scalable) values["deploymentMode"].note(values["deploymentMode"].comment + "; deprecated, and removed in Loki 4");
  if (s3) values["serviceAccount"] = service_account(stack, "loki");
  values["loki"]["auth_enabled"] = false;
  TRYV(add_store(stack, s3, values["loki"]));
  if (scalable) {
    TRYV(add_scalable(stack, values));
  } else {
    add_single(stack, values);
  }
  values["minio"]["enabled"] = false;
  TRY(const std::int64_t gateways, stack.facts().whole("loki.gateways"));
  values["gateway"] = Tree::map({{"replicas", stack.of("loki.gateways", gateways)}, {"resources", requests("20m", "32Mi")}});
  return values;
}

}  // namespace isobar::plan::rendering
