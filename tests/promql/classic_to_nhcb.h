// Custom-bucket histograms from the classic series of a load: x_bucket{le}, x_count and x_sum become x.
#pragma once

#include <map>

#include "model/histogram.h"
#include "script.h"

namespace isobar::promqltest {

std::map<model::Labels, std::map<std::int64_t, model::Histogram>> classic_to_nhcb(const LoadCommand& load);

}  // namespace isobar::promqltest
