// Isobar in a cluster, as a profile has it and as far as the program can do it today: one process with a volume. What the
// profile plans beyond that becomes a note, never a manifest.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plan/render/profile_facts.h"

namespace isobar::plan::rendering {

// A figure or word, and where it comes from.
template <class T>
struct Sourced {
  T value{};
  std::string source;
};

// Parts of the memory limit, in MiB. What is left holds the log's queues and the process itself.
struct MemoryBudget {
  std::int64_t head, queries, query, bodies, flush;
};
MemoryBudget budget_of(std::int64_t limit_mib);

struct IsobarDeployment {
  std::string profile;
  std::string title;
  std::string version;
  Sourced<std::int64_t> memory_limit_mib;
  Sourced<std::int64_t> memory_request_mib;
  Sourced<std::int64_t> cpu_request_m;
  Sourced<std::int64_t> volume_gib;
  Sourced<bool> keep_volume;  // after the release is uninstalled
  Sourced<bool> mesh;         // a sidecar of Istio
  Sourced<bool> own_key;      // a KMS key of the customer for the volume
  Sourced<std::vector<std::pair<std::string, std::string>>> tags;
  std::string replicas_source;
  std::vector<std::string> notes;
};

// kUnprocessable when the ledger says that replicas or the object store are built: this renderer does not know their flags.
Result<IsobarDeployment> isobar_deployment(const ProfileFacts& facts, std::string_view version);

// The tags of S5, as many as required; `environment` is the first one's value.
Result<std::vector<std::pair<std::string, std::string>>> required_tags(const ProfileFacts& facts);

}  // namespace isobar::plan::rendering
