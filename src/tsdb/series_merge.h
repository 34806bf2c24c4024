// Many runs to one SeriesSet: runs of equal labels become one series in which the earlier run wins.
#pragma once

#include <memory>
#include <vector>

#include "model/series_reader.h"
#include "telemetry/memory_budget.h"
#include "tsdb/generation.h"

namespace isobar::tsdb {

// `selected` in order of log position, lowest first. The result is sorted by labels and holds `held` until it dies.
std::unique_ptr<model::SeriesSet> merge_series(std::vector<SelectedSeries> selected, telemetry::Reservation held);

}  // namespace isobar::tsdb
