// absent and absent_over_time: a series where the selector finds none, labelled by its equality matchers.
#include "promql/cell_streams.h"
#include "promql/functions/families.h"

namespace isobar::promql {
namespace {

// Labels that the missing series would have for certain: matched by equality, and by one matcher only.
model::Labels expected_labels(const Expr& argument) {
  const Expr& inner = unwrap(argument);
  const VectorSelector* selector = nullptr;
  if (inner.kind == ExprKind::kVectorSelector) selector = &as<VectorSelector>(inner);
  if (inner.kind == ExprKind::kMatrixSelector) selector = as<MatrixSelector>(inner).selector.get();
  if (selector == nullptr) return {};
  model::LabelsBuilder builder;
  std::vector<std::string_view> seen;
  for (const model::Matcher& m : selector->matchers) {
    if (m.name() == model::kMetricName) continue;
    const bool first = std::find(seen.begin(), seen.end(), m.name()) == seen.end();
    if (m.type() == model::MatchType::kEqual && first) {
      builder.set(m.name(), m.value());
      seen.push_back(m.name());
    } else {
      builder.remove(m.name());
    }
  }
  return builder.build();
}

Result<Value> where_missing(CallContext& call, const std::vector<bool>& found) {
  eval::StepMatrix matrix(1);
  matrix[0].reset(call.steps());
  matrix[0].labels = expected_labels(call.argument(0));
  for (std::size_t i = 0; i < call.steps(); ++i) {
    if (!found[i]) matrix[0].set(i, 1.0);
  }
  TRY(eval::StreamPtr stream, hold(std::move(matrix), call.state(), true));
  return Value::of(std::move(stream));
}

Result<Value> absent(CallContext& call) {
  TRY(eval::StreamPtr input, call.vector(0));
  std::vector<bool> found(call.steps());
  eval::StepSeries series;
  while (true) {
    TRY(const bool more, input->next(series));
    if (!more) return where_missing(call, found);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (series.present(i)) found[i] = true;
    }
  }
}

Result<Value> absent_over_time(CallContext& call) {
  TRY(RangePtr ranges, call.range(0));
  std::vector<bool> found(call.steps());
  RangeSeries series;
  while (true) {
    TRY(const bool more, ranges->next(series));
    if (!more) return where_missing(call, found);
    WindowCursor cursor(ranges->plan(), series);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const RangeWindow w = cursor.at(i);
      if (!w.floats.empty() || !w.histograms.empty()) found[i] = true;
    }
  }
}

constexpr FunctionSpec kFunctions[] = {
    {.name = "absent",
     .arguments = {ValueType::kVector},
     .min_arguments = 1,
     .max_arguments = 1,
     .doc = "1 where the vector is empty, nothing elsewhere.",
     .example = "absent(up{job=\"api\"})",
     .code = {.build = absent}},
    {.name = "absent_over_time",
     .arguments = {ValueType::kMatrix},
     .min_arguments = 1,
     .max_arguments = 1,
     .use = model::kUsesEnds,
     .doc = "1 where no series has a sample in the range, nothing elsewhere.",
     .example = "absent_over_time(up{job=\"api\"}[1h])",
     .code = {.build = absent_over_time}},
};

}  // namespace

std::span<const FunctionSpec> absent_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
