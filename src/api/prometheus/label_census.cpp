#include "api/prometheus/label_census.h"

#include <algorithm>

namespace isobar::api {
namespace {

constexpr std::uint64_t kBytesPerEntry = 128;  // of a hash table with string keys, beside the text

}  // namespace

Result<LabelCensus> LabelCensus::take(model::SeriesReader& reader, const model::ReadContext& context, model::SelectRequest request,
                                      const std::vector<std::string>& names) {
  request.function = "series";
  TRY(const std::unique_ptr<model::SeriesSet> set, reader.select(request, context));
  LabelCensus census(context.budget);
  std::vector<std::shared_ptr<const model::Series>> batch;
  while (true) {
    TRYV(context.cancellation.check());
    TRYV(set->next(batch));
    if (batch.empty()) return census;
    for (const auto& series : batch) TRYV(census.add(series->labels(), names));
  }
}

Result<void> LabelCensus::add(const model::Labels& labels, const std::vector<std::string>& names) {
  ++series_;
  for (const model::LabelView& label : labels) {
    if (!names.empty() && std::find(names.begin(), names.end(), label.name) == names.end()) continue;
    auto known = labels_.find(label.name);
    if (known == labels_.end()) {
      TRYV(held_.grow(kBytesPerEntry + label.name.size(), Code::kUnprocessable));
      known = labels_.emplace(std::string(label.name), Label{}).first;
    }
    Label& count = known->second;
    ++count.series;
    auto at = count.series_by_value.find(label.value);
    if (at == count.series_by_value.end()) {
      TRYV(held_.grow(kBytesPerEntry + label.value.size(), Code::kUnprocessable));
      at = count.series_by_value.emplace(std::string(label.value), 0).first;
      count.value_bytes += label.value.size();
      ++pairs_;
    }
    ++at->second;
  }
  return {};
}

}  // namespace isobar::api
