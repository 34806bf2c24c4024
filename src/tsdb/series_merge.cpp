#include "tsdb/series_merge.h"

#include <algorithm>

namespace isobar::tsdb {
namespace {

constexpr std::size_t kBatch = 256;

class MergedSeries final : public model::Series {
 public:
  MergedSeries(model::Labels labels, std::vector<std::shared_ptr<const SampleRun>> runs)
      : labels_(std::move(labels)), runs_(std::move(runs)) {}

  const model::Labels& labels() const override { return labels_; }

  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    if (runs_.size() == 1) return runs_.front()->read(min, max, out);
    model::SampleColumns merged;
    TRYV(runs_.front()->read(min, max, merged));
    for (std::size_t i = 1; i < runs_.size(); ++i) {
      model::SampleColumns next;
      TRYV(runs_[i]->read(min, max, next));
      if (next.size() == 0) continue;
      if (merged.size() == 0 || merged.timestamps.back() < next.timestamps.front()) {
        append_range(next, min, max, merged);
        continue;
      }
      model::SampleColumns both;
      merge_columns(merged, next, both);
      merged = std::move(both);
    }
    append_range(merged, min, max, out);
    return {};
  }

  std::size_t sample_count_bound() const override {
    std::size_t n = 0;
    for (const auto& run : runs_) n += run->sample_count_bound();
    return n;
  }

 private:
  model::Labels labels_;
  std::vector<std::shared_ptr<const SampleRun>> runs_;
};

class SortedSet final : public model::SeriesSet {
 public:
  SortedSet(std::vector<SelectedSeries> selected, telemetry::Reservation held)
      : selected_(std::move(selected)), held_(std::move(held)) {}

  Result<void> next(std::vector<std::shared_ptr<const model::Series>>& batch) override {
    batch.clear();
    while (at_ < selected_.size() && batch.size() < kBatch) {
      std::vector<std::shared_ptr<const SampleRun>> runs{std::move(selected_[at_].run)};
      model::Labels labels = std::move(selected_[at_].labels);
      for (++at_; at_ < selected_.size() && selected_[at_].labels == labels; ++at_) {
        runs.push_back(std::move(selected_[at_].run));
      }
      batch.push_back(std::make_shared<MergedSeries>(std::move(labels), std::move(runs)));
    }
    return {};
  }

 private:
  std::vector<SelectedSeries> selected_;
  telemetry::Reservation held_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<model::SeriesSet> merge_series(std::vector<SelectedSeries> selected, telemetry::Reservation held) {
  std::stable_sort(selected.begin(), selected.end(),
                   [](const SelectedSeries& a, const SelectedSeries& b) { return a.labels < b.labels; });
  return std::make_unique<SortedSet>(std::move(selected), std::move(held));
}

}  // namespace isobar::tsdb
