// Binary operations between two vectors: which series meet, and the set operations. What happens in a cell is
// the language's business (CellOperation). Signatures are computed once per series. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eval/label_merger.h"
#include "eval/step_series.h"

namespace isobar::eval {

enum class Cardinality : std::uint8_t { kOneToOne, kManyToOne, kOneToMany, kManyToMany };

struct VectorMatching {
  Cardinality cardinality = Cardinality::kOneToOne;
  bool on = false;  // otherwise ignoring (labels)
  std::vector<std::string> labels;
  std::vector<std::string> include;  // labels that group_left / group_right copy from the "one" side
  std::optional<double> fill_left;   // stands in for a missing partner
  std::optional<double> fill_right;
};

// One side of a row: cells over the steps.
struct Row {
  const Kind* kinds;
  const double* values;
  const HistogramPtr* histograms;  // null when there are none
  Cell cell(std::size_t i) const {
    return {kinds[i], values[i], kinds[i] == Kind::kHistogram ? histograms[i] : nullptr};
  }
  static Row of(const StepSeries& s) {
    return {s.kinds.data(), s.values.data(), s.histograms.empty() ? nullptr : s.histograms.data()};
  }
};

class CellOperation {
 public:
  virtual ~CellOperation() = default;
  // Sets the cells of `out` (reset to `steps`) where both sides are present and the operation has a result.
  virtual Result<void> apply(const Row& left, const Row& right, StepSeries& out) = 0;
  // The metric name goes from the result.
  virtual bool drops_name() const = 0;
  // Leaves samples out by their values; what it could compare has met nevertheless.
  virtual bool filters() const { return false; }
  virtual bool comparable(Kind, Kind) const { return true; }
};

struct MatchingOptions {
  std::size_t steps = 1;
  bool delay_name_removal = false;
  std::vector<std::string> metadata_labels;  // go with the metric name
};

// Arithmetic and comparison. Errors (Code::kUnprocessable): duplicates on the "one" side, several matches.
Result<StepMatrix> match_vectors(const StepMatrix& left, const StepMatrix& right,
                                 const VectorMatching& matching, CellOperation& operation,
                                 const MatchingOptions& options, QueryMemory& memory);

// and, unless: streams the left side through the presence of the right side. or: the left side, then what the
// right side adds.
enum class SetOp : std::uint8_t { kAnd, kOr, kUnless };
Result<StreamPtr> combine_sets(SetOp op, StreamPtr left, StreamPtr right, const VectorMatching& matching,
                               const MatchingOptions& options, QueryMemory& memory);

// The labels without the metric name and its metadata labels.
model::Labels without_name(const model::Labels& labels, const std::vector<std::string>& metadata_labels);

}  // namespace isobar::eval
