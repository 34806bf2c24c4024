// The parameter match[], which may be repeated: series selectors, of which any may match. Internal to api/prometheus.
#pragma once

#include <string>
#include <vector>

#include "api/read_route.h"
#include "model/series_reader.h"

namespace isobar::api {

using MatcherSet = std::vector<model::Matcher>;

// Empty if there is none.
Result<std::vector<MatcherSet>> match_parameters(const http::Params& params);
// One request per selector; a single one without matchers if there is none.
Result<std::vector<model::SelectRequest>> select_requests(const ReadCall& call);

}  // namespace isobar::api
