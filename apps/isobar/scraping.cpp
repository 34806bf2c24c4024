#include "scraping.h"

#include <fmt/format.h>

#include "telemetry/log.h"

namespace isobar::app {
namespace {

std::string built_in_config(const std::string& own_address) {
  return fmt::format(
      "global:\n"
      "  scrape_interval: 5s\n"
      "scrape_configs:\n"
      "  - job_name: isobar\n"
      "    static_configs:\n"
      "      - targets: [\"{}\"]\n",
      own_address);
}

std::string health_name(scrape::TargetHealth health) {
  switch (health) {
    case scrape::TargetHealth::kUp: return "up";
    case scrape::TargetHealth::kDown: return "down";
    case scrape::TargetHealth::kUnknown: return "unknown";
  }
  return "unknown";
}

Result<config::Config> load_built_in(const std::string& own_address) {
  config::CheckedConfig checked = config::check_config_text(built_in_config(own_address), "built-in configuration");
  if (!checked.config) return fail(Code::kInternal, "the built-in configuration is invalid");
  return *std::move(checked.config);
}

}  // namespace

Result<config::Config> Scraping::load(const std::string& config_file, const std::string& own_address) {
  Result<config::Config> loaded = config_file.empty() ? load_built_in(own_address) : config::load_config(config_file);
  if (!loaded) return loaded;
  TRYV(scraper_.apply(loaded->scrape_configs));
  for (const auto& warning : loaded->warnings) telemetry::log_warn("configuration", {{"warning", warning.to_string()}});
  return loaded;
}

api::Targets Scraping::targets() const {
  api::Targets out;
  scrape::TargetsStatus status = scraper_.targets();
  for (scrape::ActiveTarget& target : status.active) {
    api::TargetStatus& to = out.active.emplace_back();
    to.discovered_labels = std::move(target.discovered_labels);
    to.labels = std::move(target.labels);
    to.scrape_pool = std::move(target.scrape_pool);
    to.scrape_url = std::move(target.scrape_url);
    to.global_url = std::move(target.global_url);
    to.last_error = std::move(target.last_error);
    if (target.last_scrape.ms != 0) to.last_scrape = target.last_scrape;
    to.last_scrape_seconds = target.last_scrape_duration_seconds;
    to.health = health_name(target.health);
    to.scrape_interval = target.scrape_interval;
    to.scrape_timeout = target.scrape_timeout;
  }
  for (scrape::DroppedTarget& target : status.dropped) {
    out.dropped.push_back({std::move(target.discovered_labels), std::move(target.scrape_pool)});
  }
  for (const auto& [pool, count] : status.dropped_counts) out.dropped_counts[pool] = count;
  return out;
}

}  // namespace isobar::app
