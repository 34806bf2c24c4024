#include "plan/check/kubernetes/cluster.h"

#include <algorithm>

#include "plan/check/kubernetes/quantity.h"
#include "plan/check/kubernetes/read_pods.h"
#include "plan/check/tree.h"

namespace isobar::plan::kubernetes {
namespace {

constexpr std::size_t kMaxListDepth = 4;

std::vector<std::string> texts_at(const YamlNode& node, std::string_view path) {
  std::vector<std::string> out;
  for (const YamlNode& item : items_at(node, path)) out.push_back(item.scalar);
  return out;
}

std::optional<Stated> stated_at(const YamlNode& node, std::string_view path, const std::string& file) {
  const YamlNode* found = at(node, path);
  if (found == nullptr || found->is_null()) return std::nullopt;
  return Stated{found->scalar, {file, found->line}};
}

// Custom resources that make no pods; any other may.
bool makes_no_pods(std::string_view api, std::string_view kind) {
  static constexpr std::string_view kGroups[] = {"cert-manager.io",
                                                 "networking.istio.io",
                                                 "security.istio.io",
                                                 "gateway.networking.k8s.io",
                                                 "external-secrets.io",
                                                 "secrets-store.csi.x-k8s.io",
                                                 "bitnami.com",
                                                 "policies.kyverno.io",
                                                 "kyverno.io",
                                                 "cilium.io",
                                                 "elbv2.k8s.aws",
                                                 "vpcresources.k8s.aws",
                                                 "karpenter.sh",
                                                 "karpenter.k8s.aws",
                                                 "keda.sh",
                                                 "autoscaling.k8s.io",
                                                 "snapshot.storage.k8s.io",
                                                 "kustomize.config.k8s.io"};
  const std::string_view group = api.substr(0, api.find('/'));
  if (std::find(std::begin(kGroups), std::end(kGroups), group) != std::end(kGroups)) return true;
  return group == "monitoring.coreos.com" &&
         (kind == "ServiceMonitor" || kind == "PodMonitor" || kind == "PrometheusRule" || kind == "Probe");
}

bool is_builtin(std::string_view api) {
  const std::string_view group = api.substr(0, api.find('/'));
  if (api.find('/') == std::string_view::npos) return true;  // v1
  return group.find('.') == std::string_view::npos || group.ends_with(".k8s.io");
}

class Reader {
 public:
  Reader(Cluster& cluster, const std::string& file) : cluster_(cluster), file_(file) {}

  void read(const YamlNode& node, std::size_t depth = 0) {
    if (!is_manifest(node) || depth > kMaxListDepth) return;
    const std::string kind = text_at(node, "kind");
    if (kind.ends_with("List") && at(node, "items") != nullptr) {
      for (const YamlNode& item : items_at(node, "items")) read(item, depth + 1);
      return;
    }
    name_ = text_at(node, "metadata.name");
    space_ = text_at(node, "metadata.namespace");
    origin_ = {file_, node.line};
    cluster_.identities.insert(kind + "/" + space_ + "/" + name_);
    dispatch(node, kind);
  }

 private:
  void dispatch(const YamlNode& node, const std::string& kind) {
    const std::string api = text_at(node, "apiVersion");
    if (kind == "Deployment" || kind == "StatefulSet" || kind == "ReplicaSet" || kind == "DaemonSet")
      workload(node, kind, "spec.template");
    else if (kind == "Job") workload(node, kind, "spec.template");
    else if (kind == "CronJob") workload(node, kind, "spec.jobTemplate.spec.template");
    else if (kind == "Pod") workload(node, kind, "");
    else if (kind == "PersistentVolumeClaim") claim(node);
    else if (kind == "PersistentVolume") volume(node);
    else if (kind == "StorageClass") storage_class(node);
    else if (kind == "Service" && api == "v1") service(node);
    else if (kind == "PodDisruptionBudget") budget(node);
    else if (kind == "HorizontalPodAutoscaler") autoscaler(node);
    else if (kind == "ScaledObject") scaled_object(node);
    else if (kind == "ConfigMap") config_map(node);
    else if (kind == "LimitRange") limit_range(node);
    else if (kind == "VerticalPodAutoscaler") vertical(node);
    else if (kind == "NodePool" || kind == "Provisioner") cluster_.karpenter = true;
    else if (!is_builtin(api) && !makes_no_pods(api, kind)) cluster_.foreign.insert(space_);
  }

