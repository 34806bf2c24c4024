// One thing to scrape, made from discovered labels by relabelling. Semantics: Prometheus' <scrape_config> and
// <relabel_config> documentation: __address__, __scheme__, __metrics_path__, __param_*, __scrape_interval__,
// __scrape_timeout__ decide how; job and instance have defaults; labels that start with __ are not kept.
#pragma once

#include <optional>
#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "model/labels.h"
#include "model/relabel.h"
#include "scrape/scrape_config.h"

namespace isobar::scrape {

struct Target {
  model::Labels labels;      // what its series get: public labels only
  model::Labels discovered;  // before relabelling, for the API
  std::string url;
  Duration interval;
  Duration timeout;

  // Identity: equal labels, URL and rhythm.
  Hash128 id() const;
};

// The labels before relabelling: target, group, then the defaults of the job.
model::Labels discovered_labels(const ScrapeConfig& config, const model::Labels& target, const model::Labels& group);

// Empty: relabelling dropped it. kInvalid: no usable address, interval or timeout.
Result<std::optional<Target>> make_target(const ScrapeConfig& config, const model::Relabeler& relabeler,
                                          const model::Labels& discovered);

// The URL with localhost and 127.0.0.1 replaced, for those who look from another machine.
std::string global_url(const std::string& url, const std::string& external_host);

}  // namespace isobar::scrape
