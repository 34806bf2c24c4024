// One list of rows per family. Registration is this list: what is not named in functions.cpp does not exist.
#pragma once

#include <span>

#include "promql/functions.h"

namespace isobar::promql {

std::span<const FunctionSpec> rate_functions();
std::span<const FunctionSpec> over_time_functions();
std::span<const FunctionSpec> math_functions();
std::span<const FunctionSpec> trig_functions();
std::span<const FunctionSpec> calendar_functions();
std::span<const FunctionSpec> label_functions();
std::span<const FunctionSpec> histogram_functions();
std::span<const FunctionSpec> classic_histogram_functions();
std::span<const FunctionSpec> sort_functions();
std::span<const FunctionSpec> absent_functions();
std::span<const FunctionSpec> forecast_functions();
std::span<const FunctionSpec> query_functions();
std::span<const FunctionSpec> info_functions();

}  // namespace isobar::promql
