// A Service sends to a port that its pods have: by name it must exist, by number it should be among those declared.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/kubernetes/quantity.h"
#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
namespace {

using namespace plan::kubernetes;

struct Ports {
  std::string pods, listed;
  bool any = false, found = false;
};

Ports ports_of(const Cluster& cluster, const Service& service, const std::string& target) {
  Ports out;
  const std::optional<std::int64_t> number = whole_number(target);
  const Selector selector{service.selector, {}, true};
  for (const Workload& workload : cluster.workloads) {
    if (!same_space(workload.space, service.space) || !selector.matches(workload.pods.labels)) continue;
    out.pods += (out.pods.empty() ? "" : ", ") + workload.title();
    for (const Container& container : workload.pods.containers) {
      for (const Port& port : container.ports) {
        out.any = true;
        out.found = out.found || (number ? port.number == *number : port.name == target);
        out.listed += fmt::format("{}{}{}", out.listed.empty() ? "" : ", ", port.name.empty() ? "" : port.name + " ", port.number);
      }
    }
  }
  return out;
}

}  // namespace

void service_port(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const Service& service : cluster.services) {
    if (service.headless) continue;  // nothing is translated: clients use the ports of the pods
    for (const ServicePort& port : service.ports) {
      const Ports ports = ports_of(cluster, service, port.target);
      const bool named = !whole_number(port.target);
      // Ports are not required to be declared: a number is only questioned beside numbers that are.
      if (ports.pods.empty() || ports.found || (!named && !ports.any)) continue;
      report(findings, "service_port", named ? Severity::kError : Severity::kWarning, port.origin, fmt::format("Service {}: targetPort {}", service.name, port.target),
             ports.any ? fmt::format("{} has {}", ports.pods, ports.listed) : fmt::format("{} declares no port", ports.pods),
             named ? "a name that no container declares gives the service no endpoint" : "no container declares this number; connections are refused unless one listens there all the same");
    }
  }
}

}  // namespace isobar::plan::rules::kubernetes
