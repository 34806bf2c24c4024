#include "api/otlp/otlp_api.h"

#include <utility>

#include <fmt/format.h>

#include "api/otlp/otlp_answer.h"
#include "api/read_route.h"
#include "base/scratch_pool.h"
#include "base/bytes.h"
#include "codec/compression.h"
#include "ingest/protocols/otlp.h"
#include "model/tenant.h"

namespace isobar::api {
namespace {

using ingest::OtlpEncoding;

// A tenant without a limit of its own still meets this one: a few bytes of gzip may become gigabytes.
constexpr std::uint64_t kLargestBody = 1ULL << 30;
// What is kept between requests.
constexpr std::size_t kKeptBytes = 16ULL << 20;

// Memory that is used again by the next request.
struct Scratch {
  std::string body;
  ingest::OtlpDecoder decoder;
  model::WriteBatch batch;
  ingest::OtlpNotes notes;

  void shrink() {
    if (body.capacity() > kKeptBytes) std::string().swap(body);
    if (batch.floats.capacity() * sizeof(batch.floats[0]) > kKeptBytes) batch = {};
    if (notes.point_of_float.capacity() * sizeof(notes.point_of_float[0]) > kKeptBytes) notes = {};
    decoder.shrink();
  }
};

// How many data points a request had, and what of them was not written.
struct Written {
  std::uint64_t points = 0;
  std::uint64_t rejected = 0;
  std::string reasons;  // empty: nothing was left out
};

class OtlpDoor {
 public:
  explicit OtlpDoor(OtlpParts parts)
      : parts_(std::move(parts)),
        points_(parts_.metrics.counter("isobar_otlp_data_points_total", "Data points of OTLP requests.")),
        rejected_(parts_.metrics.counter("isobar_otlp_rejected_data_points_total",
                                         "Data points that were refused, by their content or by limits.")),
        skipped_exemplars_(parts_.metrics.counter("isobar_otlp_skipped_exemplars_total",
                                                  "Exemplars left out because they are invalid.")),
        skipped_metadata_(parts_.metrics.counter("isobar_otlp_skipped_metadata_total",
                                                 "Metadata left out because it is invalid or too long.")) {}

  http::Response handle(const http::Request& request);

 private:
  ScratchPool<Scratch> scratch_;
  Result<void> unpack(const http::Request& request, std::string_view tenant, telemetry::Reservation& held,
                      std::string& body) const;
  Result<Written> write(const http::Request& request, OtlpEncoding encoding, Scratch& s);

