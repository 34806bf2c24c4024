#include "tsdb/series_merge.h"

#include <algorithm>
#include <map>

namespace isobar::tsdb {
namespace {

constexpr std::size_t kBatch = 256;

// A companion's run; where it turns out to be damaged, the block's.
class CoarseRun final : public SampleRun {
 public:
  CoarseRun(std::shared_ptr<const SampleRun> coarse, std::shared_ptr<const SampleRun> fine) : coarse_(std::move(coarse)), fine_(std::move(fine)) {}
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    if (out.size() == 0) {
      if (coarse_->read(min, max, out)) return {};
      out.clear();
      return fine_->read(min, max, out);
    }
    model::SampleColumns samples;
    TRYV(read(min, max, samples));
    append_range(samples, min, max, out);
    return {};
  }
  std::size_t sample_count_bound() const override { return coarse_->sample_count_bound(); }
  model::TimeRange bounds() const override { return coarse_->bounds(); }
  Duration resolution() const override { return coarse_->resolution(); }
  bool keeps(std::uint8_t use) const override { return coarse_->keeps(use); }

 private:
  std::shared_ptr<const SampleRun> coarse_;
  std::shared_ptr<const SampleRun> fine_;
};

// Puts runs whose times do not overlap in order of time, which changes nothing then; false if some do.
bool order_by_time(std::vector<std::shared_ptr<const SampleRun>>& runs) {
  if (runs.size() == 1) return true;
  std::vector<std::pair<model::TimeRange, std::shared_ptr<const SampleRun>>> timed;
  for (const auto& run : runs) timed.emplace_back(run->bounds(), run);
  std::sort(timed.begin(), timed.end(), [](const auto& a, const auto& b) { return a.first.min < b.first.min; });
  for (std::size_t i = 1; i < timed.size(); ++i) {
    if (timed[i - 1].first.max >= timed[i].first.min) return false;
  }
  for (std::size_t i = 0; i < timed.size(); ++i) runs[i] = std::move(timed[i].second);
  return true;
}

class MergedSeries final : public model::Series {
 public:
  MergedSeries(model::Labels labels, std::vector<std::shared_ptr<const SampleRun>> runs)
      : labels_(std::move(labels)), runs_(std::move(runs)), disjoint_(order_by_time(runs_)) {}

  const model::Labels& labels() const override { return labels_; }

  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    if (disjoint_) {
      for (const auto& run : runs_) TRYV(run->read(min, max, out));
      return {};
    }
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

  Duration resolution() const override {
    Duration coarsest;
    for (const auto& run : runs_) coarsest = std::max(coarsest, run->resolution());
    return coarsest;
  }

 private:
  model::Labels labels_;
  std::vector<std::shared_ptr<const SampleRun>> runs_;
  bool disjoint_;  // then they are in order of time
};

class SortedSet final : public model::SeriesSet {
 public:
  SortedSet(std::vector<SelectedSeries> selected, telemetry::Reservation held, const model::SelectRequest& request, DownsampledReads reads)
      : selected_(std::move(selected)), held_(std::move(held)), reads_(std::move(reads)) {
    request_.min = request.min;
    request_.max = request.max;
    request_.grid = request.grid;
    request_.use = request.use;
  }

  Result<void> next(std::vector<std::shared_ptr<const model::Series>>& batch) override {
    batch.clear();
    while (at_ < selected_.size() && batch.size() < kBatch) {
      const std::size_t from = at_;
      while (at_ < selected_.size() && selected_[at_].labels == selected_[from].labels) ++at_;
      std::vector<std::shared_ptr<const SampleRun>> runs;
      for (std::size_t i = from; i < at_; ++i) runs.push_back(choose(from, i));
      model::Labels labels = std::move(selected_[from].labels);
      for (std::size_t i = from; i < at_; ++i) selected_[i] = {};
      batch.push_back(std::make_shared<MergedSeries>(std::move(labels), std::move(runs)));
    }
    if (batch.empty()) tell_losses();
    return {};
  }

 private:
  // Whether another run of the series, which has those from `from` to at_, has samples between those of `i`.
  bool alone(std::size_t from, std::size_t i) const {
    const model::TimeRange own = selected_[i].run->bounds();
    for (std::size_t j = from; j < at_; ++j) {
      if (j == i) continue;
      const model::TimeRange other = selected_[j].run->bounds();
      if (other.min <= own.max && other.max >= own.min) return false;
    }
    return true;
  }

  std::shared_ptr<const SampleRun> choose(std::size_t from, std::size_t i) {
    const SelectedSeries& series = selected_[i];
    const bool downsampled = series.run->resolution().ms != 0;
    if (!downsampled && series.coarse == nullptr) return series.run;
    const bool undisturbed = alone(from, i);
    const bool coarse = series.coarse != nullptr && undisturbed;
    const SampleRun& taken = coarse ? *series.coarse : *series.run;
    if (taken.resolution().ms != 0 && reads_.on_run) reads_.on_run(taken.resolution());
    if (coarse) return std::make_shared<CoarseRun>(series.coarse, series.run);
    if (downsampled && !(undisturbed && exact_for(request_, taken))) note_loss(taken);
    return series.run;
  }

  void note_loss(const SampleRun& run) {
    const model::TimeRange time = run.bounds();
    const model::TimeRange seen{std::max(time.min, request_.min), std::min(time.max, request_.max)};
    const auto [known, added] = losses_.try_emplace(run.resolution(), seen);
    if (added) return;
    known->second.min = std::min(known->second.min, seen.min);
    known->second.max = std::max(known->second.max, seen.max);
  }
  void tell_losses() {
    for (const auto& [resolution, time] : losses_) {
      if (reads_.on_loss) reads_.on_loss(resolution, time);
    }
    losses_.clear();
  }

  std::vector<SelectedSeries> selected_;
  telemetry::Reservation held_;
  model::SelectRequest request_;
  DownsampledReads reads_;
  std::map<Duration, model::TimeRange> losses_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<model::SeriesSet> merge_series(std::vector<SelectedSeries> selected, telemetry::Reservation held,
                                               const model::SelectRequest& request, DownsampledReads reads) {
  std::stable_sort(selected.begin(), selected.end(),
                   [](const SelectedSeries& a, const SelectedSeries& b) { return a.labels < b.labels; });
  return std::make_unique<SortedSet>(std::move(selected), std::move(held), request, std::move(reads));
}

bool exact_for(const model::SelectRequest& request, const SampleRun& run) {
  const std::int64_t resolution = run.resolution().ms;
  if (resolution == 0) return true;
  return request.grid.ms != 0 && request.grid.ms % resolution == 0 && run.keeps(request.use);
}

}  // namespace isobar::tsdb
