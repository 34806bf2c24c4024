#include "tsdb/deleted_series.h"

#include <algorithm>

namespace isobar::tsdb {
namespace {

class HidingRun final : public SampleRun {
 public:
  HidingRun(std::shared_ptr<const SampleRun> run, model::TimeRanges gone) : run_(std::move(run)), gone_(std::move(gone)) {}
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    return read_except(*run_, gone_, min, max, out);
  }
  std::size_t sample_count_bound() const override { return run_->sample_count_bound(); }
  model::TimeRange bounds() const override { return run_->bounds(); }
  Duration resolution() const override { return run_->resolution(); }
  // The groups of a downsampled run reach into what is gone.
  bool keeps(std::uint8_t use) const override { return run_->resolution().ms == 0 && run_->keeps(use); }

 private:
  std::shared_ptr<const SampleRun> run_;
  model::TimeRanges gone_;
};

bool anything_left(const SampleRun& run, const model::TimeRanges& gone, Timestamp min, Timestamp max) {
  for (const model::TimeRange& gap : gone.gaps(min, max)) {
    model::SampleColumns samples;
    if (!run.read(gap.min, gap.max, samples) || samples.size() != 0) return true;
  }
  return false;
}

}  // namespace

Result<void> read_except(const SampleRun& run, const model::TimeRanges& gone, Timestamp min, Timestamp max, model::SampleColumns& out) {
  if (gone.empty()) return run.read(min, max, out);
  for (const model::TimeRange& gap : gone.gaps(min, max)) TRYV(run.read(gap.min, gap.max, out));
  return {};
}

void hide_deleted(const blocks::DeletedSeries& deleted, Timestamp min, Timestamp max, std::vector<SelectedSeries>& selected, std::size_t from) {
  if (deleted.none()) return;
  const auto gone_whole = [&](SelectedSeries& series) {
    model::TimeRanges gone = deleted.ranges_of(series.labels);
    if (gone.empty()) return false;
    if (!anything_left(*series.run, gone, min, max)) return true;
    series.coarse = nullptr;
    series.run = std::make_shared<HidingRun>(std::move(series.run), std::move(gone));
    return false;
  };
  std::size_t kept = from;
  for (std::size_t i = from; i < selected.size(); ++i) {
    if (gone_whole(selected[i])) continue;
    if (kept != i) selected[kept] = std::move(selected[i]);
    ++kept;
  }
  selected.erase(selected.begin() + static_cast<std::ptrdiff_t>(kept), selected.end());
}

void hide_deleted(const blocks::DeletedSeries& deleted, std::vector<model::SeriesExemplars>& found, std::size_t from) {
  if (deleted.none()) return;
  for (std::size_t i = from; i < found.size(); ++i) remove_within(deleted.ranges_of(found[i].series), found[i].exemplars);
  found.erase(std::remove_if(found.begin() + static_cast<std::ptrdiff_t>(from), found.end(),
                             [](const model::SeriesExemplars& series) { return series.exemplars.empty(); }),
              found.end());
}

void remove_within(const model::TimeRanges& gone, std::vector<model::Exemplar>& exemplars) {
  if (gone.empty()) return;
  std::erase_if(exemplars, [&](const model::Exemplar& exemplar) { return gone.contains(exemplar.timestamp); });
}

}  // namespace isobar::tsdb
