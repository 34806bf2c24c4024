// Internal: everything about scraping one target again and again. run() is one scrape; who calls it when is the
// Scraper's. run(), flush() and end() one at a time; status() and metadata() on any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/write_batch.h"
#include "scrape/collector.h"
#include "scrape/fetcher.h"
#include "scrape/retry_queue.h"
#include "scrape/series_cache.h"
#include "scrape/target.h"

namespace isobar::scrape {

enum class Health { kUnknown, kUp, kDown };

struct LoopStatus {
  Health health = Health::kUnknown;
  std::string last_error;
  Timestamp last_scrape{0};
  double last_duration_seconds = 0;
};

// What a job's loops share; replaced as a whole on reload.
struct JobRules {
  ScrapeConfig config;
  model::Relabeler target_relabeler;
  model::Relabeler metric_relabeler;
};

// Shared by all loops; all members outlive them.
struct LoopSurroundings {
  model::SampleSink& sink;
  Fetcher& fetcher;
  std::string tenant;
  std::function<Timestamp()> now;
  std::function<Monotonic()> monotonic;
  const Cancellation& cancellation;
  telemetry::MemoryBudget& retry_budget;
  telemetry::Counter& lost_samples;
  telemetry::Counter& scrapes_failed;
  telemetry::Counter& samples_scraped;
  telemetry::Counter& out_of_bounds;
};

class ScrapeLoop {
 public:
  ScrapeLoop(Target target, std::shared_ptr<const JobRules> rules, LoopSurroundings& surroundings);

  // One scrape: fetch, parse, write. Its samples get `scheduled`, if that is within 2 ms of now, else now.
  void run(Timestamp scheduled);
  // Writes what the sink could not take before.
  void flush();
  // The target is gone: markers for all its series, the report's included, at one interval after the last scrape.
  void end();

  // New rules for the same target; series that the rules no longer give are marked stale at the next scrape.
  void apply(std::shared_ptr<const JobRules> rules);
  // Scrapes fail with this reason, without asking the target; empty: scrape again.
  void refuse(std::string reason);

  const Target& target() const { return target_; }
  bool has_unwritten() const;
  LoopStatus status() const;
  std::vector<model::Metadata> metadata() const;

 private:
  struct Outcome {
    double seconds = 0;
    std::optional<Error> error;
  };
  Result<void> collect(const JobRules& rules, std::int64_t timestamp);
  void add_markers(const std::vector<SeriesCache::Gone>& gone, std::int64_t timestamp);
  void add_report(std::int64_t timestamp, double seconds, bool up);
  void add_float(std::string_view canonical, std::int64_t timestamp, double value);
  void write();
  void set_status(const Outcome& outcome, Timestamp at);
  std::int64_t sample_timestamp(Timestamp scheduled) const;

  const Target target_;
  LoopSurroundings& surroundings_;
  SeriesCache cache_;
  Collector collector_;
  RetryQueue retry_;
  std::vector<std::string> report_;  // canonical labels of the report series
  std::int64_t last_timestamp_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const JobRules> rules_;
  std::string refusal_;
  bool rules_changed_ = false;
  bool has_unwritten_ = false;
  LoopStatus status_;
  std::vector<model::Metadata> metadata_;
};

}  // namespace isobar::scrape
