// Internal: the labels a scraped series is stored under: metric labels joined with the target's, relabelled, checked.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/labels.h"
#include "model/relabel.h"
#include "scrape/scrape_config.h"

namespace isobar::scrape {

struct LabelRules {
  const model::Labels& target;
  bool honor_labels;
  const model::Relabeler& relabeler;
  const ScrapeLimits& limits;
};

// Canonical bytes; empty if relabelling dropped the series. kInvalid: no metric name is left, or a limit is passed;
// the message starts with the limit's key.
Result<std::string> sample_labels(const std::vector<model::LabelView>& metric, const LabelRules& rules);

}  // namespace isobar::scrape
