// Grafana, Prometheus, Kiali, Istio, Velero, Trivy, Kubecost and Headlamp: charts where little is to be said.
#include <fmt/format.h>

#include "plan/render/stack.h"

namespace isobar::plan::rendering {
namespace {

constexpr const char* kPrometheus = "http://kube-prometheus-stack-prometheus.observability.svc:9090";
constexpr const char* kMimir = "http://mimir-gateway.observability.svc/prometheus";
constexpr const char* kMimirPush = "http://mimir-gateway.observability.svc/api/v1/push";

Result<bool> has(const Stack& stack, std::string_view setting) {
  return stack.facts().truth(setting);
}

Tree data_source(const char* name, const char* type, const char* url, bool first) {
  Tree out = Tree::map({{"name", name}, {"type", type}, {"access", "proxy"}, {"url", url}});
  if (first) out["isDefault"] = true;
  return out;
}

Result<Tree> data_sources(const Stack& stack) {
  TRY(const bool mimir, has(stack, "mimir.deployed"));
  TRY(const std::string loki, stack.facts().text("loki.mode"));
  Tree list = Tree::list({data_source(mimir ? "Mimir" : "Prometheus", "prometheus", mimir ? kMimir : kPrometheus, true)});
  if (loki != "none") list.add(data_source("Loki", "loki", "http://loki-gateway.observability.svc", false));
  Tree out;
  out["datasources.yaml"] = Tree::map({{"apiVersion", 1}, {"datasources", std::move(list)}});
  return out;
}

Tree backup(const char* cron, const char* kept, Stack& stack, std::string_view setting) {
  return Tree::map({{"disabled", false}, {"schedule", stack.of(setting, cron)}, {"template", Tree::map({{"ttl", kept}})}});
}

}  // namespace

Result<Tree> grafana_values(Stack& stack) {
  TRY(const std::int64_t replicas, stack.facts().whole("grafana.replicas"));
  TRY(const std::int64_t gib, stack.facts().whole("grafana.disk_gib"));
  TRY(const std::int64_t dashboards, stack.facts().whole("dashboards.prepared"));
  Tree values;
  const bool shared = replicas > 1 && gib > 0;
  values["replicas"] = shared ? stack.corrected("grafana.replicas", 1,
                                                "replicas share one ReadWriteOnce claim, and the second hangs on another node; "
                                                "two need a database of their own, and no claim")
                              : stack.of("grafana.replicas", replicas);
  values["deploymentStrategy"]["type"] = Tree("Recreate").note("the claim moves only after the old pod let go of it");
  values["persistence"] = Tree::map({{"enabled", gib > 0}, {"type", "pvc"}, {"accessModes", Tree::list({"ReadWriteOnce"})}});
  values["persistence"]["size"] = stack.of("grafana.disk_gib", fmt::format("{}Gi", gib));
  values["persistence"]["storageClassName"] = stack.disk_class("grafana.disk_type");
  values["admin"] = Tree::map({{"existingSecret", "grafana-admin"}, {"userKey", "user"}, {"passwordKey", "password"}});
  values["resources"] = requests("50m", "128Mi");
  values["sidecar"]["dashboards"]["enabled"] = stack.of("dashboards.prepared", dashboards > 0);
  values["sidecar"]["resources"] = requests("10m", "64Mi");
  TRY(values["datasources"], data_sources(stack));
  return values;
}

Result<Tree> prometheus_values(Stack& stack) {
  TRY(const std::int64_t days, stack.facts().whole("prometheus.retention_days"));
  TRY(const bool mimir, has(stack, "mimir.deployed"));
  Tree values;
  values["grafana"]["enabled"] = Tree(false).note("it has a chart of its own");
  Tree& spec = values["prometheus"]["prometheusSpec"];
  spec["retention"] = stack.of("prometheus.retention_days", fmt::format("{}d", days));
  const std::int64_t gib = days * 2;
  spec["retentionSize"] = fmt::format("{}GB", gib * 8 / 10);
  Tree claim = Tree::map({{"storageClassName", "gp3"}, {"accessModes", Tree::list({"ReadWriteOnce"})}});
  claim["resources"]["requests"]["storage"] = fmt::format("{}Gi", gib);
  spec["storageSpec"] = stack.corrected(
      "prometheus.retention_days", Tree::map({{"volumeClaimTemplate", Tree::map({{"spec", std::move(claim)}})}}),
      "the chart keeps samples in the pod, and they go with it; 2 GiB a day on a volume that the plan does not price");
  spec["resources"] = requests("200m", "1Gi");
  if (mimir) spec["remoteWrite"] = Tree::list({Tree::map({{"url", kMimirPush}})});
  values["alertmanager"]["alertmanagerSpec"]["resources"] = requests("10m", "64Mi");
  for (const char* part : {"prometheusOperator", "kube-state-metrics", "prometheus-node-exporter"})
    values[part]["resources"] = requests("20m", "64Mi");
  return values;
}

Result<Tree> kiali_values(Stack& stack) {
  Tree spec;
  spec["auth"]["strategy"] = "token";
  spec["deployment"]["replicas"] = 1;
  spec["external_services"]["prometheus"]["url"] = kPrometheus;
  Tree values;
  values["cr"] =
      Tree::map({{"create", stack.of("kiali.deployed", true)}, {"namespace", "istio-system"}, {"spec", std::move(spec)}});
  values["resources"] = requests("10m", "64Mi");
  return values;
}

Result<Tree> istiod_values(Stack& stack) {
  Tree values;
  values["pilot"]["resources"] = requests("500m", "2048Mi");
  values["global"]["proxy"]["resources"] = requests("100m", "128Mi");
  values["global"]["proxy"]["resources"].note("of every pod of the mesh; the seed says 100 MB");
  values["meshConfig"]["enableAutoMtls"] = stack.of("mesh.mtls", true);
  stack.notes().push_back(stack.facts().decision("mesh.mtls") +
                          "; corrected: a mesh takes plain connections too until manifests/peer-authentication.yaml is applied");
  return values;
}

Result<Tree> velero_values(Stack& stack) {
  TRY(const bool agent, has(stack, "velero.node_agent"));
  TRY(const bool daily, has(stack, "backup.daily"));
  TRY(const bool weekly, has(stack, "backup.weekly"));
  TRY(const bool elsewhere, has(stack, "backup.cross_region"));
  Tree values;
  values["deployNodeAgent"] = stack.of("velero.node_agent", agent);
  values["credentials"]["useSecret"] = stack.of("credentials.roles", false);
  values["serviceAccount"]["server"] = Tree::map({{"create", true}, {"name", "velero"}});
  values["initContainers"] =
      Tree::list({Tree::map({{"name", "velero-plugin-for-aws"},
                             {"image", "velero/velero-plugin-for-aws:v1.14.2"},
                             {"volumeMounts", Tree::list({Tree::map({{"mountPath", "/target"}, {"name", "plugins"}})})},
                             {"resources", requests("10m", "32Mi")}})});
  Tree region = Tree::map({{"region", "us-east-1"}});
  values["configuration"]["backupStorageLocation"] = Tree::list({Tree::map(
      {{"name", "default"}, {"provider", "aws"}, {"bucket", bucket(stack, "velero")}, {"default", true}, {"config", region}})});
  values["configuration"]["volumeSnapshotLocation"] =
      Tree::list({Tree::map({{"name", "default"}, {"provider", "aws"}, {"config", region}})});
  if (agent) values["configuration"]["defaultVolumesToFsBackup"] = stack.of("velero.node_agent", true);
  if (daily) values["schedules"]["daily"] = backup("0 2 * * *", "168h", stack, "backup.daily");
  if (weekly) values["schedules"]["weekly"] = backup("0 3 * * 0", "720h", stack, "backup.weekly");
  values["resources"] = requests("100m", "128Mi");
  if (agent) values["nodeAgent"]["resources"] = requests("50m", "128Mi");
  if (!elsewhere)
    stack.notes().push_back(stack.facts().decision("backup.cross_region") + ": no copy in another region is rendered");
  return values;
}

Result<Tree> trivy_values(Stack& stack) {
  TRY(const bool full, has(stack, "trivy.full_scope"));
  Tree values;
  Tree& scanners = values["operator"];
  scanners["scanJobsConcurrentLimit"] =
      stack.corrected("trivy.operator", 3, "the chart starts ten scan jobs at once, which no plan of the nodes has");
  scanners["vulnerabilityScannerEnabled"] = true;
  for (const char* scanner : {"configAuditScannerEnabled", "rbacAssessmentScannerEnabled", "exposedSecretScannerEnabled"})
    scanners[scanner] = stack.of("trivy.full_scope", full);
  values["resources"] = requests("50m", "128Mi");
  return values;
}

Result<Tree> kubecost_values(Stack& stack) {
  TRY(const bool prometheus, has(stack, "prometheus.deployed"));
  Tree values;
  Tree& global = values["global"];
  if (prometheus) {
    global["prometheus"] =
        Tree::map({{"enabled",
                    stack.corrected("kubecost.deployed", false,
                                    "it brings a second Prometheus with 32 GiB, and a second Grafana; those of the platform do")},
                   {"fqdn", kPrometheus}});
    global["grafana"] = Tree::map({{"enabled", false}, {"proxy", false}});
  }
  values["persistentVolume"] = Tree::map({{"enabled", true}, {"size", "32Gi"}, {"storageClass", "gp3"}});
  values["forecasting"]["resources"] = requests("50m", "128Mi");
  return values;
}

Result<Tree> headlamp_values(Stack& stack) {
  Tree values;
  values["replicaCount"] = stack.of("headlamp.deployed", 1);
  values["clusterRoleBinding"] =
      Tree::map({{"create", true},
                 {"clusterRoleName", stack.corrected("headlamp.deployed", "view", "the chart binds cluster-admin to the page")}});
  values["resources"] = requests("20m", "64Mi");
  return values;
}

}  // namespace isobar::plan::rendering