  void workload(const YamlNode& node, const std::string& kind, std::string_view path) {
    const YamlNode* pods = at(node, path);
    const bool selects = kind == "Deployment" || kind == "StatefulSet" || kind == "ReplicaSet" || kind == "DaemonSet";
    if (pods == nullptr || is_patch(*pods) || (selects && at(node, "spec.selector") == nullptr)) return;
    Workload out;
    out.kind = kind;
    out.name = name_;
    out.space = space_;
    out.origin = out.replicas_origin = origin_;
    out.labels = labels_of(at(node, "metadata.labels"));
    out.annotations = labels_of(at(node, "metadata.annotations"));
    if (const YamlNode* replicas = at(node, "spec.replicas"); selects && replicas != nullptr && !replicas->is_null()) {
      out.replicas = whole_number(replicas->scalar);
      out.replicas_origin = {file_, replicas->line};
    }
    out.selector = selector_of(at(node, "spec.selector"));
    out.pods = read_pods(*pods, file_);
    for (const YamlNode& one : items_at(node, "spec.volumeClaimTemplates")) {
      out.claim_templates.push_back({text_at(one, "metadata.name"), text_at(one, "spec.storageClassName"),
                                     quantity_whole(text_at(one, "spec.resources.requests.storage")).value_or(0),
                                     texts_at(one, "spec.accessModes")});
    }
    cluster_.workloads.push_back(std::move(out));
  }

  void claim(const YamlNode& node) {
    const std::vector<YamlNode>& modes = items_at(node, "spec.accessModes");
    const Origin origin{file_, modes.empty() ? node.line : modes[0].line};
    cluster_.claims.push_back(
        {name_, space_, text_at(node, "spec.storageClassName"), texts_at(node, "spec.accessModes"), origin});
  }

  void volume(const YamlNode& node) {
    Volume out{name_, text_at(node, "spec.claimRef.name"), text_at(node, "spec.claimRef.namespace"), {}, origin_};
    for (const YamlNode& term : items_at(node, "spec.nodeAffinity.required.nodeSelectorTerms")) {
      for (const YamlNode& expression : items_at(term, "matchExpressions")) {
        if (!text_at(expression, "key").ends_with("/zone")) continue;
        for (const YamlNode& value : items_at(expression, "values")) out.zones.push_back(value.scalar);
      }
    }
    cluster_.volumes.push_back(std::move(out));
  }

  void storage_class(const YamlNode& node) {
    const YamlNode* type = at(node, "parameters.type");
    cluster_.classes.push_back({name_,
                                text_at(node, "provisioner"),
                                type == nullptr ? "" : type->scalar,
                                {file_, type == nullptr ? node.line : type->line},
                                origin_});
  }

  void service(const YamlNode& node) {
    const YamlNode* selector = at(node, "spec.selector");
    if (selector == nullptr || selector->pairs.empty() || text_at(node, "spec.type") == "ExternalName") return;
    Service
        out{name_, space_, labels_of(selector), {}, text_at(node, "spec.clusterIP") == "None", origin_, {file_, selector->line}};
    for (const YamlNode& port : items_at(node, "spec.ports")) {
      const YamlNode* target = at(port, "targetPort");
      const YamlNode* stated = target != nullptr ? target : at(port, "port");
      if (stated != nullptr) out.ports.push_back({text_at(port, "name"), stated->scalar, {file_, stated->line}});
    }
    cluster_.services.push_back(std::move(out));
  }

  void budget(const YamlNode& node) {
    cluster_.budgets.push_back({name_, space_, selector_of(at(node, "spec.selector")),
                                stated_at(node, "spec.minAvailable", file_), stated_at(node, "spec.maxUnavailable", file_),
                                origin_});
  }

  void autoscaler(const YamlNode& node) {
    Autoscaler out;
    out.name = name_;
    out.space = space_;
    out.target_kind = text_at(node, "spec.scaleTargetRef.kind");
    out.target = text_at(node, "spec.scaleTargetRef.name");
    const YamlNode* least = at(node, "spec.minReplicas");
    out.min = least == nullptr ? std::optional<std::int64_t>(1) : whole_number(least->scalar);
    out.max = whole_number(text_at(node, "spec.maxReplicas"));
    out.origin = {file_, least == nullptr ? node.line : least->line};
    for (const YamlNode& metric : items_at(node, "spec.metrics")) {
      if (text_at(metric, "resource.target.type") != "Utilization") continue;
      out.utilization.emplace_back(text_at(metric, "resource.name"), Origin{file_, metric.line});
    }
    if (const YamlNode* target = at(node, "spec.targetCPUUtilizationPercentage"))
      out.utilization.emplace_back("cpu", Origin{file_, target->line});
    cluster_.autoscalers.push_back(std::move(out));
  }

  // KEDA scales to zero unless told otherwise.
  void scaled_object(const YamlNode& node) {
    const std::string kind = text_at(node, "spec.scaleTargetRef.kind");
    cluster_.autoscalers.push_back({name_,
                                    space_,
                                    kind.empty() ? "Deployment" : kind,
                                    text_at(node, "spec.scaleTargetRef.name"),
                                    whole_number(text_at(node, "spec.minReplicaCount")).value_or(0),
                                    whole_number(text_at(node, "spec.maxReplicaCount")).value_or(100),
                                    {},
                                    origin_});
  }

