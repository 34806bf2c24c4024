// A Service sends to a port that its pods have: by name it must exist, by number it should be among those declared.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/kubernetes/quantity.h"
#include "plan/check/rules/kubernetes/rules.h"

namespace isobar::plan::rules::kubernetes {
namespace {

using namespace plan::kubernetes;

// What the pods behind a service declare.
struct Ports {
  std::string pods, listed;
  std::vector<Port> declared;

  bool has(const std::string& target) const {
    const std::optional<std::int64_t> number = whole_number(target);
    return std::any_of(declared.begin(), declared.end(),
                       [&](const Port& one) { return number ? one.number == *number : one.name == target; });
  }
  bool has_name(const std::string& name) const {
    return !name.empty() && std::any_of(declared.begin(), declared.end(), [&](const Port& one) { return one.name == name; });
  }
};

Ports ports_of(const Cluster& cluster, const Service& service) {
  Ports out;
  const Selector selector{service.selector, {}, true};
  for (const Workload& workload : cluster.workloads) {
    if (!same_space(workload.space, service.space) || !selector.matches(workload.pods.labels)) continue;
    out.pods += (out.pods.empty() ? "" : ", ") + workload.title();
    for (const Container& container : workload.pods.containers) {
      for (const Port& port : container.ports) {
        out.declared.push_back(port);
        out.listed +=
            fmt::format("{}{}{}", out.listed.empty() ? "" : ", ", port.name.empty() ? "" : port.name + " ", port.number);
      }
    }
  }
  return out;
}

// Ports need not be declared. A number is questioned when the pods declare another by the name of the service's port, or
// when no port of the service is among those declared.
bool is_questionable(const Service& service, const ServicePort& port, const Ports& ports) {
  if (ports.declared.empty()) return false;
  return ports.has_name(port.name) ||
         std::none_of(service.ports.begin(), service.ports.end(), [&](const ServicePort& one) { return ports.has(one.target); });
}

}  // namespace

void service_port(const Cluster& cluster, const Ledger&, Findings& findings) {
  for (const Service& service : cluster.services) {
    if (service.headless) continue;  // nothing is translated: clients use the ports of the pods
    const Ports ports = ports_of(cluster, service);
    for (const ServicePort& port : service.ports) {
      const bool named = !whole_number(port.target);
      if (ports.pods.empty() || ports.has(port.target) || (!named && !is_questionable(service, port, ports))) continue;
      report(findings, "service_port", named ? Severity::kError : Severity::kWarning, port.origin,
             fmt::format("Service {}: targetPort {}", service.name, port.target),
             ports.declared.empty() ? fmt::format("{} declares no port", ports.pods)
                                    : fmt::format("{} has {}", ports.pods, ports.listed),
             named ? "a name that no container declares gives the service no endpoint"
                   : "no container declares this number; connections are refused unless one listens there all the same");
    }
  }
}

}  // namespace isobar::plan::rules::kubernetes
