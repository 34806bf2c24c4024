#include "api/prometheus/federate.h"

#include <algorithm>

#include "api/envelope.h"
#include "api/parameters.h"
#include "api/prometheus/selectors.h"
#include "api/query_usage.h"
#include "exposition/text_writer.h"

namespace isobar::api {
namespace {

constexpr std::string_view kInstance = "instance";

struct LastSample {
  model::Labels labels;
  double value = 0;
  std::int64_t time = 0;

  std::string_view name() const { return labels.get(model::kMetricName); }
  bool operator<(const LastSample& other) const {
    return name() != other.name() ? name() < other.name() : labels < other.labels;
  }
};

Result<void> collect(const model::SelectRequest& request, model::SeriesReader& reader, QueryScope& scope,
                     telemetry::Reservation& held, std::vector<LastSample>& out) {
  TRY(const auto set, reader.select(request, scope.context()));
  std::vector<std::shared_ptr<const model::Series>> batch;
  model::SampleColumns columns;
  while (true) {
    TRYV(scope.cancellation().check());
    TRYV(set->next(batch));
    if (batch.empty()) return {};
    for (const auto& series : batch) {
      columns.clear();
      TRYV(series->read(request.min, request.max, columns));
      if (columns.size() == 0 || !series->labels().has(model::kMetricName)) continue;
      const std::size_t last = columns.size() - 1;
      if (columns.is_histogram(last) || model::is_stale_nan(columns.values[last])) continue;
      // The sample and its line.
      TRYV(held.grow(sizeof(LastSample) + 2 * series->labels().encoded().size() + 64, Code::kUnprocessable));
      out.push_back({series->labels(), columns.values[last], columns.timestamps[last]});
    }
  }
}

// Labels without the name, sorted; external ones where the series has none of that name. `instance` is always there,
// empty if need be, so that the scraper with honor_labels does not put this server's.
std::vector<model::LabelView> outward_labels(const model::Labels& labels, const model::Labels& external) {
  std::vector<model::LabelView> out;
  for (const model::LabelView& label : labels) {
    if (label.name != model::kMetricName) out.push_back(label);
  }
  for (const model::LabelView& label : external) {
    if (!labels.has(label.name)) out.push_back(label);
  }
  if (!labels.has(kInstance) && !external.has(kInstance)) out.push_back({kInstance, ""});
  std::sort(out.begin(), out.end());
  return out;
}

std::string text_of(const std::vector<LastSample>& samples, const model::Labels& external) {
  exposition::TextWriter writer;
  std::string_view family;
  for (const LastSample& sample : samples) {
    if (sample.name() != family) writer.family(sample.name(), "untyped", "");
    family = sample.name();
    writer.sample(sample.name(), outward_labels(sample.labels, external), sample.value, sample.time);
  }
  return writer.take();
}

Result<http::Response> federated(const QueryParts& parts, const ReadCall& call) {
  TRY(std::vector<MatcherSet> sets, match_parameters(call.params));
  if (sets.empty()) {
    return fail(invalid_parameter("match[]", "is missing, write at least one series selector like up or {job=\"a\"}"));
  }
  QueryScope scope(parts.resources, call.cancellation, parts.resources.timeout);
  telemetry::Reservation held(scope.budget());
  const Timestamp now = parts.resources.clock.now();
  // Like an instant query: the window is open to the left.
  const Timestamp oldest = now - parts.engine.options().lookback + Duration::millis(1);
  std::vector<LastSample> samples;
  UsageReader reader(parts.resources.reader, parts.resources.usage, call.tenants);
  for (MatcherSet& matchers : sets) {
    const model::SelectRequest request{call.tenants, std::move(matchers), oldest, now};
    TRYV(collect(request, reader, scope, held, samples));
  }
  std::sort(samples.begin(), samples.end());
  samples.erase(std::unique(samples.begin(), samples.end(),
                            [](const LastSample& a, const LastSample& b) { return a.labels == b.labels; }),
                samples.end());
  return http::Response{.content_type = std::string(exposition::kTextContentType),
                        .body = text_of(samples, parts.status.external_labels())};
}

}  // namespace

Result<http::Response> federate(const QueryParts& parts, const ReadCall& call) {
  Result<http::Response> answer = federated(parts, call);
  if (!answer) return failure_text(answer.error());
  return answer;
}

}  // namespace isobar::api
