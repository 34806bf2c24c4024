// How one job is scraped: <scrape_config> of Prometheus as plain values, defaults as documented there. config/ binds it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "discovery/discovery.h"
#include "http/client_config.h"
#include "model/labels.h"
#include "model/relabel.h"

namespace isobar::scrape {

enum class ScrapeProtocol { kProtobuf, kOpenMetrics100, kOpenMetrics001, kText100, kText004 };

// Bounds of one scrape; 0 is no bound. Past one, the whole scrape fails.
struct ScrapeLimits {
  std::uint64_t body_bytes = 0;           // body_size_limit, after decompression
  std::uint64_t samples = 0;              // after metric relabelling
  std::uint64_t labels = 0;               // of a series, __name__ included
  std::uint64_t label_name_length = 0;    // bytes
  std::uint64_t label_value_length = 0;
  std::uint64_t targets = 0;              // of the job
  std::uint64_t dropped_targets = 0;      // kept for the API; 0: a default of ours
  std::uint64_t histogram_buckets = 0;    // of a native histogram
  bool operator==(const ScrapeLimits&) const = default;
};

struct ScrapeConfig {
  std::string job_name;
  Duration interval = Duration::minutes(1);
  Duration timeout = Duration::seconds(10);
  std::string metrics_path = "/metrics";
  std::string scheme = "http";
  std::map<std::string, std::vector<std::string>> params;
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool track_timestamps_staleness = false;
  bool enable_compression = true;
  bool scrape_native_histograms = false;
  bool always_scrape_classic_histograms = false;
  std::vector<ScrapeProtocol> protocols;  // in order of preference; empty: default_protocols()
  std::optional<ScrapeProtocol> fallback_protocol;
  ScrapeLimits limits;
  http::ClientConfig client;
  std::vector<model::RelabelRule> relabel;
  std::vector<model::RelabelRule> metric_relabel;
  discovery::DiscoveryConfig discovery;
  bool operator==(const ScrapeConfig&) const = default;
};

// Texts, newest first; before them protobuf where native histograms are wanted, since only it carries them.
std::vector<ScrapeProtocol> default_protocols(bool native_histograms);

}  // namespace isobar::scrape
