// A second evaluator of PromQL, written to be read: it computes every step alone, straight from samples in
// memory, and shares no evaluation code with src/promql and src/eval. The engine is compared with it
// (promql_fuzz).
//
// Shared with the engine, because they are containers or data and no evaluation: the parser and its tree,
// model::Labels, Matcher and Histogram, number and histogram printing (label values of count_values), reset
// detection and trimming of native histograms, and the position of a label set in [0, 1) that limit_ratio
// samples by. Not covered: delayed name removal, type and unit labels, downsampled samples, texts of
// annotations (only whether there was any) and of errors.
//
// Semantics are those of Prometheus 3.14 (prometheus.io/docs/prometheus/latest/querying, and what its engine
// does where the documentation is silent). Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "histogram.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "number.h"
#include "promql/ast.h"

namespace isobar::promqltest::naive {

// A float or, if `histogram` is set, a histogram.
struct Cell {
  Num number;
  HistPtr histogram;
};

struct Point {
  std::int64_t time = 0;   // ms
  std::int64_t start = 0;  // start timestamp, 0: unknown
  bool stale = false;
  Cell cell;
};

struct Series {
  model::Labels labels;
  std::vector<Point> points;  // ascending
};
using Data = std::vector<Series>;  // sorted by labels

struct Element {
  model::Labels labels;
  Cell cell;
};
using Vector = std::vector<Element>;

struct Value {
  promql::ValueType type = promql::ValueType::kVector;
  Num scalar;
  Vector vector;
  std::string text;
  std::vector<Series> matrix;

  static Value of(Num s) { return {.type = promql::ValueType::kScalar, .scalar = s}; }
  static Value of(Vector v) { return {.vector = std::move(v)}; }
};

struct Times {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t step = 0;  // 0: an instant query
};

struct Settings {
  Times times;
  std::int64_t lookback = 300000;
  std::int64_t subquery_step = 60000;
};

struct Log {
  bool warned = false;
  bool informed = false;
  bool order_informs = false;  // whether there is an info depends on the order in which elements meet
  Doubts doubts;
};

// The samples of one series that a range function looks at; kinds apart, both ascending.
struct Window {
  model::Labels labels;
  std::vector<Point> floats;
  std::vector<Point> histograms;
  std::int64_t start = 0;  // exclusive
  std::int64_t end = 0;
  bool anchored = false;
  bool smoothed = false;
};

class Evaluator {
 public:
  Evaluator(const Data& data, const Settings& settings) : data_(data), settings_(settings) {}

  // The whole query: at every step of settings.times. Errors: Code::kUnprocessable.
  Result<Value> evaluate(const promql::Expr& expr, std::int64_t t);

  Result<Vector> vector(const promql::Expr& expr, std::int64_t t);
  Result<Num> scalar(const promql::Expr& expr, std::int64_t t);
  // Windows of a range selector or subquery at a step. Series without samples in them are left out.
  Result<std::vector<Window>> windows(const promql::Expr& expr, std::int64_t t);

  // Series that a selector finds, with the sample that counts at each; no smoothing.
  struct Found {
    const Series* series;
    const Point* point;
  };
  std::vector<Found> lookup(const std::vector<model::Matcher>& matchers, std::int64_t at) const;
  // When a selector with this shift reads at step `t`.
  Result<std::int64_t> shifted(const promql::TimeShift& shift, std::int64_t t) const;
  Result<std::int64_t> duration(const promql::DurationValue& value) const;

  const Settings& settings() const { return settings_; }
  Log& log() { return log_; }

 private:
  Result<Vector> selector(const promql::VectorSelector& selector, std::int64_t t);
  Result<Vector> smoothed(const promql::VectorSelector& selector, std::int64_t at);
  Result<std::vector<Window>> subquery(const promql::SubqueryExpr& expr, std::int64_t t);
  Result<Value> unary(const promql::UnaryExpr& expr, std::int64_t t);

  const Data& data_;
  Settings settings_;
  Log log_;
};

// What a query fails with. Not inline: GCC 12 sees writes out of bounds in the moved text.
tl::unexpected<Error> failure(std::string text);

// Without the metric name.
model::Labels nameless(const model::Labels& labels);
// Only the listed labels / all but the listed and the name.
model::Labels picked(const model::Labels& labels, const std::vector<std::string>& names);
model::Labels dropped(const model::Labels& labels, const std::vector<std::string>& names);
// An error if two elements have the same labels.
Result<Vector> unique(Vector v);

// binary.cpp, aggregate.cpp, functions.cpp
Result<Value> evaluate_binary(Evaluator& evaluator, const promql::BinaryExpr& expr, std::int64_t t);
Result<Value> evaluate_aggregate(Evaluator& evaluator, const promql::AggregateExpr& expr, std::int64_t t);
Result<Value> evaluate_call(Evaluator& evaluator, const promql::CallExpr& expr, std::int64_t t);
// The phi-quantile of floats; the empty list has none.
Num quantile_of(Num phi, std::vector<Num> values, Doubts& doubts);
// Mean of squared distances from the mean.
Num variance_of(const std::vector<Num>& values);
Num average_of(const std::vector<Num>& values);
// Sum (or mean) of histograms; null if their buckets cannot be combined.
HistPtr sum_of(const std::vector<HistPtr>& histograms, bool mean, Log& log);

}  // namespace isobar::promqltest::naive
