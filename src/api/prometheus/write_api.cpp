#include "api/prometheus/write_api.h"

#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "api/envelope.h"
#include "api/header_field.h"
#include "api/read_route.h"
#include "base/scratch_pool.h"
#include "base/bytes.h"
#include "codec/compression.h"
#include "ingest/protocols/remote_write.h"
#include "model/tenant.h"

namespace isobar::api {
namespace {

using ingest::RemoteWriteVersion;

// A tenant without a limit of its own still meets this one: a few bytes of snappy may declare gigabytes.
constexpr std::uint64_t kLargestBody = 1ULL << 30;
// What is kept between requests.
constexpr std::size_t kKeptBytes = 16ULL << 20;

// Memory that is used again by the next request.
struct Scratch {
  std::string body;
  ingest::RemoteWriteDecoder decoder;
  model::WriteBatch batch;

  void shrink() {
    if (body.capacity() > kKeptBytes) std::string().swap(body);
    if (batch.floats.capacity() * sizeof(batch.floats[0]) > kKeptBytes) batch = {};
    decoder.shrink();
  }
};

// What of a request was written, and what was not.
struct Written {
  std::uint64_t samples = 0;
  std::uint64_t histograms = 0;
  std::uint64_t exemplars = 0;
  std::string refusals;  // empty: nothing was refused
};

class WriteDoor {
 public:
  explicit WriteDoor(const WriteParts& parts)
      : parts_(parts),
        skipped_series_(parts.metrics.counter("isobar_remote_write_skipped_series_total",
                                              "Series left out because their labels are invalid.")),
        skipped_histograms_(parts.metrics.counter("isobar_remote_write_skipped_histograms_total",
                                                  "Histograms left out because they contradict themselves.")),
        skipped_exemplars_(parts.metrics.counter("isobar_remote_write_skipped_exemplars_total",
                                                 "Exemplars left out because their labels are invalid or too long.")),
        skipped_metadata_(parts.metrics.counter("isobar_remote_write_skipped_metadata_total",
                                                "Metadata left out because it is invalid or too long.")) {}

  http::Response handle(const http::Request& request);

 private:
  ScratchPool<Scratch> scratch_;
  Result<RemoteWriteVersion> check_headers(const http::Request& request) const;
  Result<void> decompress(const http::Request& request, std::string_view tenant, telemetry::Reservation& held,
                          std::string& body) const;
  Result<Written> write(const http::Request& request, RemoteWriteVersion version, Scratch& s);
  void count(const ingest::RemoteWriteNotes& notes);

