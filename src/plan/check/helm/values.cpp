#include "plan/check/helm/values.h"

#include <algorithm>

#include "plan/check/amounts.h"
#include "plan/check/kubernetes/quantity.h"
#include "plan/check/tree.h"

namespace isobar::plan::helm {
namespace {

struct Chart {
  std::string_view name;
  std::vector<std::string_view> called;  // in file names and as keys of a parent chart
  std::vector<std::string_view> own;     // paths that no other of these charts has
  std::vector<std::string_view> common;
};

const std::vector<Chart>& charts() {
  static const std::vector<Chart> kCharts{
      {"mimir-distributed",
       {"mimir-distributed", "mimir"},
       {"mimir.structuredConfig", "mimir.config", "store_gateway", "overrides_exporter", "query_scheduler", "chunks-cache"},
       {"ingester", "distributor", "querier", "kafka", "compactor", "ruler"}},
      {"loki",
       {"loki"},
       {"loki.schemaConfig", "loki.storage", "loki.commonConfig", "loki.auth_enabled", "loki.limits_config", "loki.useTestSchema",
        "deploymentMode", "lokiCanary"},
       {"singleBinary", "read", "write", "backend", "chunksCache", "resultsCache"}},
      {"kube-prometheus-stack",
       {"kube-prometheus-stack", "prometheus-stack", "prometheus-operator"},
       {"prometheus.prometheusSpec", "alertmanager.alertmanagerSpec", "prometheusOperator", "kubeStateMetrics", "kubeEtcd"},
       {"prometheus", "alertmanager", "defaultRules"}},
      {"grafana",
       {"grafana"},
       {"dashboardProviders", "dashboardsConfigMaps", "grafana\\.ini"},
       {"replicas", "persistence", "datasources", "sidecar", "admin", "adminPassword", "adminUser", "autoscaling"}},
      {"velero",
       {"velero"},
       {"configuration.backupStorageLocation", "configuration.volumeSnapshotLocation", "configuration.defaultVolumesToFsBackup",
        "deployNodeAgent", "snapshotsEnabled", "backupsEnabled"},
       {"schedules", "configuration", "credentials"}},
      {"kiali-server",
       {"kiali-server", "kiali"},
       {"external_services", "kiali_feature_flags"},
       {"auth", "deployment", "istio_namespace"}},
      {"cost-analyzer",
       {"cost-analyzer", "kubecost"},
       {"kubecostToken", "kubecostProductConfigs", "kubecostModel", "kubecostFrontend"},
       {"global", "prometheus", "persistentVolume"}},
      {"trivy-operator",
       {"trivy-operator", "trivy"},
       {"operator.scanJobsConcurrentLimit", "trivyOperator", "operator.vulnerabilityScannerEnabled", "operator.scannerReportTTL"},
       {"trivy", "operator", "compliance"}},
  };
  return kCharts;
}

// "grafana\.ini" is one key; other dots go down.
const YamlNode* find_path(const YamlNode& root, std::string_view path) {
  return path == "grafana\\.ini" ? root.find("grafana.ini") : plan::at(root, path);
}

bool has_any_path(const YamlNode& root, const std::vector<std::string_view>& paths) {
  return std::any_of(paths.begin(), paths.end(), [&](std::string_view path) { return find_path(root, path) != nullptr; });
}

std::string base_name(const std::string& file) {
  return lower(file.substr(file.rfind('/') == std::string::npos ? 0 : file.rfind('/') + 1));
}

bool named_in(const Chart& chart, const std::string& name) {
  return std::any_of(chart.called.begin(), chart.called.end(),
                     [&](std::string_view one) { return name.find(one) != std::string::npos; });
}

// Below the names of charts that a parent chart brings along, which may bring others: Prometheus its Grafana.
void add_brought_along(const std::string& file, const YamlNode& root, int depth, std::vector<Values>& found) {
  constexpr int kMaxDepth = 3;
  if (depth > kMaxDepth) return;
  for (const Chart& chart : charts()) {
    for (const std::string_view key : chart.called) {
      const YamlNode* inside = root.find(key);
      if (inside == nullptr || !inside->is_map() || !(has_any_path(*inside, chart.own) || has_any_path(*inside, chart.common)))
        continue;
      found.push_back({std::string(chart.name), file, inside});
      add_brought_along(file, *inside, depth + 1, found);
    }
  }
}

}  // namespace

const YamlNode* Values::at(std::string_view path) const { return plan::at(*root, path); }
std::string Values::text(std::string_view path) const { return text_at(*root, path); }
bool Values::says(std::string_view path, std::string_view value) const { return is(at(path), value); }

std::optional<std::int64_t> Values::number(std::string_view path) const {
  const YamlNode* node = at(path);
  return node == nullptr ? std::nullopt : kubernetes::whole_number(node->scalar);
}

Origin Values::place(std::string_view path) const {
  while (!path.empty()) {
    if (const YamlNode* node = at(path)) return {file, node->line};
    path = path.substr(0, path.rfind('.') == std::string_view::npos ? 0 : path.rfind('.'));
  }
  return {file, root->line};
}

std::vector<Values> charts_in(const std::string& file, const YamlNode& root) {
  std::vector<Values> found;
  if (!root.is_map()) return found;
  for (const Chart& chart : charts()) {
    if (has_any_path(root, chart.own) || (named_in(chart, base_name(file)) && has_any_path(root, chart.common))) {
      found.push_back({std::string(chart.name), file, &root});
      break;
    }
  }
  add_brought_along(file, root, 1, found);
  return found;
}

bool brings_along(const YamlNode& root, std::string_view key) {
  const YamlNode* inside = root.find(key);
  return inside != nullptr && inside->is_map() && std::any_of(charts().begin(), charts().end(), [&](const Chart& chart) {
           return std::find(chart.called.begin(), chart.called.end(), key) != chart.called.end() &&
                  (has_any_path(*inside, chart.own) || has_any_path(*inside, chart.common));
         });
}

std::string known_charts() {
  std::string out;
  for (const Chart& chart : charts()) out += (out.empty() ? "" : ", ") + std::string(chart.name);
  return out;
}

}  // namespace isobar::plan::helm
