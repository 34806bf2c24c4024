// What a remote read asks for: prometheus.ReadRequest after snappy. Messages: prometheus/prometheus prompb/remote.proto and
// prompb/types.proto. Pure functions. Internal to api/prometheus.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/matcher.h"

namespace isobar::api {

// Of one request; what is more is kInvalid. Each matcher may hold a compiled expression.
inline constexpr std::size_t kMaxReadQueries = 1000;
inline constexpr std::size_t kMaxReadMatchers = 1000;

// Times in ms. What the asking server will do with the samples; it may be ignored but for the times, which may be closer
// than the query's.
struct ReadHints {
  std::int64_t step_ms = 0;
  std::string function;
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::vector<std::string> grouping;
  bool by = false;
  std::int64_t range_ms = 0;
};

struct ReadQuery {
  std::int64_t start_ms = 0;  // both inclusive
  std::int64_t end_ms = 0;
  std::vector<model::Matcher> matchers;  // all must match; none: every series
  bool has_hints = false;
  ReadHints hints;

  // What is to be read: the hints', as Prometheus does, where there are any.
  Timestamp min() const { return Timestamp{has_hints ? hints.start_ms : start_ms}; }
  Timestamp max() const { return Timestamp{has_hints ? hints.end_ms : end_ms}; }
  // Only which series there are is asked for.
  bool without_samples() const { return has_hints && hints.function == "series"; }
};

struct ReadRequest {
  std::vector<ReadQuery> queries;
  std::vector<std::int32_t> accepted;  // response types by number, the one liked best first
};

// kInvalid: the protobuf is damaged or beyond the limits, or a matcher is none.
Result<ReadRequest> parse_read_request(std::string_view body);

enum class ReadResponseType { kSamples = 0, kStreamedChunks = 1 };

// The first that we know; samples if none is named. kInvalid if we know none of them.
Result<ReadResponseType> negotiate_read_response(const std::vector<std::int32_t>& accepted);

}  // namespace isobar::api
