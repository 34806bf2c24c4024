// /api/v1/status/tsdb: which names, labels and pairs the head's series are spread over. Internal to api/prometheus.
#pragma once

#include <string>
#include <vector>

#include "api/server_status.h"
#include "base/result.h"
#include "model/series_reader.h"

namespace isobar::api {

struct CardinalityRequest {
  std::vector<std::string> tenants;
  HeadStatus head;
  std::size_t limit = 10;  // rows per list
};

// Walks all series that have samples since the head's oldest one. Memory is bounded by the context's budget.
Result<std::string> cardinality_json(model::SeriesReader& reader, const model::ReadContext& context,
                                     const CardinalityRequest& request);

}  // namespace isobar::api
