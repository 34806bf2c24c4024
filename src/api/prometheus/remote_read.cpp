#include "api/prometheus/remote_read.h"

#include <fmt/format.h>

#include "api/envelope.h"
#include "api/header_field.h"
#include "api/prometheus/remote_read_messages.h"
#include "api/prometheus/remote_read_request.h"
#include "api/query_usage.h"
#include "api/read_route.h"
#include "codec/compression.h"
#include "codec/protobuf_writer.h"
#include "model/tenant.h"
#include "telemetry/log.h"

namespace isobar::api {
namespace {

constexpr std::uint64_t kMaxRequestBytes = 4 << 20;  // sent, and unpacked
constexpr std::size_t kPieceBytes = 256 << 10;

// The series of one request's queries, one after the other. Owns what reading needs until the answer is sent.
class ReadWalk {
 public:
  ReadWalk(const QueryParts& parts, ReadRequest request, std::vector<std::string> tenants, std::unique_ptr<QueryScope> scope)
      : request_(std::move(request)),
        tenants_(std::move(tenants)),
        scope_(std::move(scope)),
        reader_(parts.resources.reader, parts.resources.usage, tenants_),
        held_(scope_->budget()) {}

  std::size_t queries() const { return request_.queries.size(); }
  QueryScope& scope() { return *scope_; }
  const model::Labels& labels() const { return batch_[at_ - 1]->labels(); }
  const model::SampleColumns& samples() const { return samples_; }

  // The next series of the query with samples in its time; false behind the last.
  Result<bool> next(std::size_t query) {
    const ReadQuery& asked = request_.queries[query];
    if (asked.min() > asked.max()) return false;
    while (true) {
      TRY(const bool more, next_series(asked));
      if (!more) return false;
      samples_.clear();
      if (asked.without_samples()) return true;
      TRYV(read_samples(asked));
      if (samples_.size() != 0) return true;
    }
  }

 private:
  Result<bool> next_series(const ReadQuery& asked) {
    if (!set_) {
      model::SelectRequest select{tenants_, asked.matchers, asked.min(), asked.max()};
      if (asked.has_hints) select.function = asked.hints.function;
      TRY(set_, reader_.select(select, scope_->context()));
      batch_.clear();
      at_ = 0;
    }
    if (at_ == batch_.size()) {
      TRYV(scope_->cancellation().check());
      TRYV(set_->next(batch_));
      at_ = 0;
    }
    if (batch_.empty()) {
      set_.reset();
      return false;
    }
    ++at_;
    return true;
  }

  Result<void> read_samples(const ReadQuery& asked) {
    // A sample, and the chunk that is made from it.
    constexpr std::uint64_t kSampleBytes = 2 * (sizeof(std::int64_t) + sizeof(double));
    held_.clear();
    const model::Series& series = *batch_[at_ - 1];
    TRYV(held_.grow(series.sample_count_bound() * kSampleBytes, Code::kUnprocessable));
    TRYV(series.read(asked.min(), asked.max(), samples_));
    std::uint64_t histograms = 0;
    for (const auto& h : samples_.histograms) histograms += h ? h->byte_size() : 0;
    return held_.grow(2 * histograms, Code::kUnprocessable);
  }

