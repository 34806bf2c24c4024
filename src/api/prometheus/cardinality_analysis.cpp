#include "api/prometheus/cardinality_analysis.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "api/envelope.h"
#include "api/prometheus/label_census.h"
#include "api/prometheus/label_json.h"
#include "base/utf8.h"
#include "promql/parser.h"

namespace isobar::api {
namespace {

constexpr int kDefaultLimit = 20;
constexpr int kMaxLimit = 500;

struct Analysis {
  std::vector<model::Matcher> matchers;
  std::size_t limit = kDefaultLimit;
  bool active = false;
};

Result<std::vector<model::Matcher>> selector_parameter(const http::Params& params) {
  const std::vector<std::string> texts = params.all("selector");
  if (texts.empty()) return std::vector<model::Matcher>{};
  if (texts.size() > 1) return fail(Code::kInvalid, "multiple 'selector' params are not allowed");
  auto matchers = promql::parse_series_selector(texts.front());
  if (!matchers) return fail(Code::kInvalid, "failed to parse selector: " + matchers.error().message);
  return *std::move(matchers);
}

// Go's message for what is no number is part of the API as it is.
Result<std::size_t> analysis_limit(const http::Params& params) {
  const std::vector<std::string> texts = params.all("limit");
  if (texts.empty()) return std::size_t{kDefaultLimit};
  if (texts.size() > 1) return fail(Code::kInvalid, "multiple 'limit' params are not allowed");
  const std::string& text = texts.front();
  const std::string_view digits = std::string_view(text).substr(text.starts_with('+') ? 1 : 0);
  int limit = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), limit);
  if (error == std::errc::result_out_of_range) {
    return fail(Code::kInvalid, fmt::format("strconv.Atoi: parsing \"{}\": value out of range", text));
  }
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return fail(Code::kInvalid, fmt::format("strconv.Atoi: parsing \"{}\": invalid syntax", text));
  }
  if (limit < 0) return fail(Code::kInvalid, "'limit' param cannot be less than '0'");
  if (limit > kMaxLimit) return fail(Code::kInvalid, fmt::format("'limit' param cannot be greater than '{}'", kMaxLimit));
  return static_cast<std::size_t>(limit);
}

Result<bool> wants_active(const http::Params& params) {
  const std::string_view method = params.get("count_method");
  if (!params.has("count_method") || method == "inmemory") return false;
  if (method == "active") return true;
  return fail(Code::kInvalid, fmt::format("invalid 'count_method' param '{}'. valid options are: [active,inmemory]", method));
}

Result<Analysis> analysis_parameters(const http::Params& params) {
  Analysis analysis;
  TRY(analysis.matchers, selector_parameter(params));
  TRY(analysis.limit, analysis_limit(params));
  TRY(analysis.active, wants_active(params));
  return analysis;
}

