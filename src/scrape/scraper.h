// Scrapes everything that a configuration names, as Prometheus would: discovery, relabelling, one loop a target with
// its own offset within the interval, staleness, `up` and its companions.
//
//   scrape::Scraper scraper({.tenant = "anonymous"}, sink, registry);
//   TRYV(scraper.apply(config.scrape_configs));   // again after each reload; unchanged targets keep their state
//   scraper.start();
//   …
//   scraper.stop();
//
// Thread-safe. A fixed number of threads scrapes; a target that is due while all are busy waits (and
// isobar_scrape_delay_seconds tells). Samples that the sink cannot take are kept up to `retry_bytes`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/write_batch.h"
#include "net/dns.h"
#include "scrape/scrape_config.h"
#include "scrape/target.h"
#include "telemetry/metrics.h"

namespace isobar::scrape {

class Fetcher;

struct ScraperOptions {
  std::string tenant = "anonymous";
  std::size_t threads = 16;
  std::uint64_t retry_bytes = 64 << 20;
  std::uint64_t default_body_limit = 256 << 20;  // where body_size_limit is not set
  std::size_t dropped_targets = 1000;            // a job, where keep_dropped_targets is not set
  std::string external_host;                     // replaces localhost in globalUrl
  std::function<bool(const Target&)> owns;       // empty: every target is ours
  std::function<Timestamp()> now;                // empty: the system's clocks
  std::function<Monotonic()> monotonic;
};

enum class TargetHealth { kUnknown, kUp, kDown };

// What /api/v1/targets shows.
struct ActiveTarget {
  std::string scrape_pool;
  model::Labels labels;
  model::Labels discovered_labels;
  std::string scrape_url;
  std::string global_url;
  TargetHealth health = TargetHealth::kUnknown;
  std::string last_error;
  Timestamp last_scrape{0};  // 0: never
  double last_scrape_duration_seconds = 0;
  Duration scrape_interval;
  Duration scrape_timeout;
};
struct DroppedTarget {
  std::string scrape_pool;
  model::Labels discovered_labels;
};
struct TargetsStatus {
  std::vector<ActiveTarget> active;             // by pool, then labels
  std::vector<DroppedTarget> dropped;           // the first of each pool, up to a bound
  std::map<std::string, std::size_t> dropped_counts;  // by pool, all of them
};
struct TargetMetadata {
  std::string scrape_pool;
  model::Labels target;
  std::vector<model::Metadata> families;
};

class Scraper {
 public:
  Scraper(ScraperOptions options, model::SampleSink& sink, telemetry::Registry& registry);
  // With substitutes for the outside, for tests; null members mean the real ones.
  struct Outside {
    std::unique_ptr<Fetcher> fetcher;
    std::unique_ptr<net::DnsResolver> dns;
  };
  Scraper(ScraperOptions options, model::SampleSink& sink, telemetry::Registry& registry, Outside outside);
  ~Scraper();  // stop()
  Scraper(const Scraper&) = delete;
  Scraper& operator=(const Scraper&) = delete;

  // Replaces the configuration. kInvalid (a bad relabel rule) leaves the one before in force.
  Result<void> apply(const std::vector<ScrapeConfig>& configs);

  void start();
  // Ends the threads; scrapes in flight are cut off and write nothing. No markers: a restart goes on where this ends.
  void stop();
  // Instead of start(): does on this thread what is due at now(). Returns the number of scrapes.
  std::size_t run_due();
  // When run_due() has work again.
  Timestamp next_due() const;

  TargetsStatus targets() const;
  std::vector<std::string> pools() const;
  std::vector<TargetMetadata> metadata() const;
  // "pool: kind: message" of discoveries whose last refresh failed.
  std::vector<std::string> discovery_errors() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isobar::scrape
