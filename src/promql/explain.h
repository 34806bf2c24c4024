// What a query did, operator by operator: measured while it runs, when it is asked for. A Trace belongs to one query and one
// thread.
#pragma once

#include <functional>
#include <memory>

#include "base/time.h"
#include "eval/query_memory.h"
#include "promql/ast.h"
#include "promql/range_stream.h"
#include "promql/result.h"

namespace isobar::promql {

class Trace {
 public:
  Trace(std::function<Monotonic()> clock, std::string_view query, const eval::QueryMemory& memory)
      : clock_(std::move(clock)), query_(query), memory_(memory), current_(&root_) {}

  // Numbers, texts and parentheses have no line of their own.
  static bool worth_a_line(const Expr& expr);

  // An operator that is being set up, under the one around it. What it does until the end of the object is its time.
  class Step {
   public:
    Step(Trace& trace, const Expr& expr);
    ~Step();
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    // The stream with everything that comes out of it counted, and the time that it takes.
    eval::StreamPtr measured(eval::StreamPtr stream);
    RangePtr measured(RangePtr ranges);
    void gave_scalars(std::size_t count) { node_.samples += count; }

   private:
    Trace& trace_;
    PlanNode& node_;
    PlanNode* outer_;
    Monotonic began_;
  };

  // The operator that is being set up gives what was computed before.
  void repeated() { current_->repeated = true; }

  // The plan, once the query is through; null if it had no operator.
  std::shared_ptr<const PlanNode> take();

  Monotonic now() const { return clock_(); }
  std::size_t samples_read() const { return memory_.samples_read(); }

 private:
  std::function<Monotonic()> clock_;
  std::string_view query_;
  const eval::QueryMemory& memory_;
  PlanNode root_;
  PlanNode* current_;
};

}  // namespace isobar::promql
