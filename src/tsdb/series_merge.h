// Many runs to one SeriesSet: runs of equal labels become one series in which the earlier run wins.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "model/series_reader.h"
#include "telemetry/memory_budget.h"
#include "tsdb/generation.h"

namespace isobar::tsdb {

// How downsampled runs were read. Called while series are fetched; may be empty.
struct DownsampledReads {
  std::function<void(Duration resolution)> on_run;  // one was taken
  // At the end, once for each resolution: samples within this time were taken though the result is not that of all samples.
  std::function<void(Duration resolution, model::TimeRange time)> on_loss;
};

// `selected` in order of log position, lowest first. The result is sorted by labels and holds `held` until it dies. Of
// `request` only what says whether downsampled samples are exact is used. A run is read by its coarse form where no other
// run of its series has samples in between: duplicates and what is out of order need every sample to be told.
std::unique_ptr<model::SeriesSet> merge_series(std::vector<SelectedSeries> selected, telemetry::Reservation held,
                                               const model::SelectRequest& request = {}, DownsampledReads reads = {});

// Whether samples of `run` give what all samples would, where no other run has samples in between.
bool exact_for(const model::SelectRequest& request, const SampleRun& run);

}  // namespace isobar::tsdb
