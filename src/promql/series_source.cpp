#include "promql/series_source.h"

#include "promql/evaluation.h"

namespace isobar::promql {

bool names_one_metric(const VectorSelector& selector) {
  for (const model::Matcher& m : selector.matchers) {
    if (m.name() == model::kMetricName && m.type() == model::MatchType::kEqual && !m.value().empty())
      return true;
  }
  return false;
}

SeriesSource::SeriesSource(QueryState& state, const VectorSelector& selector, const SourceRequest& request)
    : state_(state), selector_(selector), request_(request), given_(state.given), asked_(state.asked), hold_(state.memory) {}

Result<void> SeriesSource::open() {
  if (given_ != nullptr) {
    batch_ = *given_;
    open_ = true;
    return {};
  }
  model::SelectRequest select;
  select.tenants = state_.tenants;
  select.matchers = selector_.matchers;
  select.min = Timestamp{request_.min};
  select.max = Timestamp{request_.max};
  select.step = request_.step;
  select.range = request_.range;
  select.function = request_.function;
  select.grid = Duration{request_.grid};
  select.use = request_.use;
  open_ = true;
  if (asked_ != nullptr) {
    *asked_ = std::move(select);
    return {};
  }
  if (state_.shared_selects != nullptr) {
    TRY(const auto shared, state_.shared_selects->select(state_.reader, selector_, select, state_.context));
    if (shared) return batch_ = *shared, Result<void>{};
  }
  TRY(set_, state_.reader.select(select, state_.context));
  return {};
}

Result<bool> SeriesSource::next(model::SampleColumns& columns) {
  if (!open_) TRYV(open());
  if (at_ == batch_.size()) {
    TRYV(state_.memory.check());
    if (!set_) return false;
    TRYV(set_->next(batch_));
    at_ = 0;
    if (batch_.empty()) return false;
  }
  columns.clear();
  const model::Series& series = *batch_[at_++];
  constexpr std::size_t kSampleBytes = sizeof(std::int64_t) + sizeof(double);
  TRYV(hold_.set(series.sample_count_bound() * kSampleBytes, 0));
  const Duration reach = request_.reach_out ? series.resolution() : Duration{};
  TRYV(series.read(Timestamp{request_.min} - reach, Timestamp{request_.max} + reach, columns));
  const std::size_t extra = columns.histograms.size() * sizeof(eval::HistogramPtr) + columns.start_timestamps.size() * 8 +
                            columns.weights.size() * (sizeof(std::uint32_t) + sizeof(double));
  TRYV(hold_.set(columns.size() * kSampleBytes + extra, columns.size()));
  state_.memory.count_read(columns.size());
  return true;
}

}  // namespace isobar::promql