Result<std::vector<std::string>> names_parameter(const http::Params& params) {
  std::vector<std::string> names = params.all("label_names[]");
  if (names.empty()) return fail(Code::kInvalid, "'label_names[]' param is required");
  for (const std::string& name : names) {
    if (name.empty() || !is_valid_utf8(name)) return fail(Code::kInvalid, fmt::format("invalid 'label_names' param '{}'", name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<void> one_tenant(const ReadCall& call) {
  if (call.tenants.size() == 1) return {};
  return fail(Code::kInvalid, "multiple org IDs present");
}

model::SelectRequest series_of(const AnalysisParts& parts, const ReadCall& call, const Analysis& analysis) {
  const Timestamp min = analysis.active ? parts.queries.clock.now() - kActiveSeriesAge : parts.status.head().min_time;
  model::SelectRequest request{call.tenants, analysis.matchers, min, Timestamp::max()};
  request.function = "series";
  return request;
}

// Largest first, then by name; at most `limit`.
using Row = std::pair<std::uint64_t, std::string_view>;
void keep_largest(std::vector<Row>& rows, std::size_t limit) {
  const std::size_t kept = std::min(limit, rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end(),
                    [](const Row& a, const Row& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  rows.resize(kept);
}

std::string label_names_json(const LabelCensus& census, std::size_t limit) {
  std::vector<Row> rows;
  for (const auto& [name, label] : census.labels()) rows.emplace_back(label.series_by_value.size(), name);
  const std::size_t names = rows.size();
  keep_largest(rows, limit);
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().field("label_values_count_total", census.pairs()).field("label_names_count", std::uint64_t{names});
  json.key("cardinality").begin_array();
  for (const auto& [values, name] : rows) json.begin_object().field("label_name", name).field("label_values_count", values).end_object();
  json.end_array().end_object();
  return out;
}

std::string label_values_json(const LabelCensus& census, std::uint64_t series_total, std::size_t limit) {
  std::vector<Row> names;
  for (const auto& [name, label] : census.labels()) names.emplace_back(label.series, name);
  keep_largest(names, names.size());
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().field("series_count_total", series_total).key("labels").begin_array();
  for (const auto& [series, name] : names) {
    const LabelCensus::Label& label = census.labels().find(name)->second;
    std::vector<Row> values;
    for (const auto& [value, count] : label.series_by_value) values.emplace_back(count, value);
    json.begin_object().field("label_name", name).field("label_values_count", std::uint64_t{values.size()}).field("series_count", series);
    keep_largest(values, limit);
    json.key("cardinality").begin_array();
    for (const auto& [count, value] : values) json.begin_object().field("label_value", value).field("series_count", count).end_object();
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return out;
}

Result<std::string> names_answer(const AnalysisParts& parts, const ReadCall& call) {
  TRYV(one_tenant(call));
  TRY(const Analysis analysis, analysis_parameters(call.params));
  QueryScope scope(parts.queries, call.cancellation, parts.queries.timeout);
  TRY(const LabelCensus census, LabelCensus::take(parts.queries.reader, scope.context(), series_of(parts, call, analysis)));
  return label_names_json(census, analysis.limit);
}

Result<std::string> values_answer(const AnalysisParts& parts, const ReadCall& call) {
  TRYV(one_tenant(call));
  TRY(const std::vector<std::string> names, names_parameter(call.params));
  TRY(Analysis analysis, analysis_parameters(call.params));
  QueryScope scope(parts.queries, call.cancellation, parts.queries.timeout);
  TRY(const LabelCensus census, LabelCensus::take(parts.queries.reader, scope.context(), series_of(parts, call, analysis), names));
  std::uint64_t total = census.series();
  if (!analysis.matchers.empty()) {
    // The total is of the tenant, whatever the selector leaves.
    analysis.matchers.clear();
    TRY(const LabelCensus all, LabelCensus::take(parts.queries.reader, scope.context(), series_of(parts, call, analysis), {""}));
    total = all.series();
  }
  return label_values_json(census, total, analysis.limit);
}

Result<std::string> active_answer(const AnalysisParts& parts, const ReadCall& call) {
  TRYV(one_tenant(call));
  if (!call.params.has("selector")) return fail(Code::kInvalid, "missing 'selector' parameter");
  Analysis analysis{.active = true};
  TRY(analysis.matchers, selector_parameter(call.params));
  QueryScope scope(parts.queries, call.cancellation, parts.queries.timeout);
  TRY(const auto set, parts.queries.reader.select(series_of(parts, call, analysis), scope.context()));
  telemetry::Reservation held(scope.budget());
  std::string out = "{\"data\":[";
  std::vector<std::shared_ptr<const model::Series>> batch;
  while (true) {
    TRYV(scope.cancellation().check());
    TRYV(set->next(batch));
    if (batch.empty()) break;
    for (const auto& series : batch) {
      if (!out.ends_with('[')) out.push_back(',');
      append_labels(out, series->labels());
    }
    if (out.size() > held.bytes()) TRYV(held.grow(out.size() - held.bytes(), Code::kUnprocessable));
  }
  return out + "]}";
}

http::Response plain(Result<std::string> json) {
  return json ? http::Response::json(200, *std::move(json)) : failure_text(json.error());
}

}  // namespace

Result<http::Response> label_names_cardinality(const AnalysisParts& parts, const ReadCall& call) { return plain(names_answer(parts, call)); }
Result<http::Response> label_values_cardinality(const AnalysisParts& parts, const ReadCall& call) { return plain(values_answer(parts, call)); }
Result<http::Response> active_series(const AnalysisParts& parts, const ReadCall& call) { return plain(active_answer(parts, call)); }

}  // namespace isobar::api
