// A query's result as an answer: small ones as one body, large ones streamed piece by piece, so that a matrix is never
// held twice. Result and bytes count against the query's budget until they are sent. Internal to api/prometheus.
#pragma once

#include <memory>

#include "api/query_scope.h"
#include "http/message.h"
#include "promql/result.h"

namespace isobar::api {

// The parameter "stats": something, or "all".
enum class Statistics { kNone, kTotals, kEachStep };

struct AnswerOptions {
  Timestamp time;          // of scalars and strings
  std::size_t limit = 0;   // series; 0: all
  Statistics stats = Statistics::kNone;
  Timestamp start;         // of the first step
  Duration step{0};
  double seconds = 0;      // spent in all
};

// Answers above this size are streamed, which costs them compression.
inline constexpr std::size_t kMaxBufferedBytes = 4 << 20;
inline constexpr std::size_t kPieceBytes = 256 << 10;

// kUnprocessable past the budget.
Result<http::Response> query_answer(promql::QueryResult result, const AnswerOptions& options,
                                    std::unique_ptr<QueryScope> scope);

}  // namespace isobar::api