  OtlpParts parts_;
  telemetry::Counter& points_;
  telemetry::Counter& rejected_;
  telemetry::Counter& skipped_exemplars_;
  telemetry::Counter& skipped_metadata_;
};

tl::unexpected<Error> busy() { return fail(Code::kUnavailable, "too many write requests are being decoded, send it again"); }

// What the last four bytes of a gzip body say; modulo 2^32, so larger bodies fail as damaged.
std::uint64_t declared_size(std::string_view gzip) {
  return gzip.size() < 4 ? 0 : ByteReader(gzip.substr(gzip.size() - 4)).u32();
}

Result<void> OtlpDoor::unpack(const http::Request& request, std::string_view tenant, telemetry::Reservation& held,
                              std::string& body) const {
  const std::string_view encoding = request.headers.get("content-encoding");
  const bool gzip = http::equals_ignoring_case(encoding, "gzip");
  if (!gzip && !encoding.empty() && !http::equals_ignoring_case(encoding, "identity")) {
    return fail(Code::kUnsupported, fmt::format("OTLP bodies may be compressed with gzip or not at all: send Content-Encoding: "
                                                "gzip, or none, not \"{}\"",
                                                encoding.substr(0, 100)));
  }
  const std::uint64_t limit = parts_.limits.of(tenant).max_body_bytes;
  const std::uint64_t size = gzip ? declared_size(request.body) : request.body.size();
  if (limit != 0 && size > limit) {
    return fail(Code::kTooLarge, fmt::format("request body is too large after decompression, send smaller batches or raise "
                                             "--limits.max-body-bytes (now {}): {} bytes",
                                             limit, size));
  }
  if (size > kLargestBody) return fail(Code::kTooLarge, fmt::format("request body is larger than {} bytes", kLargestBody));
  if (!held.try_grow(size)) return busy();
  if (!gzip) {
    body = request.body;
    return {};
  }
  Result<std::string> unpacked = codec::gzip_decompress(request.body, size);
  if (!unpacked && unpacked.error().code == Code::kTooLarge) {
    return fail(Code::kInvalid, "gzip body unpacks to more than its end says; send one gzip member");
  }
  TRY(body, std::move(unpacked));
  return {};
}

void append_clause(std::string& text, std::string_view clause) {
  if (!text.empty()) text += "; ";
  text += clause;
}

std::string reasons_of(const ingest::OtlpNotes& notes, const ingest::WriteOutcome& outcome) {
  std::string text;
  for (const std::string& reason : notes.reasons) append_clause(text, reason);
  if (outcome.refused != 0 || !outcome.reasons.empty()) append_clause(text, outcome.reason_text());
  for (const auto& [name, count] : {std::pair{"exemplars", notes.exemplars_left_out}, {"metadata", notes.metadata_left_out}}) {
    if (count != 0) append_clause(text, fmt::format("{} left out: {}", name, count));
  }
  return text;
}

Result<Written> OtlpDoor::write(const http::Request& request, OtlpEncoding encoding, Scratch& s) {
  TRY(const std::string tenant, model::parse_tenant(request.headers.get("x-scope-orgid")));
  telemetry::Reservation held;
  if (parts_.decode_memory != nullptr) held = telemetry::Reservation(*parts_.decode_memory);
  TRYV(unpack(request, tenant, held, s.body));
  if (!held.try_grow(ingest::otlp_memory(encoding, s.body))) return busy();
  const std::shared_ptr<const ingest::OtlpSettings> settings = parts_.settings();
  TRYV(s.decoder.decode(encoding, s.body, *settings, s.batch, s.notes, &held));
  ingest::RefusedSamples refused;
  s.batch.digest = hash128(request.body);
  TRY(const ingest::WriteOutcome outcome, parts_.ingester.admit(tenant, s.batch, &refused));
  const std::uint64_t rejected = s.notes.rejected + otlp_points_of(s.notes, refused.floats, refused.histograms);
  points_.add(s.notes.points);
  rejected_.add(rejected);
  skipped_exemplars_.add(s.notes.exemplars_left_out);
  skipped_metadata_.add(s.notes.metadata_left_out);
  return Written{s.notes.points, rejected, reasons_of(s.notes, outcome)};
}

http::Response OtlpDoor::handle(const http::Request& request) {
  const Result<OtlpEncoding> encoding = ingest::otlp_encoding(request.headers.get("content-type"));
  if (!encoding) return otlp_failure(OtlpEncoding::kJson, encoding.error());
  const auto scratch = scratch_.take();
  const Result<Written> written = write(request, *encoding, *scratch);
  scratch->shrink();
  if (!written) return otlp_failure(*encoding, written.error());
  // Nothing was taken, and sending it again will not help.
  if (written->rejected != 0 && written->rejected == written->points) {
    return otlp_failure(*encoding, {Code::kInvalid, written->reasons});
  }
  return otlp_success(*encoding, written->rejected, written->reasons);
}

}  // namespace

void add_otlp_routes(http::Router& router, OtlpParts parts) {
  const http::RouteOptions options{
      .max_body_bytes = parts.max_compressed_bytes, .pool = std::string(kIngestPool), .gzip = false};
  const auto door = std::make_shared<OtlpDoor>(std::move(parts));
  for (const char* path : {"/otlp/v1/metrics", "/api/v1/otlp/v1/metrics", "/prometheus/api/v1/otlp/v1/metrics"}) {
    router.add({http::Method::kPost}, path, options,
               [door](const http::Request& request, Cancellation&) { return door->handle(request); });
  }
}

}  // namespace isobar::api
