#include "promql/engine.h"

#include "promql/evaluation.h"
#include "promql/explain.h"
#include "promql/parser.h"
#include "promql/preparation.h"

namespace isobar::promql {
namespace {

// Far from the ends of int64, so that offsets and ranges, each bounded by the parser, cannot overflow.
constexpr std::int64_t kTimeLimit = std::int64_t{1} << 61;

void append_sample(const eval::StepSeries& series, std::size_t i, std::int64_t time, ResultSeries& out) {
  if (series.kinds[i] == eval::Kind::kHistogram) {
    if (out.histograms.empty()) out.histograms.resize(out.timestamps.size());
    out.histograms.push_back(series.histograms[i]);
    out.values.push_back(0);
  } else {
    if (!out.histograms.empty()) out.histograms.emplace_back();
    out.values.push_back(series.values[i]);
  }
  out.timestamps.push_back(time);
}

std::vector<ResultSeries> to_results(const eval::StepMatrix& matrix, const eval::StepGrid& grid) {
  std::vector<ResultSeries> results;
  for (const eval::StepSeries& series : matrix) {
    if (series.empty()) continue;
    ResultSeries out;
    out.labels = series.labels;
    for (std::size_t i = 0; i < grid.count; ++i) {
      if (series.present(i)) append_sample(series, i, grid.at(i), out);
    }
    results.push_back(std::move(out));
  }
  return results;
}

void sort_by_labels(std::vector<ResultSeries>& series) {
  std::stable_sort(series.begin(), series.end(),
                   [](const ResultSeries& a, const ResultSeries& b) { return a.labels < b.labels; });
}

ResultSeries scalar_result(const Scalars& values, const eval::StepGrid& grid) {
  ResultSeries out;
  for (std::size_t i = 0; i < grid.count; ++i) {
    out.timestamps.push_back(grid.at(i));
    out.values.push_back(values[i]);
  }
  return out;
}

// The samples of a range vector as they are, floats and histograms in order of time.
ResultSeries raw_samples(const RangeSeries& series, const RangeWindow& w) {
  ResultSeries out;
  out.labels = series.labels;
  std::size_t f = 0;
  std::size_t h = 0;
  while (f < w.floats.size() || h < w.histograms.size()) {
    const bool take_float =
        h == w.histograms.size() || (f < w.floats.size() && w.float_times[f] < w.histogram_times[h]);
    out.timestamps.push_back(take_float ? w.float_times[f] : w.histogram_times[h]);
    out.values.push_back(take_float ? w.floats[f] : 0);
    if (!w.histograms.empty()) out.histograms.push_back(take_float ? nullptr : w.histograms[h]);
    ++(take_float ? f : h);
  }
  return out;
}

Result<void> evaluate_range_vector(Evaluator& evaluator, const Expr& expr, const eval::StepGrid& grid,
                                   QueryResult& out) {
  out.type = ValueType::kMatrix;
  TRY(RangePtr ranges, evaluator.range(expr, grid, ""));
  eval::MemoryHold held(evaluator.state().memory);
  RangeSeries series;
  while (true) {
    TRY(const bool more, ranges->next(series));
    if (!more) break;
    WindowCursor cursor(ranges->plan(), series);
    ResultSeries result = raw_samples(series, cursor.at(0));
    if (result.size() == 0) continue;
    TRYV(held.grow(result.size() * 16, result.size()));
    out.series.push_back(std::move(result));
  }
  sort_by_labels(out.series);
  return {};
}

Result<void> evaluate_value(Evaluator& evaluator, const Expr& expr, const eval::StepGrid& grid,
                            QueryResult& out) {
  QueryState& state = evaluator.state();
  TRY(Value value, evaluator.evaluate(expr, grid));
  if (value.type == ValueType::kString) {
    out.type = ValueType::kString;
    out.text = std::move(value.text);
    return {};
  }
  if (value.type == ValueType::kScalar) {
    out.type = state.instant ? ValueType::kScalar : ValueType::kMatrix;
    out.series.push_back(scalar_result(value.scalars, grid));
    return {};
  }
  eval::MemoryHold held(state.memory);
  eval::StepMatrix series;
  eval::StepSeries next;
  while (true) {
    TRY(const bool more, value.stream->next(next));
    if (!more) break;
    if (next.empty()) continue;
    TRYV(held.grow(next));
    series.push_back(std::move(next));
  }
  TRY(series, apply_name_removal(std::move(series), state));
  out.type = state.instant ? ValueType::kVector : ValueType::kMatrix;
  out.series = to_results(series, grid);
  if (!state.instant) sort_by_labels(out.series);
  return {};
}

}  // namespace

struct Engine::Request {
  model::SeriesReader& reader;
  const model::ReadContext& context;
  const std::vector<std::string>& tenants;
  std::string_view query;
  Timestamp start;
  Timestamp end;
  Duration step;
  bool instant;
  const QueryOptions& options;

