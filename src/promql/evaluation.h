// How expressions become values; internal to the folder. One Evaluator per query, on one thread.
#pragma once

#include <string>
#include <vector>

#include "eval/label_merger.h"
#include "eval/query_memory.h"
#include "eval/step_grid.h"
#include "eval/step_series.h"
#include "model/series_reader.h"
#include "promql/ast.h"
#include "promql/engine.h"
#include "promql/functions.h"
#include "promql/notes.h"
#include "promql/options.h"
#include "promql/range_stream.h"
#include "promql/sample_counter.h"
#include "promql/shared_aggregates.h"
#include "promql/shared_selects.h"

namespace isobar::promql {

using Scalars = std::vector<double>;  // one per step

// By type: kScalar uses `scalars`, kVector `stream`, kString `text`. Range vectors are RangePtr and never
// values.
struct Value {
  ValueType type = ValueType::kVector;
  Scalars scalars;
  eval::StreamPtr stream;
  std::string text;

  static Value of(Scalars s) { return {ValueType::kScalar, std::move(s), nullptr, {}}; }
  static Value of(eval::StreamPtr s) { return {ValueType::kVector, {}, std::move(s), {}}; }
  static Value of_text(std::string t) { return {ValueType::kString, {}, nullptr, std::move(t)}; }
};

// The surroundings of one query.
struct QueryState {
  model::SeriesReader& reader;
  const model::ReadContext& context;
  const std::vector<std::string>& tenants;
  const EngineOptions& options;
  Duration lookback;
  Timestamp start;
  Timestamp end;
  Duration step;  // 0 for instant queries
  bool instant;
  eval::QueryMemory memory;
  Notes notes;
  std::vector<std::string> metadata_labels;  // go with the metric name
  // What stands in the query again; null: each is looked up and computed for itself.
  SharedSelects* shared_selects = nullptr;
  SharedAggregates* shared_aggregates = nullptr;
  SampleCounter counter{};  // of the streams that are made now
  // Of the selector that is made now, for bucket_stream.h: the series that it gives, or where it says what it wants instead.
  const SharedSelects::List* given = nullptr;
  model::SelectRequest* asked = nullptr;

  const Features& features() const { return options.features; }
  Duration default_subquery_step(Duration range) const {
    return options.default_subquery_step ? options.default_subquery_step(range) : Duration::minutes(1);
  }
};

class Trace;  // explain.h

class Evaluator {
 public:
  // `trace`: measures every operator; null: nothing is measured.
  explicit Evaluator(QueryState& state, Trace* trace = nullptr) : state_(state), trace_(trace) {}

  Result<Value> evaluate(const Expr& expr, const eval::StepGrid& grid);
  Result<eval::StreamPtr> vector(const Expr& expr, const eval::StepGrid& grid);
  Result<Scalars> scalar(const Expr& expr, const eval::StepGrid& grid);
  Result<RangePtr> range(const Expr& expr, const eval::StepGrid& grid, std::string_view function);
  QueryState& state() { return state_; }

 private:
  Result<Value> evaluate_untraced(const Expr& expr, const eval::StepGrid& grid);
  Result<RangePtr> range_untraced(const Expr& expr, const eval::StepGrid& grid, std::string_view function);
  // binary_evaluation.cpp
  Result<Value> binary(const BinaryExpr& expr, const eval::StepGrid& grid);
  Result<Value> scalar_binary(const BinaryExpr& expr, const eval::StepGrid& grid);
  Result<eval::StreamPtr> vector_scalar(const BinaryExpr& expr, const eval::StepGrid& grid);
  Result<eval::StreamPtr> vector_vector(const BinaryExpr& expr, const eval::StepGrid& grid);
  // aggregate_evaluation.cpp
  Result<eval::StreamPtr> aggregate(const AggregateExpr& expr, const eval::StepGrid& grid);
  Result<eval::StreamPtr> aggregate_once(const AggregateExpr& expr, const eval::StepGrid& grid);
  // evaluator.cpp
  Result<Value> call(const CallExpr& expr, const eval::StepGrid& grid);
  Result<Value> range_function(const CallExpr& expr, const eval::StepGrid& grid);
  Result<Value> element_function(const CallExpr& expr, const eval::StepGrid& grid);
  Result<Value> unary(const UnaryExpr& expr, const eval::StepGrid& grid);
  Result<Value> step_invariant(const StepInvariantExpr& expr, const eval::StepGrid& grid);
  Result<std::vector<double>> scalar_arguments(const CallExpr& expr, const eval::StepGrid& grid,
                                               std::size_t skip, std::size_t& per_step);

  QueryState& state_;
  Trace* trace_;
};

// What a build kernel gets: its call and its arguments, evaluated on request.
class CallContext {
 public:
  CallContext(Evaluator& evaluator, const CallExpr& call, const eval::StepGrid& grid)
      : evaluator_(evaluator), call_(call), grid_(grid) {}

  const CallExpr& call() const { return call_; }
  const eval::StepGrid& grid() const { return grid_; }
  std::size_t steps() const { return grid_.count; }
  std::size_t count() const { return call_.arguments.size(); }
  const Expr& argument(std::size_t i) const { return *call_.arguments[i]; }
  PositionRange position(std::size_t i) const { return call_.arguments[i]->position; }
  QueryState& state() { return evaluator_.state(); }
  Notes& notes() { return state().notes; }
  eval::QueryMemory& memory() { return state().memory; }

  Result<eval::StreamPtr> vector(std::size_t i) { return evaluator_.vector(argument(i), grid_); }
  Result<Scalars> scalar(std::size_t i) { return evaluator_.scalar(argument(i), grid_); }
  Result<RangePtr> range(std::size_t i) { return evaluator_.range(argument(i), grid_, call_.function->name); }
  std::string text(std::size_t i) const { return as<StringLiteral>(unwrap(argument(i))).value; }

 private:
  Evaluator& evaluator_;
  const CallExpr& call_;
  const eval::StepGrid& grid_;
};

// selector_stream.cpp: the value, or the time or start time of the sample instead of it.
enum class SelectorValue : std::uint8_t { kSample, kTime, kStartTime };
eval::StreamPtr selector_stream(QueryState& state, const VectorSelector& selector, const eval::StepGrid& grid,
                                SelectorValue value);

// name_removal.cpp: removes the metric name, or marks it for removal at the end, and joins series that become
// equal.
Result<eval::StreamPtr> drop_names(eval::StreamPtr stream, QueryState& state);
// Carries out delayed removals.
Result<eval::StepMatrix> apply_name_removal(eval::StepMatrix series, QueryState& state);

// A stream over held series, accounted for.
Result<eval::StreamPtr> hold(eval::StepMatrix series, QueryState& state, bool distinct_without_name = false);

}  // namespace isobar::promql
