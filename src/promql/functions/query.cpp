// Functions about the query itself and conversions: time, scalar, vector, timestamp, start, end, step, range,
// pi; and round and clamp, whose parameters decide more than a value.
#include <cmath>
#include <limits>
#include <numbers>

#include "promql/cell_streams.h"
#include "promql/functions/extremes.h"
#include "promql/functions/families.h"

namespace isobar::promql {
namespace {

using eval::Cell;
using eval::Kind;

Result<Value> everywhere(CallContext& call, double value) {
  return Value::of(Scalars(call.steps(), value));
}

Result<Value> time_of(CallContext& call) {
  Scalars times(call.steps());
  for (std::size_t i = 0; i < times.size(); ++i) times[i] = static_cast<double>(call.grid().at(i)) / 1000;
  return Value::of(std::move(times));
}
Result<Value> pi_of(CallContext& call) {
  return everywhere(call, std::numbers::pi);
}
Result<Value> start_of(CallContext& call) {
  return everywhere(call, call.state().start.to_seconds());
}
Result<Value> end_of(CallContext& call) {
  return everywhere(call, call.state().end.to_seconds());
}
Result<Value> step_of(CallContext& call) {
  return everywhere(call, call.state().step.to_seconds());
}
Result<Value> range_of(CallContext& call) {
  return everywhere(call, (call.state().end - call.state().start).to_seconds());
}

Result<Value> pick_of(CallContext& call, bool largest) {
  TRY(Scalars a, call.scalar(0));
  TRY(const Scalars b, call.scalar(1));
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) {
      a[i] = std::numeric_limits<double>::quiet_NaN();
    } else {
      a[i] = largest ? std::fmax(a[i], b[i]) : std::fmin(a[i], b[i]);
    }
  }
  return Value::of(std::move(a));
}
Result<Value> max_of(CallContext& call) {
  return pick_of(call, true);
}
Result<Value> min_of(CallContext& call) {
  return pick_of(call, false);
}

Result<Value> vector_of(CallContext& call) {
  TRY(const Scalars values, call.scalar(0));
  return single_series(call, values);
}

// The value of the only series, NaN where there is none or several. Histograms do not count.
Result<Value> scalar_of(CallContext& call) {
  TRY(eval::StreamPtr input, call.vector(0));
  Scalars values(call.steps(), std::numeric_limits<double>::quiet_NaN());
  std::vector<unsigned> seen(call.steps());
  eval::StepSeries series;
  while (true) {
    TRY(const bool more, input->next(series));
    if (!more) break;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (series.kinds[i] != Kind::kFloat) continue;
      values[i] = ++seen[i] == 1 ? series.values[i] : std::numeric_limits<double>::quiet_NaN();
    }
  }
  return Value::of(std::move(values));
}

Result<Value> sample_time(CallContext& call, SelectorValue value) {
  const Expr& argument = unwrap(call.argument(0));
  eval::StreamPtr stream;
  if (argument.kind == ExprKind::kVectorSelector && !as<VectorSelector>(argument).smoothed) {
    stream = selector_stream(call.state(), as<VectorSelector>(argument), call.grid(), value);
  } else {
    TRY(stream, call.vector(0));
    const eval::StepGrid grid = call.grid();
    // Samples that were computed are of their step's time, and know no start.
    stream = map_cells(std::move(stream), [grid, value](const Cell&, std::size_t step, const model::Labels&) {
      if (value == SelectorValue::kStartTime) return Cell{};
      return Cell::of(static_cast<double>(grid.at(step)) / 1000);
    });
  }
  TRY(stream, drop_names(std::move(stream), call.state()));
  return Value::of(std::move(stream));
}
Result<Value> timestamp_of(CallContext& call) {
  return sample_time(call, SelectorValue::kTime);
}
Result<Value> start_timestamp_of(CallContext& call) {
  return sample_time(call, SelectorValue::kStartTime);
}

Result<Value> map_floats(CallContext& call, std::function<Cell(double, std::size_t)> map) {
  TRY(eval::StreamPtr stream, call.vector(0));
  stream = map_cells(std::move(stream),
                     [map = std::move(map)](const Cell& cell, std::size_t step, const model::Labels&) {
                       return cell.kind == Kind::kFloat ? map(cell.value, step) : Cell{};
                     });
  TRY(stream, drop_names(std::move(stream), call.state()));
  return Value::of(std::move(stream));
}