  void config_map(const YamlNode& node) {
    PlainData out{name_, space_, {}};
    const YamlNode* data = at(node, "data");
    if (data == nullptr || !data->is_map()) return;
    for (const YamlPair& pair : data->pairs)
      out.values.emplace_back(pair.first, Stated{pair.second.scalar, {file_, pair.second.line}});
    cluster_.config_maps.push_back(std::move(out));
  }

  void limit_range(const YamlNode& node) {
    for (const YamlNode& limit : items_at(node, "spec.limits")) {
      if (at(limit, "default.memory") != nullptr || at(limit, "defaultRequest.memory") != nullptr)
        cluster_.default_memory.insert(space_);
    }
  }

  void vertical(const YamlNode& node) {
    if (text_at(node, "spec.updatePolicy.updateMode") != "Off")
      cluster_.vertically_scaled.insert(text_at(node, "spec.targetRef.name"));
  }

  Cluster& cluster_;
  const std::string& file_;
  std::string name_, space_;
  Origin origin_;
};

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void merge(Cluster& to, Cluster from) {
  append(to.workloads, from.workloads);
  append(to.claims, from.claims);
  append(to.volumes, from.volumes);
  append(to.classes, from.classes);
  append(to.services, from.services);
  append(to.budgets, from.budgets);
  append(to.autoscalers, from.autoscalers);
  append(to.config_maps, from.config_maps);
  to.default_memory.merge(from.default_memory);
  to.vertically_scaled.merge(from.vertically_scaled);
  to.foreign.merge(from.foreign);
  to.identities.merge(from.identities);
  to.karpenter = to.karpenter || from.karpenter;
}

using Parts = std::vector<std::pair<std::string, Cluster>>;

bool overlap(const Parts& parts) {
  std::set<std::string_view> seen;
  for (const auto& [file, cluster] : parts) {
    for (const std::string& one : cluster.identities) {
      if (!one.starts_with("Namespace/") && !seen.insert(one).second) return true;
    }
  }
  return false;
}

std::string folder_of(const std::string& file) {
  return file.substr(0, file.rfind('/') == std::string::npos ? 0 : file.rfind('/'));
}

Cluster joined(Parts parts) {
  Cluster out;
  for (auto& [file, cluster] : parts) merge(out, std::move(cluster));
  return out;
}

}  // namespace

bool is_manifest(const YamlNode& document) {
  return document.is_map() && !text_at(document, "apiVersion").empty() && !text_at(document, "kind").empty();
}

bool same_space(std::string_view a, std::string_view b) { return a == b || a.empty() || b.empty(); }

bool is_replicated(const Workload& workload) {
  return workload.kind == "Deployment" || workload.kind == "StatefulSet" || workload.kind == "ReplicaSet";
}

const Autoscaler* Cluster::autoscaler_of(const Workload& workload) const {
  for (const Autoscaler& one : autoscalers) {
    if (one.target == workload.name && one.target_kind == workload.kind && same_space(one.space, workload.space)) return &one;
  }
  return nullptr;
}

std::optional<std::pair<std::int64_t, std::int64_t>> Cluster::replicas_of(const Workload& workload) const {
  if (!is_replicated(workload)) return std::nullopt;
  if (const Autoscaler* scaler = autoscaler_of(workload)) {
    if (!scaler->min || !scaler->max || *scaler->min > *scaler->max) return std::nullopt;
    return std::pair{*scaler->min, *scaler->max};
  }
  const std::int64_t fixed = workload.replicas.value_or(1);
  return std::pair{fixed, fixed};
}

const Claim* Cluster::claim(std::string_view name, std::string_view space) const {
  const auto found = std::find_if(claims.begin(), claims.end(),
                                  [&](const Claim& one) { return one.name == name && same_space(one.space, space); });
  return found == claims.end() ? nullptr : &*found;
}

const StorageClass* Cluster::storage_class(std::string_view name) const {
  const auto found = std::find_if(classes.begin(), classes.end(), [&](const StorageClass& one) { return one.name == name; });
  return found == classes.end() ? nullptr : &*found;
}

std::vector<Cluster> read_clusters(const std::vector<ManifestFile>& files) {
  Parts parts;
  for (const ManifestFile& file : files) {
    Cluster& cluster = parts.emplace_back(file.name, Cluster{}).second;
    Reader reader(cluster, file.name);
    for (const YamlNode& document : file.documents) reader.read(document);
  }
  std::vector<Cluster> out;
  if (!overlap(parts)) {
    out.push_back(joined(std::move(parts)));
    return out;
  }
  std::map<std::string, Parts> folders;
  for (auto& part : parts) folders[folder_of(part.first)].push_back(std::move(part));
  for (auto& [folder, inside] : folders) {
    if (!overlap(inside)) out.push_back(joined(std::move(inside)));
    else
      for (auto& [file, cluster] : inside) out.push_back(std::move(cluster));
  }
  return out;
}

}  // namespace isobar::plan::kubernetes
