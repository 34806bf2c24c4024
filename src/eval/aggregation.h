// Aggregations that fold series into one state per group: sum, avg, min, max, count, group, stddev, stdvar.
//
// State is arrays over steps. A group answers for a step if it saw a sample there that it can use; a step
// that saw floats and histograms answers nothing for sum and avg. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "eval/query_memory.h"
#include "eval/step_series.h"

namespace isobar::eval {

enum class AggregateOp : std::uint8_t {
  kSum,
  kAvg,
  kMin,
  kMax,
  kCount,
  kGroup,
  kStddev,
  kStdvar,
  kTopk,
  kBottomk,
  kQuantile,
  kCountValues,
  kLimitk,
  kLimitRatio,
};

// What happened beside the numbers; the language turns it into annotations.
struct AggregationNotes {
  bool ignored_histogram = false;  // the operation knows floats only
  bool incompatible_schemas = false;
  bool bounds_reconciled = false;
  bool reset_conflict = false;
};

class GroupFold {
 public:
  // `op` is one of the first eight.
  GroupFold(AggregateOp op, std::size_t steps);
  GroupFold(GroupFold&&) noexcept;
  GroupFold& operator=(GroupFold&&) noexcept;
  ~GroupFold();

  void add(const StepSeries& series, AggregationNotes& notes);
  // Overwrites the cells of `out`; its labels stay.
  void finish(StepSeries& out) const;
  // True if some step saw floats and histograms.
  bool saw_mixed() const;
  // The most that one group of so many steps holds, histograms aside.
  static std::size_t byte_size(AggregateOp op, std::size_t steps);

 private:
  struct Histograms;
  void add_floats(const StepSeries& series);
  void add_average(const StepSeries& series);
  void add_histograms(const StepSeries& series, AggregationNotes& notes);
  Cell finish_cell(std::size_t i) const;

  AggregateOp op_;
  std::size_t steps_;
  std::vector<double> counts_;  // floats seen
  std::vector<double> first_;   // sum, smallest, largest, mean
  std::vector<double> second_;  // compensation, squares
  // Steps whose sum would overflow continue as a running mean.
  std::vector<bool> running_mean_;
  std::unique_ptr<Histograms> histograms_;
};

}  // namespace isobar::eval
