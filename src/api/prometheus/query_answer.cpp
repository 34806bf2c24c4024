#include "api/prometheus/query_answer.h"

#include "api/envelope.h"
#include "api/prometheus/result_json.h"
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

std::string stats_json(const promql::QueryStats& stats, double seconds) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key("timings").begin_object();
  json.field("evalTotalTime", seconds).field("execTotalTime", seconds).end_object();
  json.key("samples").begin_object();
  json.field("totalQueryableSamples", static_cast<std::uint64_t>(stats.samples_read))
      .field("peakSamples", static_cast<std::uint64_t>(stats.peak_samples))
      .field("samplesRead", static_cast<std::uint64_t>(stats.samples_read))
      .end_object()
      .end_object();
  return out;
}

// Owns everything that the bytes are made from.
class Answer {
 public:
  Answer(promql::QueryResult result, const AnswerOptions& options, std::unique_ptr<QueryScope> scope)
      : scope_(std::move(scope)), result_(std::move(result)), held_(scope_->budget()) {
    if (options.limit != 0 && result_.series.size() > options.limit) {
      result_.series.resize(options.limit);
      result_.warnings.emplace_back("results truncated due to limit");
    }
    const std::string stats = options.stats ? stats_json(result_.stats, options.seconds) : std::string();
    writer_.emplace(result_, options.time);
    tail_ = (stats.empty() ? "}" : ",\"stats\":" + stats + "}") +
            envelope_end({std::move(result_.warnings), std::move(result_.infos)});
  }

  Result<void> hold_result() { return held_.grow(bytes_of(result_), Code::kUnprocessable); }

  // Appends up to about `bytes` more; true when the answer is complete.
  Result<bool> append(std::string& out, std::size_t bytes) {
    if (!begun_) out.append(kEnvelopeStart);
    begun_ = true;
    while (!writer_->done() && out.size() < bytes) {
      writer_->append_some(out);
      if (out.size() > counted_) {
        const std::uint64_t more = out.size() - counted_ + kPieceBytes;
        TRYV(held_.grow(more, Code::kUnprocessable));
        counted_ += more;
      }
    }
    if (!writer_->done()) return false;
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
  promql::QueryResult result_;
  telemetry::Reservation held_;
  std::optional<ResultWriter> writer_;
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

Result<http::Response> query_answer(promql::QueryResult result, const AnswerOptions& options,
                                    std::unique_ptr<QueryScope> scope) {
  const auto answer = std::make_shared<Answer>(std::move(result), options, std::move(scope));
  TRYV(answer->hold_result());
  std::string body;
  TRY(const bool complete, answer->append(body, kMaxBufferedBytes));
  if (complete) return http::Response::json(200, std::move(body));
  http::Response response = http::Response::json(200, {});
  response.stream = stream_of(answer, std::move(body));
  return response;
}

}  // namespace isobar::api
