// Evaluates PromQL against a SeriesReader.
//
// instant() and range() are one code path: an instant query is a grid of one step. Errors: Code::kInvalid for
// what does not parse ("1:5: parse error: …"), kUnprocessable for what fails or meets a limit while
// evaluating, kCancelled, kTimeout and kUnavailable from the context's cancellation, and whatever the reader
// answers. An Engine is immutable and thread-safe; each query runs on its caller's thread, and on those that help it.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/series_reader.h"
#include "promql/options.h"
#include "promql/result.h"

namespace isobar::sys {
class TaskPool;
}

namespace isobar::promql {

struct EngineOptions {
  Duration lookback = Duration::minutes(5);
  std::size_t max_samples = 50'000'000;  // held at one time by one query; 0: no limit
  Features features;
  // The step of subqueries that name none, for a subquery of the given range. Unset: one minute.
  std::function<Duration(Duration range)> default_subquery_step;
  // Threads that help with what treats each series by itself; null: each query runs on its caller's thread alone. Must outlive
  // the engine.
  sys::TaskPool* helpers = nullptr;
  // What they are given at once: samples to be read and steps to be computed, a fraction of a millisecond's or a few. Results do
  // not depend on it.
  std::size_t bucket_work = 128 * 1024;
};

struct QueryOptions {
  Duration lookback{0};                // 0: the engine's
  bool count_samples = false;          // QueryStats::samples_per_step, which costs a little
  std::function<Monotonic()> clock{};  // unset: QueryStats has no times
  bool explain = false;                // QueryResult::plan; needs `clock`
};

class Engine {
 public:
  explicit Engine(EngineOptions options) : options_(std::move(options)) {}

  Result<QueryResult> instant(model::SeriesReader& reader, const model::ReadContext& context,
                              const std::vector<std::string>& tenants, std::string_view query, Timestamp time,
                              const QueryOptions& options = {}) const;
  // Steps start, start + step, … up to and including `end`. `step` must be positive, `end` not before
  // `start`.
  Result<QueryResult> range(model::SeriesReader& reader, const model::ReadContext& context,
                            const std::vector<std::string>& tenants, std::string_view query, Timestamp start,
                            Timestamp end, Duration step, const QueryOptions& options = {}) const;

  const EngineOptions& options() const { return options_; }

 private:
  struct Request;
  Result<QueryResult> run(const Request& request) const;

  EngineOptions options_;
};

}  // namespace isobar::promql