// Nothing at all where the minimum is above the maximum.
Result<Value> clamp_of(CallContext& call) {
  TRY(const Scalars low, call.scalar(1));
  TRY(const Scalars high, call.scalar(2));
  return map_floats(call, [low, high](double x, std::size_t i) {
    if (high[i] < low[i]) return Cell{};
    return Cell::of(larger_of(low[i], smaller_of(high[i], x)));
  });
}

// To the nearest multiple, halves up. The inverse is used so that round(x, 0.1) gives tenths as they are
// written.
Result<Value> round_of(CallContext& call) {
  Scalars nearest(call.steps(), 1);
  if (call.count() > 1) {
    TRY(nearest, call.scalar(1));
  }
  for (double& n : nearest) n = 1 / n;
  return map_floats(call, [nearest](double x, std::size_t i) {
    return Cell::of(std::floor(x * nearest[i] + 0.5) / nearest[i]);
  });
}

constexpr FunctionSpec of_query(std::string_view name, BuildKernel build, std::string_view doc,
                                std::string_view example, bool experimental, bool uses_step_time = false) {
  FunctionSpec spec;
  spec.name = name;
  spec.returns = ValueType::kScalar;
  spec.experimental = experimental;
  spec.uses_step_time = uses_step_time;
  spec.doc = doc;
  spec.example = example;
  spec.code.build = build;
  return spec;
}

constexpr FunctionSpec kFunctions[] = {
    of_query("time", time_of, "Seconds since 1970 at the step.", "time()", false, true),
    of_query("pi", pi_of, "The number pi.", "pi()", false),
    of_query("start", start_of, "Start of the query, in seconds since 1970.", "start()", true),
    of_query("end", end_of, "End of the query, in seconds since 1970.", "end()", true),
    of_query("step", step_of, "Step of the query in seconds; 0 for instant queries.", "step()", true),
    of_query("range", range_of, "End minus start of the query in seconds.", "range()", true),
    {.name = "max_of",
     .returns = ValueType::kScalar,
     .arguments = {ValueType::kScalar, ValueType::kScalar},
     .min_arguments = 2,
     .max_arguments = 2,
     .experimental = true,
     .doc = "The larger of two numbers.",
     .example = "max_of(step(), 60)",
     .code = {.build = max_of}},
    {.name = "min_of",
     .returns = ValueType::kScalar,
     .arguments = {ValueType::kScalar, ValueType::kScalar},
     .min_arguments = 2,
     .max_arguments = 2,
     .experimental = true,
     .doc = "The smaller of two numbers.",
     .example = "min_of(step(), 60)",
     .code = {.build = min_of}},
    {.name = "vector",
     .arguments = {ValueType::kScalar},
     .min_arguments = 1,
     .max_arguments = 1,
     .doc = "A number as a series without labels.",
     .example = "vector(1)",
     .code = {.build = vector_of}},
    {.name = "scalar",
     .returns = ValueType::kScalar,
     .arguments = {ValueType::kVector},
     .min_arguments = 1,
     .max_arguments = 1,
     .doc = "The value of the only series of a vector as a number; NaN if there is not exactly one.",
     .example = "scalar(sum(up))",
     .code = {.build = scalar_of}},
    {.name = "timestamp",
     .arguments = {ValueType::kVector},
     .min_arguments = 1,
     .max_arguments = 1,
     .uses_step_time = true,
     .doc = "Time of each sample in seconds since 1970.",
     .example = "time() - timestamp(up)",
     .code = {.build = timestamp_of}},
    {.name = "start_timestamp",
     .arguments = {ValueType::kVector},
     .min_arguments = 1,
     .max_arguments = 1,
     .experimental = true,
     .uses_step_time = true,
     .doc = "Start timestamp of each sample in seconds since 1970; 0 if unknown.",
     .example = "start_timestamp(http_requests_total)",
     .code = {.build = start_timestamp_of}},
    {.name = "clamp",
     .arguments = {ValueType::kVector, ValueType::kScalar, ValueType::kScalar},
     .min_arguments = 3,
     .max_arguments = 3,
     .doc = "The value, but at least the minimum and at most the maximum.",
     .example = "clamp(node_load1, 0, 4)",
     .code = {.build = clamp_of}},
    {.name = "round",
     .arguments = {ValueType::kVector, ValueType::kScalar},
     .min_arguments = 1,
     .max_arguments = 2,
     .doc = "Rounded to the nearest integer, or multiple of the second argument.",
     .example = "round(node_load1, 0.5)",
     .code = {.build = round_of}},
};

}  // namespace

std::span<const FunctionSpec> query_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
