#include "api/prometheus/cardinality.h"

#include <algorithm>
#include <unordered_map>

#include "codec/json_writer.h"

namespace isobar::api {
namespace {

constexpr std::uint64_t kBytesPerEntry = 128;  // of a hash table with string keys, beside the text

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return hash64(text); }
};
template <class T>
using ByName = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

struct LabelCount {
  ByName<std::uint64_t> series_by_value;
  std::uint64_t value_bytes = 0;  // of distinct values
};

class Census {
 public:
  explicit Census(telemetry::MemoryBudget& budget) : held_(budget) {}

  Result<void> add(const model::Labels& labels) {
    ++series_;
    for (const model::LabelView& label : labels) {
      TRY(LabelCount* const count, entry(names_, label.name));
      auto at = count->series_by_value.find(label.value);
      if (at == count->series_by_value.end()) {
        TRYV(held_.grow(kBytesPerEntry + label.value.size(), Code::kUnprocessable));
        at = count->series_by_value.emplace(std::string(label.value), 0).first;
        count->value_bytes += label.value.size();
        ++pairs_;
      }
      ++at->second;
    }
    return {};
  }

  std::uint64_t series() const { return series_; }
  std::uint64_t pairs() const { return pairs_; }
  const ByName<LabelCount>& names() const { return names_; }

 private:
  Result<LabelCount*> entry(ByName<LabelCount>& names, std::string_view name) {
    auto at = names.find(name);
    if (at == names.end()) {
      TRYV(held_.grow(kBytesPerEntry + name.size(), Code::kUnprocessable));
      at = names.emplace(std::string(name), LabelCount{}).first;
    }
    return &at->second;
  }

  telemetry::Reservation held_;
  ByName<LabelCount> names_;
  std::uint64_t series_ = 0;
  std::uint64_t pairs_ = 0;
};

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

std::string census_json(const Census& census, const CardinalityRequest& request) {
  Top by_metric(request.limit), values(request.limit), bytes(request.limit), by_pair(request.limit);
  for (const auto& [name, count] : census.names()) {
    values.add(name, count.series_by_value.size());
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
  select.function = "series";
  TRY(const std::unique_ptr<model::SeriesSet> set, reader.select(select, context));
  Census census(context.budget);
  std::vector<std::shared_ptr<const model::Series>> batch;
  while (true) {
    TRYV(context.cancellation.check());
    TRYV(set->next(batch));
    if (batch.empty()) break;
    for (const auto& series : batch) TRYV(census.add(series->labels()));
  }
  return census_json(census, request);
}

}  // namespace isobar::api
