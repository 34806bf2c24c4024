// Internal: batches that the sink could not take, kept with their bytes until it can, within a budget. Not thread-safe;
// the budget is shared.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "base/arena.h"
#include "model/write_batch.h"
#include "telemetry/memory_budget.h"
#include "telemetry/metrics.h"

namespace isobar::scrape {

class RetryQueue {
 public:
  // `lost` counts samples that found no room, or that the sink refuses for good.
  RetryQueue(telemetry::MemoryBudget& budget, telemetry::Counter& lost) : budget_(budget), lost_(lost) {}

  // Writes what waits, oldest first, then `batch`. What cannot be written now is kept; past the budget the oldest is
  // lost first. Returns the last error of the sink, if any.
  Result<void> write(model::SampleSink& sink, std::string_view tenant, const model::WriteBatch& batch);
  // The same without a new batch.
  Result<void> flush(model::SampleSink& sink, std::string_view tenant);
  bool empty() const { return waiting_.empty(); }

 private:
  struct Kept {
    Arena bytes;
    model::WriteBatch batch;
    telemetry::Reservation reservation;
  };
  void keep(const model::WriteBatch& batch);

  telemetry::MemoryBudget& budget_;
  telemetry::Counter& lost_;
  std::deque<std::unique_ptr<Kept>> waiting_;
};

}  // namespace isobar::scrape
