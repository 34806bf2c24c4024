// Streams for functions that work cell by cell but are no plain float function. Internal to the folder.
#pragma once

#include <functional>

#include "promql/evaluation.h"

namespace isobar::promql {

// `map` sees each present cell, its step and its series' labels; an absent result drops the cell.
using CellMap =
    std::function<eval::Cell(const eval::Cell& cell, std::size_t step, const model::Labels& labels)>;
eval::StreamPtr map_cells(eval::StreamPtr inner, CellMap map);

// One series without labels.
Result<Value> single_series(CallContext& call, const Scalars& values);

}  // namespace isobar::promql
