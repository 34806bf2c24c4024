#include "plan/render/isobar_objects.h"

#include <fmt/format.h>

namespace isobar::plan::rendering {
namespace {

constexpr int kPort = 9009;

Tree selector() {
  return Tree::map({{"app.kubernetes.io/name", "isobar"}, {"app.kubernetes.io/instance", "isobar"}});
}

Tree object(const char* version, const char* kind, const std::string& name) {
  return Tree::map({{"apiVersion", version}, {"kind", kind}, {"metadata", Tree::map({{"name", name}, {"labels", selector()}})}});
}

Tree service_account() {
  Tree out = object("v1", "ServiceAccount", "isobar");
  out["automountServiceAccountToken"] = false;
  return out;
}

Tree service(const std::string& name, bool headless) {
  Tree out = object("v1", "Service", name);
  Tree& spec = out["spec"];
  spec["type"] = "ClusterIP";
  if (headless) spec["clusterIP"] = "None";
  spec["selector"] = selector();
  spec["ports"] = Tree::list({Tree::map({{"name", "http"}, {"port", kPort}, {"targetPort", "http"}, {"protocol", "TCP"}})});
  return out;
}

// https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md
Tree storage_class(const IsobarDeployment& d) {
  Tree out = object("storage.k8s.io/v1", "StorageClass", "isobar-gp3");
  out["provisioner"] = "ebs.csi.aws.com";
  Tree& parameters = out["parameters"];
  parameters["type"] = "gp3";
  parameters["encrypted"] = "true";
  parameters["csi.storage.k8s.io/fstype"] = "ext4";
  int n = 0;
  for (const auto& [key, value] : d.tags.value)
    parameters[fmt::format("tagSpecification_{}", ++n)] = fmt::format("{}={}", key, value);
  out["reclaimPolicy"] = Tree(d.keep_volume.value ? "Retain" : "Delete").note(d.keep_volume.source);
  out["volumeBindingMode"] = "WaitForFirstConsumer";
  out["allowVolumeExpansion"] = true;
  return out;
}

Tree probe(const char* path, int period, int failures) {
  return Tree::map({{"httpGet", Tree::map({{"path", path}, {"port", "http"}})},
                    {"periodSeconds", period},
                    {"timeoutSeconds", 5},
                    {"failureThreshold", failures}});
}

Tree arguments(const IsobarDeployment& d) {
  const MemoryBudget budget = budget_of(d.memory_limit_mib.value);
  Tree out = Tree::list({"serve", "--profile=local", "--data-dir=/var/lib/isobar", fmt::format("--listen=0.0.0.0:{}", kPort),
                         "--config=/etc/isobar/prometheus.yml", "--host.off", "--log.level=info"});
  const std::pair<const char*, std::int64_t> sizes[] = {{"memory.head", budget.head},
                                                        {"memory.queries", budget.queries},
                                                        {"memory.query", budget.query},
                                                        {"memory.bodies", budget.bodies},
                                                        {"storage.flush-bytes", budget.flush}};
  for (const auto& [flag, mib] : sizes) out.add(fmt::format("--{}={}MiB", flag, mib));
  return out;
}

Tree container(const IsobarDeployment& d) {
  Tree out = Tree::map({{"name", "isobar"}, {"image", fmt::format("isobar:{}", d.version)}, {"imagePullPolicy", "IfNotPresent"}});
  out["command"] = Tree::list({"/opt/isobar/isobar"});
  out["args"] = arguments(d);
  out["ports"] = Tree::list({Tree::map({{"name", "http"}, {"containerPort", kPort}, {"protocol", "TCP"}})});
  // Replaying the log after a crash comes before /-/ready: ten minutes of patience.
  out["startupProbe"] = probe("/-/ready", 5, 120);
  out["readinessProbe"] = probe("/-/ready", 5, 3);
  out["livenessProbe"] = probe("/-/healthy", 10, 6);
  Tree& resources = out["resources"];
  resources["requests"]["cpu"] = Tree(fmt::format("{}m", d.cpu_request_m.value)).note(d.cpu_request_m.source);
  resources["requests"]["memory"] = Tree(fmt::format("{}Mi", d.memory_request_mib.value)).note(d.memory_request_mib.source);
  resources["limits"]["memory"] = Tree(fmt::format("{}Mi", d.memory_limit_mib.value)).note(d.memory_limit_mib.source);
  out["securityContext"] = Tree::map({{"allowPrivilegeEscalation", false},
                                      {"readOnlyRootFilesystem", true},
                                      {"capabilities", Tree::map({{"drop", Tree::list({"ALL"})}})}});
  out["volumeMounts"] = Tree::list({Tree::map({{"name", "data"}, {"mountPath", "/var/lib/isobar"}}),
                                    Tree::map({{"name", "config"}, {"mountPath", "/etc/isobar"}, {"readOnly", true}})});
  return out;
}

Tree pod_template(const IsobarDeployment& d) {
  Tree out;
  out["metadata"]["labels"] = selector();
  out["metadata"]["labels"]["sidecar.istio.io/inject"] = Tree(d.mesh.value ? "true" : "false").note(d.mesh.source);
  Tree& spec = out["spec"];
  spec["serviceAccountName"] = "isobar";
  spec["automountServiceAccountToken"] = false;
  spec["enableServiceLinks"] = false;
  spec["terminationGracePeriodSeconds"] = 120;  // SIGTERM writes what is in memory
  spec["securityContext"] = Tree::map({{"runAsNonRoot", true},
                                       {"runAsUser", 65532},
                                       {"runAsGroup", 65532},
                                       {"fsGroup", 65532},
                                       {"fsGroupChangePolicy", "OnRootMismatch"},
                                       {"seccompProfile", Tree::map({{"type", "RuntimeDefault"}})}});
  spec["containers"] = Tree::list({container(d)});
  spec["volumes"] = Tree::list({Tree::map({{"name", "config"}, {"configMap", Tree::map({{"name", "isobar"}})}})});
  return out;
}

Tree claim(const IsobarDeployment& d) {
  Tree out;
  out["metadata"]["name"] = "data";
  Tree& spec = out["spec"];
  spec["accessModes"] = Tree::list({"ReadWriteOnce"});
  spec["storageClassName"] = "isobar-gp3";
  spec["resources"]["requests"]["storage"] = Tree(fmt::format("{}Gi", d.volume_gib.value)).note(d.volume_gib.source);
  return out;
}

Tree stateful_set(const IsobarDeployment& d) {
  Tree out = object("apps/v1", "StatefulSet", "isobar");
  Tree& spec = out["spec"];
  spec["serviceName"] = "isobar-headless";
  spec["replicas"] = Tree(1).note(d.replicas_source);
  spec["selector"]["matchLabels"] = selector();
  spec["persistentVolumeClaimRetentionPolicy"] = Tree::map(
      {{"whenDeleted", Tree(d.keep_volume.value ? "Retain" : "Delete").note(d.keep_volume.source)}, {"whenScaled", "Retain"}});
  spec["template"] = pod_template(d);
  spec["volumeClaimTemplates"] = Tree::list({claim(d)});
  return out;
}

Tree port(const char* protocol, int number) {
  return Tree::map({{"protocol", protocol}, {"port", number}});
}
Tree namespace_named(const char* name) {
  return Tree::map({{"matchLabels", Tree::map({{"kubernetes.io/metadata.name", name}})}});
}

Tree dns_edge() {
  return Tree::map(
      {{"to", Tree::list({Tree::map({{"namespaceSelector", namespace_named("kube-system")},
                                     {"podSelector", Tree::map({{"matchLabels", Tree::map({{"k8s-app", "kube-dns"}})}})}})})},
       {"ports", Tree::list({port("UDP", 53), port("TCP", 53)})}});
}

Tree istiod_edge() {
  return Tree::map({{"to", Tree::list({Tree::map({{"namespaceSelector", namespace_named("istio-system")}})})},
                    {"ports", Tree::list({port("TCP", 15012)})}});
}

Tree default_deny() {
  Tree out = object("networking.k8s.io/v1", "NetworkPolicy", "isobar-default-deny");
  out["spec"] = Tree::map({{"podSelector", Tree::map({{"matchLabels", Tree::map({{"app.kubernetes.io/instance", "isobar"}})}})},
                           {"policyTypes", Tree::list({"Ingress", "Egress"})}});
  return out;
}

Tree edges(const IsobarDeployment& d) {
  Tree out = object("networking.k8s.io/v1", "NetworkPolicy", "isobar");
  Tree& spec = out["spec"];
  spec["podSelector"]["matchLabels"] = selector();
  spec["policyTypes"] = Tree::list({"Ingress", "Egress"});
  spec["ingress"] = Tree::list({Tree::map(
      {{"from", Tree::list({Tree::map({{"podSelector", Tree::map({{"matchLabels", Tree::map({{"isobar/client", "true"}})}})}})})},
       {"ports", Tree::list({port("TCP", kPort)})}})});
  spec["egress"] = Tree::list({dns_edge()});
  if (d.mesh.value) spec["egress"].add(istiod_edge()).note(d.mesh.source);
  return out;
}

}  // namespace

std::string scrape_configuration() {
  return "global:\n"
         "  scrape_interval: 15s\n"
         "scrape_configs:\n"
         "  - job_name: isobar\n"
         "    static_configs:\n"
         "      - targets:\n"
         "          - 127.0.0.1:9009\n";
}

std::vector<Object> isobar_objects(const IsobarDeployment& d) {
  return {{"networkpolicy-default-deny.yaml", default_deny()},
          {"networkpolicy.yaml", edges(d)},
          {"service-headless.yaml", service("isobar-headless", true)},
          {"service.yaml", service("isobar", false)},
          {"serviceaccount.yaml", service_account()},
          {"statefulset.yaml", stateful_set(d)},
          {"storageclass.yaml", storage_class(d)}};
}

}  // namespace isobar::plan::rendering
