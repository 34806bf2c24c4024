// What a set of rendered manifests says: workloads, their pods, claims, volumes, services, budgets and autoscalers, each
// with the line of its statements. Only what rules ask about is read; the rest of a manifest is not looked at.
//
// Manifests that are patches (a container without an image, a workload without a selector) are left out: what they say is
// only a part. Thread safety: values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "codec/yaml.h"
#include "plan/ledger/ledger.h"

namespace isobar::plan::kubernetes {

using Labels = std::map<std::string, std::string, std::less<>>;

struct Stated {
  std::string text;
  Origin origin;
};

struct Port {
  std::string name;
  std::int64_t number = 0;
};

struct Probe {
  std::string kind;  // livenessProbe, readinessProbe, startupProbe
  std::string port;  // a name or a number; empty: it asks no port
  Origin origin;
};

struct Container {
  std::string name;
  Origin origin;
  std::optional<std::int64_t> cpu_m;   // the request; a limit without one is the request
  std::optional<std::int64_t> memory;  // bytes, likewise
  std::vector<Port> ports;
  std::vector<Probe> probes;
  std::vector<std::pair<std::string, Stated>> environment;  // literal values only
  std::optional<std::int64_t> stop_sleep;                   // seconds that preStop sleeps
};

struct Requirement {
  std::string key, relation;  // In, NotIn, Exists, DoesNotExist
  std::vector<std::string> values;
};

struct Selector {
  Labels labels;
  std::vector<Requirement> requirements;
  bool given = false;

  bool matches(const Labels& labels) const;  // one that is not given matches nothing
};

struct Spread {
  std::string topology, when_unsatisfiable;
  Origin origin;
};

struct PodTemplate {
  Labels labels;
  std::vector<Container> containers;  // and init containers that keep running
  std::vector<Container> init_containers;
  std::vector<Stated> claims;  // names of PersistentVolumeClaims
  std::vector<Spread> spread;
  std::optional<Origin> own_host;  // hard anti-affinity against pods of its own labels on one host
  bool same_host = false;          // pinned together: affinity to its own labels on one host, or to a host
  Labels node_selector;
  std::vector<std::string> instance_types;  // that required node affinity allows; empty: any
  std::int64_t grace_seconds = 30;
  std::int64_t memory = 0;  // bytes, what is requested in sum
  std::int64_t cpu_m = 0;
  bool pod_level_memory = false;
};

struct ClaimTemplate {
  std::string name, storage_class;
  std::int64_t bytes = 0;
  std::vector<std::string> modes;
};

struct Workload {
  std::string kind, name, space;  // space: the namespace, empty when the manifest does not say
  Origin origin;
  Labels labels, annotations;
  std::optional<std::int64_t> replicas;  // as stated
  Origin replicas_origin;
  Selector selector;
  PodTemplate pods;
  std::vector<ClaimTemplate> claim_templates;

  std::string title() const { return kind + " " + name; }
};

struct Claim {
  std::string name, space, storage_class;
  std::vector<std::string> modes;
  Origin origin;
};

struct Volume {
  std::string name, claim, claim_space;
  std::vector<std::string> zones;  // of its node affinity
  Origin origin;
};

struct StorageClass {
  std::string name, provisioner, type;
  Origin type_origin, origin;
};

struct ServicePort {
  std::string name, target;  // target: a name or a number
  Origin origin;
};

struct Service {
  std::string name, space;
  Labels selector;
  std::vector<ServicePort> ports;
  bool headless = false;
  Origin origin, selector_origin;
};

struct Budget {
  std::string name, space;
  Selector selector;
  std::optional<Stated> min_available, max_unavailable;
  Origin origin;
};

struct Autoscaler {
  std::string name, space, target_kind, target;
  std::optional<std::int64_t> min, max;
  std::vector<std::pair<std::string, Origin>> utilization;  // resources whose use it holds against requests
  Origin origin;
};

struct PlainData {
  std::string name, space;
  std::vector<std::pair<std::string, Stated>> values;
};

struct Cluster {
  std::vector<Workload> workloads;
  std::vector<Claim> claims;
  std::vector<Volume> volumes;
  std::vector<StorageClass> classes;
  std::vector<Service> services;
  std::vector<Budget> budgets;
  std::vector<Autoscaler> autoscalers;
  std::vector<PlainData> config_maps;
  std::set<std::string> default_memory;     // namespaces whose LimitRange gives a request of memory
  std::set<std::string> vertically_scaled;  // names of workloads whose requests an autoscaler sets
  std::set<std::string> foreign;            // namespaces with custom resources that may make pods of their own
  bool karpenter = false;                   // node pools of Karpenter, which reads the zone of a volume
  std::set<std::string> identities;         // kind/namespace/name

  const Autoscaler* autoscaler_of(const Workload& workload) const;
  // Replicas at the least and at the most; nothing for DaemonSets and jobs.
  std::optional<std::pair<std::int64_t, std::int64_t>> replicas_of(const Workload& workload) const;
  const Claim* claim(std::string_view name, std::string_view space) const;
  const StorageClass* storage_class(std::string_view name) const;
};

// Namespaces that are one, or may be: many charts leave it to the command line.
bool same_space(std::string_view a, std::string_view b);
// Deployments, StatefulSets and ReplicaSets: what runs in replicas that are told apart by nothing.
bool is_replicated(const Workload& workload);

struct ManifestFile {
  std::string name;
  std::vector<YamlNode> documents;
};

// Whether a document is an object of Kubernetes: it has apiVersion and kind.
bool is_manifest(const YamlNode& document);

// Files that describe the same objects (an environment each) are clusters of their own, by folder or by file; all others
// are read as one.
std::vector<Cluster> read_clusters(const std::vector<ManifestFile>& files);

}  // namespace isobar::plan::kubernetes
