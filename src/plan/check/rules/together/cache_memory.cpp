// The caches of Loki and Mimir request 1.2 times their memory; one larger than any node is never scheduled.
#include <algorithm>

#include <fmt/format.h>

#include "plan/check/rules/together/rules.h"

namespace isobar::plan::rules::together {
namespace {

// MiB that the pod requests; zero when it does not run or its resources are stated otherwise.
std::int64_t requested(const helm::Values& values, const std::string& cache, bool on_by_default) {
  const bool on = values.says(cache + ".enabled", "true") || (on_by_default && !values.says(cache + ".enabled", "false"));
  if (!on || values.at(cache + ".resources") != nullptr) return 0;
  constexpr std::int64_t kDefault = 8192;
  const std::int64_t memory = values.number(cache + ".allocatedMemory").value_or(kDefault);
  return memory < 0 || memory > 100'000'000 ? 0 : memory * 12 / 10;
}

void check(const helm::Values& values, const std::string& cache, std::int64_t mib, const Machine& largest, Findings& findings) {
  if (mib <= largest.memory_mib) return;
  const Origin place = values.place(cache + ".allocatedMemory");
  report(findings, "cache_memory", Severity::kError, place,
         fmt::format("{} of {}: {} MiB requested", cache, values.chart, grouped(mib)),
         fmt::format("{}.allocatedMemory of at most {}, or enabled: false", cache, largest.memory_mib * 10 / 12),
         fmt::format("allocatedMemory x 1.2; {}", largest.memory_derivation));
}

}  // namespace

void cache_memory(const Together& given, const Ledger& ledger, Findings& findings) {
  std::optional<Machine> largest;
  for (const plan::terraform::NodeGroup& group : given.nodes.groups) {
    const std::optional<Machine> machine = largest_of(ledger, group);
    if (!machine) return;
    if (!largest || machine->memory_mib > largest->memory_mib) largest = machine;
  }
  if (!given.nodes.complete || !largest) return;
  for (const helm::Values& values : given.values) {
    const bool mimir = values.chart == "mimir-distributed";
    if (!mimir && values.chart != "loki") continue;
    const std::string cache = mimir ? "chunks-cache" : "chunksCache";
    check(values, cache, requested(values, cache, !mimir), *largest, findings);
  }
}

}  // namespace isobar::plan::rules::together
