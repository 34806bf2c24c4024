// Makes a parsed query ready for evaluation over given times. Internal to the folder.
#pragma once

#include "base/result.h"
#include "promql/ast.h"

namespace isobar::promql {

struct QueryTimes {
  Timestamp start;
  Timestamp end;
  Duration step;  // 0 for instant queries
};

// Computes duration expressions, replaces @ start() and @ end() by times, and puts StepInvariantExpr around
// every largest part that has the same value at all steps, so that it is evaluated once.
Result<void> prepare(ExprPtr& expr, const QueryTimes& times);

}  // namespace isobar::promql
