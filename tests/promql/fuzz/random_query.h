// Random queries over the metrics of random_data.h, of the right types: every function and aggregation
// operator of the engine's tables (a new row is asked for by itself), every binary operator with its
// modifiers, subqueries, offset,
// @, anchored, smoothed and computed durations.
#pragma once

#include <string>

#include "random.h"
#include "random_data.h"

namespace isobar::promqltest {

std::string random_query(Random& random, const DataTimes& times);

}  // namespace isobar::promqltest
