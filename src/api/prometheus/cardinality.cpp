#include "api/prometheus/cardinality.h"

#include <algorithm>

#include "api/prometheus/label_census.h"
#include "codec/json_writer.h"

namespace isobar::api {
namespace {

// The largest rows seen so far; ties by name, so that the answer does not depend on the order of a hash table.
class Top {
 public:
  explicit Top(std::size_t limit) : limit_(limit) {}
  void add(std::string name, std::uint64_t value) {
    rows_.emplace_back(value, std::move(name));
    if (rows_.size() >= 4 * limit_ + 64) cut();
  }
  void write(codec::JsonWriter& json, std::string_view key) {
    cut();
    json.key(key).begin_array();
    for (const auto& [value, name] : rows_) json.begin_object().field("name", name).field("value", value).end_object();
    json.end_array();
  }

 private:
  void cut() {
    std::sort(rows_.begin(), rows_.end(),
              [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    if (rows_.size() > limit_) rows_.resize(limit_);
  }
  std::size_t limit_;
  std::vector<std::pair<std::uint64_t, std::string>> rows_;
};

std::string census_json(const LabelCensus& census, const CardinalityRequest& request) {
  Top by_metric(request.limit), values(request.limit), bytes(request.limit), by_pair(request.limit);
  for (const auto& [name, count] : census.labels()) {
    values.add(name, count.series_by_value.size());
    // As Prometheus documents it: the length of all values.
    bytes.add(name, count.value_bytes);
    for (const auto& [value, series] : count.series_by_value) {
      if (name == model::kMetricName) by_metric.add(value, series);
      by_pair.add(name + "=" + value, series);
    }
  }
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key("headStats").begin_object();
  json.field("numSeries", census.series())
      .field("numLabelPairs", census.pairs())
      .field("chunkCount", request.head.chunks)
      .field("minTime", request.head.min_time.ms)
      .field("maxTime", request.head.max_time.ms)
      .end_object();
  by_metric.write(json, "seriesCountByMetricName");
  values.write(json, "labelValueCountByLabelName");
  bytes.write(json, "memoryInBytesByLabelName");
  by_pair.write(json, "seriesCountByLabelValuePair");
  json.end_object();
  return out;
}

}  // namespace

Result<std::string> cardinality_json(model::SeriesReader& reader, const model::ReadContext& context,
                                     const CardinalityRequest& request) {
  model::SelectRequest select{.tenants = request.tenants, .matchers = {}, .min = request.head.min_time,
                              .max = Timestamp::max()};
  TRY(const LabelCensus census, LabelCensus::take(reader, context, std::move(select)));
  return census_json(census, request);
}

}  // namespace isobar::api
