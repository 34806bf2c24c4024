#include "api/prometheus/query_answer.h"

#include <numeric>

#include <fmt/format.h>

#include "api/envelope.h"
#include "api/prometheus/explain_json.h"
#include "api/prometheus/result_json.h"
#include "api/time_text.h"
#include "codec/json_writer.h"

namespace isobar::api {
namespace {

std::uint64_t bytes_of(const promql::QueryResult& result) {
  std::uint64_t bytes = sizeof(result) + result.text.size();
  for (const promql::ResultSeries& series : result.series) {
    bytes += sizeof(series) + series.labels.encoded().size() +
             series.timestamps.capacity() * sizeof(std::int64_t) + series.values.capacity() * sizeof(double) +
             series.histograms.capacity() * sizeof(eval::HistogramPtr);
  }
  return bytes;
}

// [[seconds, samples],…]
std::string per_step_json(const promql::QueryStats& stats, const AnswerOptions& options) {
  std::string out = "[";
  for (std::size_t i = 0; i < stats.samples_per_step.size(); ++i) {
    out += i == 0 ? "[" : ",[";
    append_seconds(out, options.start.ms + static_cast<std::int64_t>(i) * options.step.ms);
    out += fmt::format(",{}]", stats.samples_per_step[i]);
  }
  return out + "]";
}

// As util/stats/query_stats.go of Prometheus. Sorting is a part of the inner evaluation here, and a query that waits for its
// turn is not yet one; samplesRead counts what was decoded.
std::string stats_json(const promql::QueryStats& stats, const AnswerOptions& options) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key("timings").begin_object();
  json.field("evalTotalTime", stats.preparation_seconds + stats.evaluation_seconds)
      .field("resultSortTime", 0.0)
      .field("queryPreparationTime", stats.preparation_seconds)
      .field("innerEvalTime", stats.evaluation_seconds)
      .field("execQueueTime", 0.0)
      .field("execTotalTime", options.seconds)
      .end_object();
  json.key("samples").begin_object();
  if (options.stats == Statistics::kEachStep) json.key("totalQueryableSamplesPerStep").raw(per_step_json(stats, options));
  const std::uint64_t total = std::accumulate(stats.samples_per_step.begin(), stats.samples_per_step.end(), std::uint64_t{0});
  json.field("totalQueryableSamples", total)
      .field("samplesRead", static_cast<std::uint64_t>(stats.samples_read))
      .field("peakSamples", static_cast<std::uint64_t>(stats.peak_samples))
      .end_object()
      .end_object();
  return out;
}

// Owns everything that the bytes are made from.
class Answer {
 public:
  Answer(FoundPtr found, const AnswerOptions& options, std::unique_ptr<QueryScope> scope)
      : scope_(std::move(scope)),
        found_(std::move(found)),
        held_(scope_->budget()),
        writer_(found_->result, options.time, options.limit == 0 ? SIZE_MAX : options.limit) {
    const promql::QueryResult& result = found_->result;
    std::vector<std::string> warnings = result.warnings;
    if (options.limit != 0 && result.series.size() > options.limit) warnings.emplace_back("results truncated due to limit");
    std::string more;
    if (options.stats != Statistics::kNone) more += ",\"stats\":" + stats_json(result.stats, options);
    if (result.plan) more += ",\"explain\":" + explain_json(*result.plan);
    tail_ = more + "}" + envelope_end({std::move(warnings), result.infos});
  }

  // Appends up to about `bytes` more; true when the answer is complete.
  Result<bool> append(std::string& out, std::size_t bytes) {
    if (!begun_) out.append(kEnvelopeStart);
    begun_ = true;
    while (!writer_.done() && out.size() < bytes) {
      writer_.append_some(out);
      if (out.capacity() <= counted_) continue;
      TRYV(held_.grow(out.capacity() - counted_, Code::kUnprocessable));
      counted_ = out.capacity();
    }
    if (!writer_.done()) return false;
    out.append(tail_);
    return true;
  }
  // The bytes given so far are sent.
  void sent() {
    held_.shrink(counted_);
    counted_ = 0;
  }

 private:
  std::unique_ptr<QueryScope> scope_;
  FoundPtr found_;
  telemetry::Reservation held_;
  ResultWriter writer_;
  std::string tail_;
  std::uint64_t counted_ = 0;
  bool begun_ = false;
};

// `first` is what is written already.
http::BodyStream stream_of(std::shared_ptr<Answer> answer, std::string first) {
  struct State {
    std::string first;
    bool complete = false;
  };
  auto state = std::make_shared<State>(State{std::move(first)});
  return [answer = std::move(answer), state]() -> Result<std::string> {
    if (!state->first.empty()) return std::exchange(state->first, {});
    std::string piece;
    if (state->complete) return piece;
    answer->sent();
    TRY(state->complete, answer->append(piece, kPieceBytes));
    return piece;
  };
}

}  // namespace

Result<FoundPtr> hold_result(promql::QueryResult result, QueryScope& scope) {
  const std::uint64_t bytes = bytes_of(result);
  {
    telemetry::Reservation of_one_query(scope.budget());
    TRYV(of_one_query.grow(bytes, Code::kUnprocessable));
  }
  telemetry::Reservation held(scope.memory_of_all());
  TRYV(held.grow(bytes, Code::kUnavailable));
  return std::make_shared<const FoundResult>(FoundResult{std::move(result), std::move(held)});
}

Result<http::Response> query_answer(FoundPtr found, const AnswerOptions& options, std::unique_ptr<QueryScope> scope) {
  const auto answer = std::make_shared<Answer>(std::move(found), options, std::move(scope));
  std::string body;
  TRY(const bool complete, answer->append(body, kMaxBufferedBytes));
  if (complete) return http::Response::json(200, std::move(body));
  http::Response response = http::Response::json(200, {});
  response.stream = stream_of(answer, std::move(body));
  return response;
}

}  // namespace isobar::api
