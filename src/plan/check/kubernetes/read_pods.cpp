#include "plan/check/kubernetes/read_pods.h"

#include <algorithm>

#include "plan/check/kubernetes/quantity.h"
#include "plan/check/tree.h"

namespace isobar::plan::kubernetes {
namespace {

constexpr std::string_view kHost = "kubernetes.io/hostname";

std::optional<std::int64_t> request_of(const YamlNode& container, std::string_view resource) {
  for (const char* part : {"resources.requests", "resources.limits"}) {
    const YamlNode* amounts = at(container, part);
    const YamlNode* amount = amounts != nullptr && amounts->is_map() ? amounts->find(resource) : nullptr;
    if (amount == nullptr) continue;
    return resource == "cpu" ? quantity_milli(amount->scalar) : quantity_whole(amount->scalar);
  }
  return std::nullopt;
}

Probe probe_of(const YamlNode& probe, std::string kind, const std::string& file) {
  Probe out{std::move(kind), "", {file, probe.line}};
  for (const char* way : {"httpGet.port", "tcpSocket.port"}) {
    const YamlNode* port = at(probe, way);
    if (port != nullptr) out = {out.kind, port->scalar, {file, port->line}};
  }
  return out;
}

// Seconds of "sleep: {seconds: 20}" and of a command that is nothing but a sleep.
std::optional<std::int64_t> sleep_of(const YamlNode& container) {
  if (const YamlNode* seconds = at(container, "lifecycle.preStop.sleep.seconds")) return whole_number(seconds->scalar);
  const std::vector<YamlNode>& command = items_at(container, "lifecycle.preStop.exec.command");
  if (command.empty()) return std::nullopt;
  const std::string& last = command.back().scalar;
  if (command.size() == 2 && command[0].scalar.ends_with("sleep")) return whole_number(last);
  if (command.size() == 3 && command[1].scalar == "-c" && last.starts_with("sleep "))
    return whole_number(std::string_view(last).substr(6));
  return std::nullopt;
}

Container container_of(const YamlNode& node, const std::string& file) {
  Container out;
  out.name = text_at(node, "name");
  out.origin = {file, node.line};
  out.cpu_m = request_of(node, "cpu");
  out.memory = request_of(node, "memory");
  for (const YamlNode& port : items_at(node, "ports")) {
    out.ports.push_back({text_at(port, "name"), whole_number(text_at(port, "containerPort")).value_or(0)});
  }
  for (const char* kind : {"livenessProbe", "readinessProbe", "startupProbe"}) {
    if (const YamlNode* probe = at(node, kind)) out.probes.push_back(probe_of(*probe, kind, file));
  }
  for (const YamlNode& variable : items_at(node, "env")) {
    const YamlNode* value = at(variable, "value");
    if (value != nullptr) out.environment.emplace_back(text_at(variable, "name"), Stated{value->scalar, {file, value->line}});
  }
  out.stop_sleep = sleep_of(node);
  return out;
}

// The sum of what runs together, or the largest init container, whichever is more.
std::int64_t requested(const PodTemplate& pods, std::optional<std::int64_t> Container::*resource) {
  std::int64_t sum = 0;
  std::int64_t largest = 0;
  for (const Container& one : pods.containers) sum += std::min((one.*resource).value_or(0), std::int64_t{1} << 50);
  for (const Container& one : pods.init_containers) largest = std::max(largest, (one.*resource).value_or(0));
  return std::max(sum, largest);
}

void read_containers(const YamlNode& spec, const std::string& file, PodTemplate& out) {
  for (const YamlNode& node : items_at(spec, "containers")) out.containers.push_back(container_of(node, file));
  for (const YamlNode& node : items_at(spec, "initContainers")) {
    const bool keeps_running = text_at(node, "restartPolicy") == "Always";
    (keeps_running ? out.containers : out.init_containers).push_back(container_of(node, file));
  }
  out.memory = requested(out, &Container::memory);
  out.cpu_m = requested(out, &Container::cpu_m);
  if (const YamlNode* memory = at(spec, "resources.requests.memory")) {
    out.pod_level_memory = true;
    out.memory = quantity_whole(memory->scalar).value_or(out.memory);
  }
}

bool on_own_pods(const YamlNode& term, const PodTemplate& pods) {
  return text_at(term, "topologyKey") == kHost && selector_of(at(term, "labelSelector")).matches(pods.labels);
}

void read_affinity(const YamlNode& spec, const std::string& file, PodTemplate& out) {
  constexpr std::string_view kRequired = "requiredDuringSchedulingIgnoredDuringExecution";
  for (const YamlNode& term : items_at(spec, std::string("affinity.podAntiAffinity.").append(kRequired))) {
    if (on_own_pods(term, out)) out.own_host = Origin{file, term.line};
  }
  for (const YamlNode& term : items_at(spec, std::string("affinity.podAffinity.").append(kRequired))) {
    out.same_host = out.same_host || on_own_pods(term, out);
  }
  const std::vector<YamlNode>& terms =
      items_at(spec, std::string("affinity.nodeAffinity.").append(kRequired) + ".nodeSelectorTerms");
  for (const YamlNode& term : terms) {
    bool names_type = false;
    for (const YamlNode& expression : items_at(term, "matchExpressions")) {
      if (text_at(expression, "key") != "node.kubernetes.io/instance-type" || text_at(expression, "operator") != "In") continue;
      names_type = true;
      for (const YamlNode& value : items_at(expression, "values")) out.instance_types.push_back(value.scalar);
    }
    if (!names_type) {  // terms are alternatives: this one allows any type
      out.instance_types.clear();
      return;
    }
  }
}

}  // namespace

Labels labels_of(const YamlNode* node) {
  Labels out;
  if (node == nullptr || !node->is_map()) return out;
  for (const YamlPair& pair : node->pairs) out.insert_or_assign(pair.first, pair.second.scalar);
  return out;
}

Selector selector_of(const YamlNode* node) {
  Selector out;
  if (node == nullptr || !node->is_map()) return out;
  out.given = true;
  out.labels = labels_of(at(*node, "matchLabels"));
  for (const YamlNode& expression : items_at(*node, "matchExpressions")) {
    Requirement& one = out.requirements.emplace_back();
    one.key = text_at(expression, "key");
    one.relation = text_at(expression, "operator");
    for (const YamlNode& value : items_at(expression, "values")) one.values.push_back(value.scalar);
  }
  return out;
}

bool Selector::matches(const Labels& others) const {
  if (!given) return false;
  for (const auto& [key, value] : labels) {
    const auto found = others.find(key);
    if (found == others.end() || found->second != value) return false;
  }
  for (const Requirement& one : requirements) {
    const auto found = others.find(one.key);
    const bool has = found != others.end();
    const bool among = has && std::find(one.values.begin(), one.values.end(), found->second) != one.values.end();
    const bool holds = one.relation == "In" ? among : one.relation == "NotIn" ? !among : one.relation == "Exists" ? has : !has;
    if (!holds) return false;
  }
  return true;
}

bool is_patch(const YamlNode& template_node) {
  const std::vector<YamlNode>& containers = items_at(template_node, "spec.containers");
  return containers.empty() ||
         std::any_of(containers.begin(), containers.end(), [](const YamlNode& one) { return at(one, "image") == nullptr; });
}

PodTemplate read_pods(const YamlNode& template_node, const std::string& file) {
  PodTemplate out;
  out.labels = labels_of(at(template_node, "metadata.labels"));
  const YamlNode* spec = at(template_node, "spec");
  if (spec == nullptr) return out;
  read_containers(*spec, file, out);
  read_affinity(*spec, file, out);
  for (const YamlNode& volume : items_at(*spec, "volumes")) {
    const YamlNode* claim = at(volume, "persistentVolumeClaim.claimName");
    if (claim != nullptr) out.claims.push_back({claim->scalar, {file, claim->line}});
  }
  for (const YamlNode& one : items_at(*spec, "topologySpreadConstraints")) {
    out.spread.push_back({text_at(one, "topologyKey"), text_at(one, "whenUnsatisfiable"), {file, one.line}});
  }
  out.node_selector = labels_of(at(*spec, "nodeSelector"));
  out.same_host = out.same_host || out.node_selector.contains(kHost) || at(*spec, "nodeName") != nullptr;
  out.grace_seconds = whole_number(text_at(*spec, "terminationGracePeriodSeconds")).value_or(30);
  return out;
}

}  // namespace isobar::plan::kubernetes
