// What a query answers. Values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "eval/step_series.h"
#include "promql/ast.h"

namespace isobar::promql {

// Columns of one length; `histograms` is empty when the series has floats only, else null where the sample is
// a float.
struct ResultSeries {
  model::Labels labels;
  std::vector<std::int64_t> timestamps;  // ms, ascending
  std::vector<double> values;
  std::vector<eval::HistogramPtr> histograms;

  std::size_t size() const { return timestamps.size(); }
  bool is_histogram(std::size_t i) const { return !histograms.empty() && histograms[i] != nullptr; }
};

struct QueryStats {
  std::size_t samples_read = 0;
  std::size_t peak_samples = 0;  // held at one time
  // What each step looks at (sample_counter.h); empty unless QueryOptions asks for it.
  std::vector<std::uint64_t> samples_per_step{};
  double preparation_seconds = 0;  // parsing and planning; both 0 unless QueryOptions has a clock
  double evaluation_seconds = 0;   // reading, computing and sorting
};

inline constexpr std::size_t kMaxPlanText = 200;  // bytes of PlanNode::expression

// One operator of a query and what it did. Times and counts include those of a step-by-step stream, as far as it was asked.
struct PlanNode {
  std::string operation;   // "sum by (job)", "rate", "select range"
  std::string expression;  // as it was written; longer ones end in "..."
  bool reads = false;      // a selector
  bool repeated = false;   // stands in the query before, and was computed there
  std::uint64_t series = 0;
  std::uint64_t samples = 0;  // a selector's: read from the storage; others': given to the operator around it
  std::uint64_t bytes = 0;    // of those, in memory
  double seconds = 0;         // with its children
  std::vector<std::unique_ptr<PlanNode>> children;
};

struct QueryResult {
  // kVector: one sample per series, in the order of sort() and topk where the query asks for one. kMatrix:
  // sorted by labels. kScalar: one series without labels and with one sample. kString: `text` only.
  ValueType type = ValueType::kVector;
  std::vector<ResultSeries> series;
  std::string text;
  std::vector<std::string> warnings;  // "PromQL warning: … (line:column)", and those of the storage
  std::vector<std::string> infos;
  QueryStats stats;
  std::shared_ptr<const PlanNode> plan;  // null unless QueryOptions asks for it
};

}  // namespace isobar::promql
