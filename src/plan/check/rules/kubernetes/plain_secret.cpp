// A password in a manifest is read by everyone who reads the repository, and by everyone who may list pods.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/kubernetes/rules.h"
#include "plan/check/secrets.h"

namespace isobar::plan::rules::kubernetes {
namespace {

using namespace plan::kubernetes;

void check(const std::string& where, const std::string& name, const Stated& value, Findings& findings) {
  if (!is_plain_secret(name, value.text)) return;
  report(findings, "plain_secret", Severity::kError, value.origin, fmt::format("{}: {}", where, masked(name, value.text)),
         "a Secret, named by valueFrom.secretKeyRef",
         "plain values stand in the repository, in the release that Helm keeps, and in what get pods shows");
}

}  // namespace

void plain_secret(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const Workload& workload : cluster.workloads) {
    for (const auto* containers : {&workload.pods.containers, &workload.pods.init_containers}) {
      for (const Container& container : *containers) {
        for (const auto& [name, value] : container.environment) check(workload.title(), name, value, findings);
      }
    }
  }
  for (const PlainData& map : cluster.config_maps) {
    for (const auto& [name, value] : map.values) check("ConfigMap " + map.name, name, value, findings);
  }
}

}  // namespace isobar::plan::rules::kubernetes
