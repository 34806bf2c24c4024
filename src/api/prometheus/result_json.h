// The "data" of a query's answer, written bit by bit: {"resultType":…,"result":…, without the closing brace, so that
// statistics may follow. Shapes: prometheus.io/docs/prometheus/latest/querying/api. Internal to api/prometheus.
#pragma once

#include <algorithm>
#include <string>

#include "base/time.h"
#include "promql/result.h"

namespace isobar::api {

// `result` must outlive the writer. Not thread-safe.
class ResultWriter {
 public:
  // `time` stands with scalars and strings that carry none. Of the series only the first `count`.
  ResultWriter(const promql::QueryResult& result, Timestamp time, std::size_t count)
      : result_(result), time_(time), count_(std::min(count, result.series.size())) {}

  bool done() const { return done_; }
  // One series, or a few thousand samples of it.
  void append_some(std::string& out);

 private:
  void begin(std::string& out);
  void append_value(std::string& out);
  void append_vector_series(std::string& out, const promql::ResultSeries& series);
  void append_matrix_part(std::string& out, const promql::ResultSeries& series);
  void append_floats(std::string& out, const promql::ResultSeries& series);
  void append_histograms(std::string& out, const promql::ResultSeries& series);

  enum class Part { kLabels, kFloats, kHistograms };

  const promql::QueryResult& result_;
  Timestamp time_;
  std::size_t count_;
  std::size_t series_ = 0;
  std::size_t sample_ = 0;
  Part part_ = Part::kLabels;
  bool list_open_ = false;  // of the current series' floats or histograms
  bool begun_ = false;
  bool done_ = false;
};

// {"count":"…","sum":"…","buckets":[[rule,"lower","upper","count"],…]}; buckets that count nothing are left out.
void append_histogram(std::string& out, const model::Histogram& histogram);
// A float in quotes, in the API's form.
void append_quoted_float(std::string& out, double value);

}  // namespace isobar::api
