// Aggregations that stand in a query more than once, letter by letter, are computed once: "sum(a) / (sum(a) + sum(b))" sums
// "a" once. What they give is small and held anyway, unlike what streams through other operators. Belongs to one query.
// Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "eval/query_memory.h"
#include "eval/step_grid.h"
#include "eval/step_series.h"
#include "promql/ast.h"
#include "promql/notes.h"
#include "promql/sample_counter.h"

namespace isobar::promql {

class SharedAggregates {
 public:
  // Where the computation leaves its traces beside the series.
  struct Effects {
    Notes& notes;
    SampleCounter counter;
  };
  using Compute = std::function<Result<eval::StreamPtr>()>;

  // `query` is the text of `expr`. Both and `memory` must outlive the object and its streams.
  SharedAggregates(const Expr& expr, std::string_view query, eval::QueryMemory& memory);

  // Whether the aggregation stands in the expression again.
  bool again(const AggregateExpr& expr) const { return times_.size() != 0 && times_.count(text_of(expr)) != 0; }
  // Whether it has been computed over this grid already.
  bool known(const AggregateExpr& expr, const eval::StepGrid& grid, const SampleCounter& counter) const {
    return found_.count(key_of(expr, grid, counter)) != 0;
  }
  // The series of one that stands there again. Annotations and counts are added for each place, as if it were computed there.
  Result<eval::StreamPtr> series(const AggregateExpr& expr, const eval::StepGrid& grid, const Effects& effects, const Compute& compute);

 private:
  struct Kept;
  struct Key {
    std::string_view text;
    std::int64_t start = 0, step = 0;
    std::size_t steps = 0;
    bool counts = false, every_step = false;
    std::vector<bool> statistics_only;  // of each selector
    auto operator<=>(const Key&) const = default;
  };
  class Stream;

  std::string_view text_of(const Expr& expr) const;
  Key key_of(const AggregateExpr& expr, const eval::StepGrid& grid, const SampleCounter& counter) const;
  Result<std::shared_ptr<Kept>> compute_and_keep(const AggregateExpr& expr, const Effects& effects, const Compute& compute);

  std::string_view query_;
  eval::QueryMemory& memory_;
  std::map<std::string_view, int> times_;  // those that stand there more than once
  std::map<Key, std::shared_ptr<Kept>> found_;
};

}  // namespace isobar::promql
