#include "api/prometheus/selectors.h"

#include "api/parameters.h"
#include "promql/parser.h"

namespace isobar::api {

Result<std::vector<MatcherSet>> match_parameters(const http::Params& params) {
  std::vector<MatcherSet> sets;
  for (const std::string& text : params.all("match[]")) {
    Result<MatcherSet> matchers = promql::parse_series_selector(text);
    if (!matchers) return fail(invalid_parameter("match[]", matchers.error().message));
    sets.push_back(*std::move(matchers));
  }
  return sets;
}

Result<std::vector<model::SelectRequest>> select_requests(const ReadCall& call) {
  TRY(const TimeRange range, time_range_parameters(call.params));
  TRY(std::vector<MatcherSet> sets, match_parameters(call.params));
  if (sets.empty()) sets.emplace_back();
  std::vector<model::SelectRequest> requests;
  for (MatcherSet& matchers : sets) {
    requests.push_back({call.tenants, std::move(matchers), range.start, range.end});
    requests.back().function = "series";
  }
  return requests;
}

}  // namespace isobar::api
