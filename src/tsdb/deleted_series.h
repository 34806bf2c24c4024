// Runs and selections without what is deleted. Pure functions and an immutable decorator; thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "blocks/tombstones.h"
#include "model/exemplar.h"
#include "model/time_ranges.h"
#include "tsdb/generation.h"
#include "tsdb/sample_run.h"

namespace isobar::tsdb {

// As SampleRun::read, without the samples in `gone`.
Result<void> read_except(const SampleRun& run, const model::TimeRanges& gone, Timestamp min, Timestamp max, model::SampleColumns& out);

// Of what was selected from one block or generation, from place `from` on: what is deleted is hidden, and series of which
// nothing is left in [min, max] are removed. To know that, the series touched are read; a damaged one stays, so that
// its reader learns of it.
void hide_deleted(const blocks::DeletedSeries& deleted, Timestamp min, Timestamp max, std::vector<SelectedSeries>& selected, std::size_t from);
void hide_deleted(const blocks::DeletedSeries& deleted, std::vector<model::SeriesExemplars>& found, std::size_t from);

void remove_within(const model::TimeRanges& gone, std::vector<model::Exemplar>& exemplars);

}  // namespace isobar::tsdb