  ReadRequest request_;
  std::vector<std::string> tenants_;
  std::unique_ptr<QueryScope> scope_;
  UsageReader reader_;
  telemetry::Reservation held_;
  std::unique_ptr<model::SeriesSet> set_;
  std::vector<std::shared_ptr<const model::Series>> batch_;
  std::size_t at_ = 0;
  model::SampleColumns samples_;
};

// The protocol has no place for them, and who asked should not take a part for the whole without a trace.
void log_warnings(QueryScope& scope) {
  for (const std::string& warning : scope.warnings().take()) {
    telemetry::log_warn("a remote read is answered with a part", {{"reason", warning}});
  }
}

// One message of all series: `max_samples` bounds those of a query, 0 is no bound.
Result<http::Response> samples_answer(ReadWalk& walk, std::size_t max_samples) {
  std::string message;
  telemetry::Reservation held(walk.scope().budget());
  ProtoWriter writer(message);
  for (std::size_t query = 0; query < walk.queries(); ++query) {
    const std::size_t begun = writer.begin(1);
    std::size_t samples = 0;
    while (true) {
      TRY(const bool more, walk.next(query));
      if (!more) break;
      samples += walk.samples().size();
      if (max_samples != 0 && samples > max_samples) return fail(Code::kInvalid, fmt::format("exceeded sample limit ({})", max_samples));
      append_time_series(message, walk.labels(), walk.samples());
      // Twice: as it is, and in snappy.
      if (2 * message.capacity() > held.bytes()) TRYV(held.grow(2 * message.capacity() - held.bytes(), Code::kUnprocessable));
    }
    writer.end(begun);
  }
  log_warnings(walk.scope());
  http::Response response;
  response.content_type = "application/x-protobuf";
  add_header(response, "Content-Encoding", "snappy");
  response.body = codec::snappy_compress(message);
  return response;
}

// Gives frames until all series are sent. The first piece is made before there is a response, so that errors still get a
// status.
class ChunkStream {
 public:
  ChunkStream(std::shared_ptr<ReadWalk> walk, std::size_t max_frame_bytes)
      : walk_(std::move(walk)), held_(walk_->scope().budget()), max_frame_bytes_(max_frame_bytes) {}

  bool complete() const { return query_ == walk_->queries(); }
  // About kPieceBytes, or what one series takes; empty only at the end.
  Result<std::string> piece() {
    held_.clear();
    std::string out;
    while (!complete() && out.size() < kPieceBytes) {
      TRY(const bool more, walk_->next(query_));
      if (!more) {
        ++query_;
        continue;
      }
      append_frames(out, walk_->labels(), walk_->samples(), static_cast<std::int64_t>(query_), max_frame_bytes_);
      if (out.capacity() > held_.bytes()) TRYV(held_.grow(out.capacity() - held_.bytes(), Code::kUnprocessable));
    }
    if (complete()) log_warnings(walk_->scope());
    return out;
  }

 private:
  std::shared_ptr<ReadWalk> walk_;
  telemetry::Reservation held_;
  std::size_t max_frame_bytes_;
  std::size_t query_ = 0;
};

Result<http::Response> chunks_answer(std::shared_ptr<ReadWalk> walk, std::size_t max_frame_bytes) {
  const auto stream = std::make_shared<ChunkStream>(walk, max_frame_bytes);
  TRY(std::string first, stream->piece());
  walk->scope().end_deadline();
  http::Response response;
  response.content_type = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
  if (stream->complete()) {
    response.body = std::move(first);
    return response;
  }
  response.stream = [stream, held = std::make_shared<std::string>(std::move(first))]() -> Result<std::string> {
    if (!held->empty()) return std::exchange(*held, {});
    return stream->piece();
  };
  return response;
}

Result<http::Response> remote_read(const QueryParts& parts, const http::Request& request, Cancellation& cancellation) {
  TRY(std::vector<std::string> tenants, model::parse_tenants(request.headers.get("x-scope-orgid")));
  std::string body;
  Result<void> unpacked = codec::snappy_decompress(request.body, kMaxRequestBytes, body);
  if (!unpacked) return fail(std::move(unpacked).error().with_context("remote read request"));
  TRY(ReadRequest asked, parse_read_request(body));
  TRY(const ReadResponseType type, negotiate_read_response(asked.accepted));
  auto scope = std::make_unique<QueryScope>(parts.resources, cancellation, parts.resources.timeout);
  const auto walk = std::make_shared<ReadWalk>(parts, std::move(asked), std::move(tenants), std::move(scope));
  if (type == ReadResponseType::kSamples) return samples_answer(*walk, parts.remote_read.max_samples);
  return chunks_answer(walk, parts.remote_read.max_frame_bytes);
}

}  // namespace

void add_remote_read_routes(http::Router& router, const QueryParts& parts) {
  const auto handler = [parts](const http::Request& request, Cancellation& cancellation) {
    Result<http::Response> answer = remote_read(parts, request, cancellation);
    return answer ? *std::move(answer) : failure_text(answer.error());
  };
  const http::RouteOptions options{.max_body_bytes = kMaxRequestBytes, .pool = std::string(kQueryPool), .gzip = false};
  for (const char* path : {"/api/v1/read", "/prometheus/api/v1/read"}) {
    router.add({http::Method::kPost}, path, options, handler);
  }
}

}  // namespace isobar::api
