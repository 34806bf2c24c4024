// What treats each series by itself, rate(m[5m]) or -m * 2, on several threads. The series of the selector are cut into buckets,
// in their order; each goes through operators of its own, on whatever thread is free, and what comes out is given in that order.
// Where buckets end depends on the data only, so answers, annotations and counts of samples are those of one thread; a bucket
// holds what came out of it, so the peak is higher. Internal to the folder.
#pragma once

#include "promql/evaluation.h"

namespace isobar::promql {

// The selector of an expression that treats each of its series by itself and of which no two become equal without their
// names; null: it is none.
const VectorSelector* selector_of_chain(const Expr& expr);

// The stream of such an expression. Few series go through on the caller's thread.
Result<eval::StreamPtr> bucket_stream(QueryState& state, const Expr& expr, const eval::StepGrid& grid);

}  // namespace isobar::promql
