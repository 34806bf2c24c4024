// The table of PromQL functions: one row each, read by the parser's type check, by completion and
// documentation, and by the evaluator. Rows live at the end of each family's file under functions/.
// Immutable; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/series_reader.h"
#include "promql/ast.h"

namespace isobar::promql {

struct RangeWindow;  // range_window.h
struct RangeCall;    // range_window.h
struct FloatWindows; // float_windows.h
struct Value;        // evaluation.h
class CallContext;   // evaluation.h

// One window of one series gives one cell.
using RangeKernel = eval::Cell (*)(const RangeWindow& window, RangeCall& call);
// What a range kernel gives for every window of a series of plain floats, in one call. `out` has no cell yet.
using SeriesKernel = void (*)(const FloatWindows& windows, RangeCall& call, eval::StepSeries& out);
// One float gives one float; `parameters` are the scalar arguments after the first, at the same step.
using ElementKernel = double (*)(double x, const double* parameters);
// Everything else: builds its result from its arguments.
using BuildKernel = Result<Value> (*)(CallContext& call);

// One of `range`, `element` and `build` is set.
struct FunctionCode {
  RangeKernel range = nullptr;
  ElementKernel element = nullptr;
  BuildKernel build = nullptr;
  SeriesKernel series = nullptr;  // beside `range`, where it is worth it: the same values, faster
};

struct FunctionSpec {
  std::string_view name;
  ValueType returns = ValueType::kVector;
  std::array<ValueType, 6> arguments{};
  std::uint8_t min_arguments = 0;
  std::uint8_t max_arguments = 0;  // kUnlimited: the last type repeats
  bool experimental = false;
  bool keeps_name = false;      // range and element kernels: the metric name stays
  bool uses_step_time = false;  // not the same at every step even if its arguments are
  // Range kernels: what of a window decides, bits of model::SampleUse. What says less than "every sample" takes its counts
  // and sums by the weights of the window (range_window.h).
  std::uint8_t use = model::kUsesEverySample;
  std::string_view doc;
  std::string_view example;
  FunctionCode code;

  static constexpr std::uint8_t kUnlimited = 255;
};

// Sorted by name.
const std::vector<const FunctionSpec*>& functions();
const FunctionSpec* find_function(std::string_view name);
// "rate(v range-vector) instant-vector", for completion.
std::string signature(const FunctionSpec& function);

}  // namespace isobar::promql
