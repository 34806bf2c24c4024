// What one query holds: bytes against its budget, samples against its limit, cancellation. Operators that
// keep series hold a MemoryHold; it gives everything back when it dies. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/cancel.h"
#include "base/result.h"
#include "eval/step_series.h"
#include "telemetry/memory_budget.h"

namespace isobar::eval {

class QueryMemory {
 public:
  // `max_samples` 0: no limit. The references must outlive the object.
  QueryMemory(telemetry::MemoryBudget& budget, const Cancellation& cancellation, std::size_t max_samples)
      : budget_(budget), cancellation_(cancellation), max_samples_(max_samples) {}

  telemetry::MemoryBudget& budget() { return budget_; }
  Result<void> check() const { return cancellation_.check(); }
  std::size_t peak_samples() const { return peak_samples_; }
  std::size_t samples_read() const { return samples_read_; }
  void count_read(std::size_t samples) { samples_read_ += samples; }
  // Of a part of the query that was done apart.
  void count(const QueryMemory& part) {
    samples_read_ += part.samples_read_;
    peak_samples_ = std::max(peak_samples_, samples_ + part.peak_samples_);
  }

 private:
  friend class MemoryHold;
  telemetry::MemoryBudget& budget_;
  const Cancellation& cancellation_;
  std::size_t max_samples_;
  std::size_t samples_ = 0;
  std::size_t peak_samples_ = 0;
  std::size_t samples_read_ = 0;
};

class MemoryHold {
 public:
  explicit MemoryHold(QueryMemory& memory) : memory_(&memory), bytes_(memory.budget()) {}
  MemoryHold(const MemoryHold&) = delete;
  MemoryHold& operator=(const MemoryHold&) = delete;
  ~MemoryHold() { clear(); }

  // Code::kUnprocessable past the budget or the sample limit.
  Result<void> grow(std::size_t bytes, std::size_t samples);
  Result<void> grow(const StepSeries& series) { return grow(series.byte_size(), series.steps()); }
  // Replaces what is held.
  Result<void> set(std::size_t bytes, std::size_t samples) {
    clear();
    return grow(bytes, samples);
  }
  void clear();

 private:
  QueryMemory* memory_;
  telemetry::Reservation bytes_;
  std::size_t samples_ = 0;
};

}  // namespace isobar::eval