  WriteParts parts_;
  telemetry::Counter& skipped_series_;
  telemetry::Counter& skipped_histograms_;
  telemetry::Counter& skipped_exemplars_;
  telemetry::Counter& skipped_metadata_;
};

Result<RemoteWriteVersion> WriteDoor::check_headers(const http::Request& request) const {
  const std::string_view type = request.headers.get("content-type");
  // Senders older than the header sent neither.
  TRY(const RemoteWriteVersion version,
      type.empty() ? Result<RemoteWriteVersion>(RemoteWriteVersion::k1) : ingest::remote_write_version(type));
  const std::string_view encoding = request.headers.get("content-encoding");
  if (encoding.empty() || http::equals_ignoring_case(encoding, "snappy")) return version;
  return fail(Code::kUnsupported, fmt::format("remote write bodies must be compressed with snappy (block format) and say so: "
                                              "send Content-Encoding: snappy, not \"{}\"",
                                              encoding.substr(0, 100)));
}

// Snappy puts the size of the result in front.
std::uint64_t declared_size(std::string_view compressed) {
  ByteReader in(compressed);
  const std::uint64_t size = in.varint();
  return in.ok() ? size : 0;
}

Result<void> WriteDoor::decompress(const http::Request& request, std::string_view tenant, telemetry::Reservation& held,
                                   std::string& body) const {
  const std::uint64_t limit = parts_.limits.of(tenant).max_body_bytes;
  const std::uint64_t size = declared_size(request.body);
  if (limit != 0 && size > limit) {
    return fail(Code::kTooLarge, fmt::format("request body is too large after decompression, send smaller batches or raise "
                                             "--limits.max-body-bytes (now {}): {} bytes",
                                             limit, size));
  }
  const std::uint64_t bound = limit != 0 ? limit : kLargestBody;
  // Twice: the bytes, and what is decoded from them.
  if (size <= bound && !held.try_grow(2 * size)) {
    return fail(Code::kUnavailable, "too many write requests are being decoded, send it again");
  }
  return codec::snappy_decompress(request.body, bound, body);
}

void append_clause(std::string& text, std::string_view clause) {
  if (!text.empty()) text += "; ";
  text += clause;
}

// All that was refused, by decoding and by limits; empty when the answer is success. Invalid exemplars and metadata, and
// in version 1.0 invalid series, make no failure of their own, as in Prometheus: they are counted in the metrics, and
// named in an answer that is a failure anyway.
std::string refusals(RemoteWriteVersion version, const ingest::RemoteWriteNotes& notes,
                     const ingest::WriteOutcome& outcome) {
  const bool by_limits = outcome.refused != 0 || !outcome.reasons.empty();
  const bool by_labels = version == RemoteWriteVersion::k2 && notes.series.count != 0;
  if (!by_limits && !by_labels && notes.histograms.count == 0) return {};
  const std::pair<std::string_view, const ingest::RemoteWriteNotes::LeftOut*> kinds[] = {
      {"series", &notes.series},
      {"histograms", &notes.histograms},
      {"exemplars", &notes.exemplars},
      {"metadata", &notes.metadata}};
  std::string text;
  for (const auto& [name, left_out] : kinds) {
    for (const std::string& reason : left_out->reasons) append_clause(text, reason);
  }
  for (const auto& [name, left_out] : kinds) {
    if (left_out->count != 0) append_clause(text, fmt::format("{} left out: {}", name, left_out->count));
  }
  if (by_limits) append_clause(text, outcome.reason_text());
  return text;
}

void WriteDoor::count(const ingest::RemoteWriteNotes& notes) {
  skipped_series_.add(notes.series.count);
  skipped_histograms_.add(notes.histograms.count);
  skipped_exemplars_.add(notes.exemplars.count);
  skipped_metadata_.add(notes.metadata.count);
}

Result<Written> WriteDoor::write(const http::Request& request, RemoteWriteVersion version, Scratch& s) {
  TRY(const std::string tenant, model::parse_tenant(request.headers.get("x-scope-orgid")));
  telemetry::Reservation held;
  if (parts_.decode_memory != nullptr) held = telemetry::Reservation(*parts_.decode_memory);
  TRYV(decompress(request, tenant, held, s.body));
  ingest::RemoteWriteNotes notes;
  TRYV(s.decoder.decode(version, s.body, s.batch, notes));
  count(notes);
  s.batch.digest = hash128(request.body);
  TRY(const ingest::WriteOutcome outcome, parts_.ingester.admit(tenant, s.batch));
  // What the tenant's rules dropped is done with: senders take samples that were not written for failed ones.
  return Written{outcome.floats + outcome.floats_dropped, outcome.histograms + outcome.histograms_dropped, outcome.exemplars,
                 refusals(version, notes, outcome)};
}

http::Response WriteDoor::handle(const http::Request& request) {
  const Result<RemoteWriteVersion> version = check_headers(request);
  if (!version) return failure_text(version.error());
  const auto scratch = scratch_.take();
  const Result<Written> result = write(request, *version, *scratch);
  scratch->shrink();
  http::Response response;
  if (!result) {
    response = failure_text(result.error());
  } else if (!result->refusals.empty()) {
    response = failure_text({Code::kInvalid, result->refusals});
  } else {
    response.status = 204;
  }
  if (*version == RemoteWriteVersion::k2) {
    const Written written = result ? *result : Written{};
    add_header(response, "X-Prometheus-Remote-Write-Samples-Written", std::to_string(written.samples));
    add_header(response, "X-Prometheus-Remote-Write-Histograms-Written", std::to_string(written.histograms));
    add_header(response, "X-Prometheus-Remote-Write-Exemplars-Written", std::to_string(written.exemplars));
  }
  return response;
}

}  // namespace

void add_write_routes(http::Router& router, WriteParts parts) {
  const auto door = std::make_shared<WriteDoor>(parts);
  const http::RouteOptions options{
      .max_body_bytes = parts.max_compressed_bytes, .pool = std::string(kIngestPool), .gzip = false};
  for (const char* path : {"/api/v1/push", "/api/v1/write", "/prometheus/api/v1/write"}) {
    router.add({http::Method::kPost}, path, options,
               [door](const http::Request& request, Cancellation&) { return door->handle(request); });
  }
}

}  // namespace isobar::api
