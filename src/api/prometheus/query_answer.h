// A query's result as an answer: small ones as one body, large ones streamed piece by piece, so that a matrix is never
// held twice. Result and bytes count against the query's budget until they are sent. Internal to api/prometheus.
#pragma once

#include <memory>

#include "api/query_scope.h"
#include "http/message.h"
#include "promql/result.h"
#include "query/flights.h"

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

// What a query found, for one answer or for several. Counts against the memory of all queries as long as it is there.
struct FoundResult {
  promql::QueryResult result;
  telemetry::Reservation held;
};
using FoundPtr = std::shared_ptr<const FoundResult>;
using QueryFlights = query::Flights<FoundResult>;

// kUnprocessable if it does not fit into what one query may hold, kUnavailable if not beside the other queries.
Result<FoundPtr> hold_result(promql::QueryResult result, QueryScope& scope);

// `scope`: its budget holds the bytes. kUnprocessable past it.
Result<http::Response> query_answer(FoundPtr found, const AnswerOptions& options, std::unique_ptr<QueryScope> scope);

}  // namespace isobar::api
