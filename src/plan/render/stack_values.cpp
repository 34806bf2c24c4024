#include "plan/render/stack_values.h"

#include <algorithm>

#include <fmt/format.h>

#include "plan/render/stack.h"
#include "plan/render/templates.h"
#include "plan/render/words.h"

namespace isobar::plan::rendering {
namespace {

struct Chart {
  const char* component;  // of the ledger
  const char* release;
  const char* name;  // of the file, and below the repository
  const char* version;
  const char* repository;
  const char* space;
  Result<Tree> (*values)(Stack&);
};

constexpr const char* kGrafana = "https://grafana.github.io/helm-charts";
constexpr const char* kGrafanaCommunity = "https://grafana-community.github.io/helm-charts";

// Versions are those of which the keys and footprints were read.
constexpr Chart kCharts[] = {
    {"istiod", "istiod", "istiod", "", "https://istio-release.storage.googleapis.com/charts", "istio-system", istiod_values},
    {"prometheus", "kube-prometheus-stack", "kube-prometheus-stack", "88.5.3",
     "https://prometheus-community.github.io/helm-charts", "observability", prometheus_values},
    {"mimir", "mimir", "mimir-distributed", "6.0.3", kGrafana, "observability", mimir_values},
    {"loki", "loki", "loki", "18.11.0", kGrafanaCommunity, "observability", loki_values},
    {"loki-single", "loki", "loki", "18.11.0", kGrafanaCommunity, "observability", loki_values},
    {"grafana", "grafana", "grafana", "12.11.1", kGrafanaCommunity, "observability", grafana_values},
    {"kiali", "kiali-operator", "kiali-operator", "", "https://kiali.org/helm-charts", "kiali-operator", kiali_values},
    {"velero", "velero", "velero", "12.1.0", "https://vmware-tanzu.github.io/helm-charts", "velero", velero_values},
    {"trivy", "trivy-operator", "trivy-operator", "0.34.0", "https://aquasecurity.github.io/helm-charts", "trivy-system",
     trivy_values},
    {"kubecost", "kubecost", "cost-analyzer", "2.3.3", "https://kubecost.github.io/cost-analyzer", "kubecost", kubecost_values},
    {"headlamp", "headlamp", "headlamp", "0.45.0", "https://kubernetes-sigs.github.io/headlamp", "headlamp", headlamp_values},
};

bool present(const ProfileFacts& facts, std::string_view component) {
  const auto& all = facts.evaluation().components;
  return std::any_of(all.begin(), all.end(),
                     [&](const EvaluatedComponent& one) { return one.present && one.component->id == component; });
}

Tree gp3_class(const ProfileFacts& facts) {
  Tree out = Tree::map({{"apiVersion", "storage.k8s.io/v1"}, {"kind", "StorageClass"}});
  out["metadata"]["name"] = "gp3";
  out["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] = "true";
  out["provisioner"] = "ebs.csi.aws.com";
  out["parameters"] = Tree::map(
      {{"type", Tree("gp3").note(facts.decision("disk.type") + "; gp2 is the dearer of the two")}, {"encrypted", "true"}});
  out["reclaimPolicy"] = "Delete";
  out["volumeBindingMode"] =
      Tree("WaitForFirstConsumer").note("in the zone of the pod that first wants it, and from then on there");
  out["allowVolumeExpansion"] = true;
  return out;
}

Tree strict_mtls(const ProfileFacts& facts) {
  Tree out = Tree::map({{"apiVersion", "security.istio.io/v1"}, {"kind", "PeerAuthentication"}});
  out["metadata"] = Tree::map({{"name", "default"}, {"namespace", "istio-system"}});
  out["spec"]["mtls"]["mode"] = Tree("STRICT").note(facts.decision("mesh.mtls"));
  return out;
}

std::string install_command(const Chart& chart) {
  std::string text =
      fmt::format("helm upgrade --install {} {} \\\n  --repo {} \\\n", chart.release, chart.name, chart.repository);
  if (*chart.version != '\0') text += fmt::format("  --version {} \\\n", chart.version);
  return text + fmt::format("  --namespace {} --create-namespace \\\n  --values values/{}.yaml\n", chart.space, chart.name);
}

std::string readme(const ProfileFacts& facts, const std::string& commands, const std::vector<std::string>& notes) {
  std::string text = fmt::format("# {}\n\n", facts.title());
  text += wrapped(
      fmt::format("Values for the charts of the profile {}. {}. Buckets, roles and the Secret grafana-admin are yours to make.",
                  facts.profile(), cost_sentence(facts)));
  text += "\n```\nkubectl apply -f manifests/\n" + commands + "```\n";
  text += "\n## What differs from the decisions\n\n" + bullets(notes);
  return text;
}

std::string head(const ProfileFacts& facts, const Chart& chart) {
  const std::string version = *chart.version == '\0' ? "" : fmt::format(" {}", chart.version);
  return fmt::format("# {}: values for {}{}\n# A comment begins with the decision that a value comes from.\n", facts.title(),
                     chart.name, version);
}

}  // namespace

Tree Stack::disk_class(std::string_view setting) {
  const Result<std::string> type = facts_.text(setting);
  if (!type || *type != "gp2") return of(setting, "gp3");
  return corrected(setting, "gp3", "gp2 is the dearer of the two");
}

Tree requests(const char* cpu, const char* memory) {
  return Tree::map({{"requests", Tree::map({{"cpu", cpu}, {"memory", memory}})}});
}

Tree service_account(Stack& stack, const std::string& name) {
  Tree out = Tree::map({{"create", true}, {"name", name}});
  const Result<bool> roles = stack.facts().truth("credentials.roles");
  const std::string how = "bind a role with aws eks create-pod-identity-association";
  out["name"] = roles && *roles
                    ? stack.of("credentials.roles", name).note(stack.facts().decision("credentials.roles") + "; " + how)
                    : stack.corrected("credentials.roles", name, "roles have no price and expire by themselves; " + how);
  return out;
}

std::string bucket(const Stack& stack, std::string_view what) {
  return fmt::format("{}-{}", stack.facts().profile(), what);
}

Result<Rendering> render_stack_values(const ProfileFacts& facts) {
  Stack stack(facts);
  Rendering out;
  std::string commands;
  for (const Chart& chart : kCharts) {
    if (!present(facts, chart.component)) continue;
    TRY(const Tree values, chart.values(stack));
    out.files.push_back({fmt::format("values/{}.yaml", chart.name), head(facts, chart) + to_yaml(values)});
    commands += install_command(chart);
  }
  if (out.files.empty())
    return fail(Code::kUnprocessable,
                fmt::format("the profile has neither Isobar nor a component whose chart is known: {}", facts.profile()));
  out.files.push_back({"manifests/storageclass-gp3.yaml", to_yaml(gp3_class(facts))});
  if (present(facts, "istiod")) out.files.push_back({"manifests/peer-authentication.yaml", to_yaml(strict_mtls(facts))});
  for (std::string& note : stack.notes()) {
    if (std::find(out.notes.begin(), out.notes.end(), note) == out.notes.end()) out.notes.push_back(std::move(note));
  }
  out.files.push_back({"README.md", readme(facts, commands, out.notes)});
  sort_by_path(out.files);
  return out;
}

}  // namespace isobar::plan::rendering
