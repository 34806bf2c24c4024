// Configuration and scraping of the running server: load, reload, targets for the API.
#pragma once

#include <memory>
#include <string>

#include "api/server_status.h"
#include "config/config.h"
#include "model/write_batch.h"
#include "scrape/scraper.h"
#include "telemetry/metrics.h"

namespace isobar::app {

class Scraping {
 public:
  // `threads`: scrapes at once. Each waits for its target, and then for the log.
  Scraping(model::SampleSink& sink, telemetry::Registry& metrics, std::size_t threads) : scraper_(options(threads), sink, metrics) {}

  // `config_file` empty: the built-in configuration, which scrapes this server's own metrics at `own_address` every
  // five seconds. After a failure (kInvalid, each problem on a line) the configuration before stays in force.
  Result<config::Config> load(const std::string& config_file, const std::string& own_address);
  void start() { scraper_.start(); }
  void stop() { scraper_.stop(); }
  api::Targets targets() const;
  std::vector<std::string> discovery_errors() const { return scraper_.discovery_errors(); }

 private:
  static scrape::ScraperOptions options(std::size_t threads) {
    scrape::ScraperOptions options;
    options.threads = threads;
    return options;
  }
  scrape::Scraper scraper_;
};

}  // namespace isobar::app