  Monotonic now() const { return options.clock ? options.clock() : Monotonic{}; }
};

Result<QueryResult> Engine::instant(model::SeriesReader& reader, const model::ReadContext& context,
                                    const std::vector<std::string>& tenants, std::string_view query,
                                    Timestamp time, const QueryOptions& options) const {
  return run({reader, context, tenants, query, time, time, Duration{0}, true, options});
}

Result<QueryResult> Engine::range(model::SeriesReader& reader, const model::ReadContext& context,
                                  const std::vector<std::string>& tenants, std::string_view query,
                                  Timestamp start, Timestamp end, Duration step,
                                  const QueryOptions& options) const {
  if (step.ms <= 0)
    return fail(Code::kInvalid, "zero or negative query resolution step widths are not accepted");
  if (end < start) return fail(Code::kInvalid, "end timestamp must not be before start time");
  return run({reader, context, tenants, query, start, end, step, false, options});
}

Result<QueryResult> Engine::run(const Request& request) const {
  if (request.start.ms < -kTimeLimit || request.end.ms > kTimeLimit) {
    return fail(Code::kInvalid,
                fmt::format("query time is out of range: {} to {} ms", request.start.ms, request.end.ms));
  }
  const Monotonic began = request.now();
  TRY(ExprPtr expr, parse(request.query, options_.features));
  if (!request.instant && expr->type != ValueType::kScalar && expr->type != ValueType::kVector) {
    return fail(
        Code::kInvalid,
        fmt::format("invalid expression type \"{}\" for range query, must be Scalar or instant Vector",
                    type_text(expr->type)));
  }
  TRYV(prepare(expr, {request.start, request.end, request.step}));

  const Duration lookback = request.options.lookback.ms > 0 ? request.options.lookback : options_.lookback;
  QueryState state{
      request.reader,
      request.context,
      request.tenants,
      options_,
      lookback,
      request.start,
      request.end,
      request.step,
      request.instant,
      eval::QueryMemory(request.context.budget, request.context.cancellation, options_.max_samples),
      Notes(request.query),
      {}};
  if (options_.features.type_and_unit_labels) state.metadata_labels = {"__type__", "__unit__"};

  const auto grid = request.instant
                        ? eval::StepGrid{request.start.ms, 1, 1}
                        : eval::StepGrid::covering(request.start.ms, request.end.ms, request.step.ms);
  eval::MemoryHold size_check(state.memory);
  TRYV(size_check.grow(grid.count * sizeof(double), grid.count));
  size_check.clear();

  StepSamples samples(request.options.count_samples ? grid.count : 0);
  if (request.options.count_samples) state.counter.samples = &samples;
  const Monotonic prepared = request.now();
  SharedSelects selects(*expr, state.memory);
  SharedAggregates aggregates(*expr, request.query, state.memory);
  state.shared_selects = &selects;
  state.shared_aggregates = &aggregates;
  Trace trace(request.options.clock, request.query, state.memory);
  Evaluator evaluator(state, request.options.explain && request.options.clock ? &trace : nullptr);
  QueryResult result;
  if (expr->type == ValueType::kMatrix) {
    TRYV(evaluate_range_vector(evaluator, *expr, grid, result));
  } else {
    TRYV(evaluate_value(evaluator, *expr, grid, result));
  }
  result.warnings = state.notes.annotations().warnings();
  for (std::string& text : request.context.warnings.take()) result.warnings.push_back(std::move(text));
  result.infos = state.notes.annotations().infos();
  result.stats = {.samples_read = state.memory.samples_read(), .peak_samples = state.memory.peak_samples()};
  for (std::uint64_t& count : samples.at) count += samples.at_every;
  result.stats.samples_per_step = std::move(samples.at);
  result.stats.preparation_seconds = seconds_between(began, prepared);
  result.plan = trace.take();
  result.stats.evaluation_seconds = seconds_between(prepared, request.now());
  return result;
}

}  // namespace isobar::promql
