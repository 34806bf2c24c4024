// A Service whose selector fits no pod has no endpoints.
//
// Only where pods of its namespace were given, nothing in it makes pods that are not seen here (operators), and one of the
// workloads is evidently meant: it has the name of the service, or a label of the selector.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
namespace {

using namespace plan::kubernetes;

// Labels that controllers give pods, and that no template has.
bool is_given_later(std::string_view key) {
  return key.starts_with("statefulset.kubernetes.io/") || key.starts_with("apps.kubernetes.io/");
}

enum class Match { kAll, kSome, kNone };

// kSome: what is stated agrees, and the rest may be set while the pod runs, as Patroni and Vault do with "role: master".
Match match(const Service& service, const Labels& labels) {
  std::size_t agree = 0;
  std::size_t absent = 0;
  for (const auto& [key, value] : service.selector) {
    const auto found = labels.find(key);
    if (found == labels.end() && !is_given_later(key)) ++absent;
    else if (found != labels.end() && found->second != value) return Match::kNone;
    else ++agree;
  }
  return absent == 0 ? Match::kAll : agree > 0 ? Match::kSome : Match::kNone;
}

std::string text_of(const Labels& labels) {
  std::string out;
  for (const auto& [key, value] : labels) out += fmt::format("{}{}={}", out.empty() ? "" : ", ", key, value);
  return out;
}

// Labels that many workloads of a release share say nothing about which is meant.
bool is_meant(const Service& service, const Workload& workload) {
  if (workload.name == service.name) return true;
  static constexpr std::string_view kNames[] = {"app", "app.kubernetes.io/name", "k8s-app", "name"};
  return std::any_of(std::begin(kNames), std::end(kNames), [&](std::string_view key) {
    const auto wanted = service.selector.find(key);
    const auto has = workload.pods.labels.find(key);
    return wanted != service.selector.end() && has != workload.pods.labels.end() &&
           (wanted->second == has->second || wanted->second == workload.name);
  });
}

}  // namespace

void service_selector(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const Service& service : cluster.services) {
    if (cluster.foreign.contains(service.space) || (!service.space.empty() && cluster.foreign.contains(""))) continue;
    const Workload* meant = nullptr;
    const Workload* only = nullptr;
    std::size_t near = 0;
    bool found = false;
    for (const Workload& workload : cluster.workloads) {
      if (!same_space(workload.space, service.space)) continue;
      found = found || match(service, workload.pods.labels) != Match::kNone;
      if (meant == nullptr && is_meant(service, workload)) meant = &workload;
      if (workload.origin.file == service.origin.file && is_replicated(workload) && ++near == 1) only = &workload;
    }
    if (meant == nullptr && near == 1) meant = only;  // one service and one workload in a file belong together
    if (found || meant == nullptr) continue;
    report(findings, "service_selector", Severity::kError, service.selector_origin,
           fmt::format("Service {} selects {}", service.name, text_of(service.selector)),
           fmt::format("{} has {}", meant->title(), meant->pods.labels.empty() ? "no labels" : text_of(meant->pods.labels)),
           "no pod of any workload given has all labels of the selector, so the service has no endpoints");
  }
}

}  // namespace isobar::plan::rules::kubernetes
