// What each read is given: a memory budget below the process's, a deadline, a place for warnings.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "base/time.h"
#include "model/series_reader.h"
#include "sys/clock.h"
#include "telemetry/memory_budget.h"

namespace isobar::api {

class QueryUsage;

// Cancellations with a deadline. Wiring calls run_once() every 100 ms or so; that is how late a deadline may be seen.
// Thread-safe.
class QueryDeadlines {
 public:
  // Stops watching when it dies.
  class Watch {
   public:
    Watch(QueryDeadlines& owner, Monotonic at, Cancellation& cancellation);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    QueryDeadlines& owner_;
    std::multimap<Monotonic, Cancellation*>::iterator place_;
  };

  // Raises kDeadline where the time has come.
  void run_once(Monotonic now);
  std::size_t watched() const;

 private:
  mutable std::mutex mutex_;
  std::multimap<Monotonic, Cancellation*> by_time_;
};

// Shared by all reads. All references must outlive the server.
struct QueryResources {
  model::SeriesReader& reader;
  const sys::Clock& clock;
  QueryDeadlines& deadlines;
  telemetry::MemoryBudget& memory;                       // of all queries together
  std::uint64_t max_bytes_per_query = 1ULL << 30;        // 0: only `memory` counts
  std::string max_bytes_setting = "--query.max-bytes";   // named in the refusal
  Duration timeout = Duration::minutes(2);               // default, and the most that a request may ask for
  // Changes whenever something is acknowledged that a later query must see. Unset: nothing is ever written.
  std::function<std::uint64_t()> written{};
  QueryUsage* usage = nullptr;                           // counts what queries name; null: nothing is counted
};

// One read. The Cancellation is the request's; it must outlive the scope.
class QueryScope {
 public:
  QueryScope(const QueryResources& resources, Cancellation& cancellation, Duration timeout);

  model::ReadContext context() { return {budget_, cancellation_, warnings_}; }
  telemetry::MemoryBudget& budget() { return budget_; }
  telemetry::MemoryBudget& memory_of_all() { return memory_of_all_; }
  model::Warnings& warnings() { return warnings_; }
  const Cancellation& cancellation() const { return cancellation_; }
  // The answer is computed; how long the client takes to read it is no matter of the deadline.
  void end_deadline() { watch_.reset(); }

 private:
  telemetry::MemoryBudget& memory_of_all_;
  telemetry::MemoryBudget budget_;
  model::Warnings warnings_;
  Cancellation& cancellation_;
  std::optional<QueryDeadlines::Watch> watch_;
};

}  // namespace isobar::api
