// Applies tenants' rules (tenant_rules.h) to batches before admission: drops what another replica of an HA pair has sent,
// then relabels. One place for all doors.
//
// What is dropped here is no failure: the sender must not send it again.
//
// Thread-safe. Tenants without rules cost one atomic read.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "ingest/ha_tracker.h"
#include "ingest/tenant_rules.h"
#include "model/write_batch.h"
#include "telemetry/metrics.h"

namespace isobar::ingest {

// A batch as rules left it. To be used again; not thread-safe.
struct PreparedBatch {
  model::WriteBatch batch;
  std::vector<std::uint32_t> floats_from;      // floats[i] was the original's floats[floats_from[i]]
  std::vector<std::uint32_t> histograms_from;
  std::uint64_t floats_dropped = 0;
  std::uint64_t histograms_dropped = 0;
  // Samples of targets beyond ha_max_targets, and why.
  std::vector<std::uint32_t> floats_refused;
  std::vector<std::uint32_t> histograms_refused;
  std::string refusal;

  void clear();

 private:
  friend class Preparation;
  std::unique_ptr<Arena> arena_;  // label sets that were rewritten
  std::string canonical_;
};

class Preparation {
 public:
  explicit Preparation(telemetry::Registry& metrics);
  ~Preparation();

  // Replaces the rules; which replica owns what stays known. kInvalid: a rule that Relabeler::create refuses.
  Result<void> configure(const TenantRulesTable& table);

  // False: the tenant has no rules, take the batch as it is. Views in `out.batch` live as long as `batch` and `out` do.
  // Timestamps after `latest` are left for the limits to refuse.
  bool prepare(std::string_view tenant, const model::WriteBatch& batch, Timestamp now, Timestamp latest, PreparedBatch& out);

 private:
  struct Rules;
  struct Pairs;
  struct Table;
  struct Work;

  std::shared_ptr<const Rules> rules_of(std::string_view tenant) const;
  std::shared_ptr<Pairs> pairs_of(std::string_view tenant);
  void deduplicate(std::string_view tenant, const Rules& rules, Timestamp now, Timestamp latest, Work& work);
  void relabel(const Rules& rules, Work& work);
  void copy_kept(Work& work);

  std::atomic<bool> any_{false};
  mutable std::mutex mutex_;
  std::shared_ptr<const Table> table_;
  std::map<std::string, std::shared_ptr<Pairs>, std::less<>> pairs_;
  std::atomic<std::uint64_t> targets_{0};
  telemetry::Counter& deduplicated_;
  telemetry::Counter& takeovers_;
  telemetry::Counter& relabelled_away_;
};

}  // namespace isobar::ingest
