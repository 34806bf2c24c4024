// Admission and append. write() checks a batch against the tenant's limits, splits what passes by partition into records
// and appends them; it returns when they are durable.
//
// Thread-safe; scratch memory stays, as much as batches are written at once.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/scratch_pool.h"
#include "ingest/preparation.h"
#include "ingest/series_census.h"
#include "ingest_log/ingest_log.h"
#include "limits/tenant_limits.h"
#include "limits/token_bucket.h"
#include "model/write_batch.h"
#include "sys/clock.h"
#include "telemetry/memory_budget.h"
#include "telemetry/metrics.h"

namespace isobar::ingest {

// What became of a batch. Refused samples are counted; the first few reasons are kept for the answer.
struct WriteOutcome {
  std::uint64_t floats = 0;  // written
  std::uint64_t histograms = 0;
  std::uint64_t exemplars = 0;
  std::uint64_t floats_dropped = 0;  // on purpose, by the tenant's rules: no failure
  std::uint64_t histograms_dropped = 0;
  std::uint64_t refused = 0;
  std::vector<std::string> reasons;  // at most kMaxReasons

  static constexpr std::size_t kMaxReasons = 5;
  void refuse(std::uint64_t samples, std::string reason) {
    refused += samples;
    if (reasons.size() < kMaxReasons) reasons.push_back(std::move(reason));
  }
  // "…; …; and 3 more", for an answer.
  std::string reason_text() const;
};

// Which samples of a batch were refused: indices, ascending.
struct RefusedSamples {
  std::vector<std::uint32_t> floats;
  std::vector<std::uint32_t> histograms;
};

struct IngesterParts {
  ingest_log::IngestLog& log;
  std::uint32_t partitions;
  const limits::LimitsTable& limits;
  const sys::Clock& clock;
  telemetry::MemoryBudget& head_budget;  // exceeded: nothing new is admitted
  telemetry::Registry& metrics;
  SeriesCensus* census = nullptr;  // null: max_series is not enforced
  std::uint64_t writer_id = 0;     // random per process start
  Preparation* preparation = nullptr;  // null: no tenant has rules
};

class Ingester final : public model::SampleSink {
 public:
  explicit Ingester(IngesterParts parts);
  ~Ingester() override;

  // For doors that pass on only all-or-nothing (scrape): refused samples are counted and dropped.
  Result<void> write(std::string_view tenant, const model::WriteBatch& batch) override;

  // Writes what the limits allow and says what they do not. Errors as model::SampleSink::write.
  // `refused`, for doors that count in other units than samples, is added to.
  Result<WriteOutcome> admit(std::string_view tenant, const model::WriteBatch& batch, RefusedSamples* refused = nullptr);

 private:
  struct Scratch;
  Result<WriteOutcome> admit_prepared(std::string_view tenant, const limits::TenantLimits& limits, const model::WriteBatch& batch,
                                      RefusedSamples* refused);
  Result<WriteOutcome> admit_by_rules(std::string_view tenant, const limits::TenantLimits& limits, PreparedBatch& prepared,
                                      RefusedSamples* refused);
  struct TenantState {
    std::unique_ptr<limits::TokenBucket> rate;
    std::uint64_t rate_limit = 0;
    std::uint64_t series = 0;  // as of the last look, plus what was admitted since
    bool series_known = false;
  };

  Result<void> check_rate(std::string_view tenant, const limits::TenantLimits& limits, std::uint64_t samples);
  void check_series(std::string_view tenant, const limits::TenantLimits& limits, const model::WriteBatch& batch,
                    Scratch& scratch, WriteOutcome& outcome);
  void check_new_series(std::string_view tenant, const limits::TenantLimits& limits, const model::WriteBatch& batch,
                        Scratch& scratch, WriteOutcome& outcome);
  void select_samples(const limits::TenantLimits& limits, const model::WriteBatch& batch, Scratch& scratch,
                      WriteOutcome& outcome, RefusedSamples* refused);
  Result<void> build_records(std::string_view tenant, const model::WriteBatch& batch, Scratch& scratch);

  IngesterParts parts_;
  ScratchPool<Scratch> scratch_;
  ScratchPool<PreparedBatch> prepared_;
  std::atomic<std::uint64_t> sequence_{0};
  std::mutex tenants_mutex_;
  std::map<std::string, TenantState, std::less<>> tenants_;
  telemetry::Counter& samples_;
  telemetry::Counter& refused_;
  telemetry::Counter& requests_;
  telemetry::DurationHistogram& append_seconds_;
};

}  // namespace isobar::ingest
