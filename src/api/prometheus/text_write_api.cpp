#include "api/prometheus/text_write_api.h"

#include <memory>

#include <fmt/format.h>

#include "api/envelope.h"
#include "api/parameters.h"
#include "api/read_route.h"
#include "base/bytes.h"
#include "codec/compression.h"
#include "ingest/protocols/influx_line.h"
#include "ingest/protocols/prometheus_text.h"
#include "model/tenant.h"

namespace isobar::api {
namespace {

constexpr std::uint64_t kLargestBody = 1ULL << 30;  // of a tenant without a limit
constexpr std::size_t kMaxExtraLabels = 32;

tl::unexpected<Error> busy() { return fail(Code::kUnavailable, "too many write requests are being decoded, send it again"); }

// What was sent and who sent it. `body` points into the request or into `unpacked`.
struct Sent {
  std::string tenant;
  telemetry::Reservation held;
  std::string unpacked;
  std::string_view body;
};

// The size that gzip promises at its end, modulo 2^32; a larger body fails as one that unpacks to more.
std::uint64_t promised_size(std::string_view gzip) {
  return gzip.size() < 4 ? 0 : ByteReader(gzip.substr(gzip.size() - 4)).u32();
}

class TextDoor {
 public:
  explicit TextDoor(TextWriteParts parts)
      : parts_(std::move(parts)),
        lines_left_out_(parts_.metrics.counter("isobar_influx_left_out_lines_total", "Lines of InfluxDB's protocol that could not be read.")),
        strings_left_out_(parts_.metrics.counter("isobar_influx_left_out_strings_total",
                                                 "Fields of InfluxDB's protocol left out because they are strings.")) {}

  http::Response influx(const http::Request& request, bool with_database) {
    return answer([&]() -> Result<std::string> {
      Sent sent;
      TRYV(receive(request, sent));
      ingest::InfluxOptions options;
      TRY(options.unit_ns, ingest::influx_precision(request.query.get("precision")));
      options.now_ms = parts_.clock.now().ms;
      if (with_database) options.database = request.query.get("db");
      ingest::InfluxDecoder decoder;
      ingest::InfluxNotes notes;
      model::WriteBatch batch;
      TRYV(decoder.decode(sent.body, options, batch, notes, &sent.held));
      lines_left_out_.add(notes.lines_left_out);
      strings_left_out_.add(notes.strings_left_out);
      TRY(const std::string refused, write(sent, batch));
      return influx_refusals(notes, refused);
    });
  }

  http::Response import(const http::Request& request) {
    return answer([&]() -> Result<std::string> {
      Sent sent;
      TRYV(receive(request, sent));
      TRY(const ingest::ImportOptions options, import_options(request));
      ingest::PrometheusTextDecoder decoder;
      model::WriteBatch batch;
      TRYV(decoder.decode(sent.body, options, batch, &sent.held));
      return write(sent, batch);
    });
  }

 private:
  // `work` gives what was refused; empty: nothing.
  template <class Work>
  static http::Response answer(const Work& work) {
    const Result<std::string> refused = work();
    if (!refused) return failure_text(refused.error());
    return refused->empty() ? http::Response{.status = 204} : failure_text({Code::kInvalid, *refused});
  }

  Result<void> receive(const http::Request& request, Sent& sent) const {
    TRY(sent.tenant, model::parse_tenant(request.headers.get("x-scope-orgid")));
    if (parts_.decode_memory != nullptr) sent.held = telemetry::Reservation(*parts_.decode_memory);
    const std::string_view encoding = request.headers.get("content-encoding");
    const bool gzip = http::equals_ignoring_case(encoding, "gzip") || http::equals_ignoring_case(encoding, "x-gzip");
    if (!gzip && !encoding.empty() && !http::equals_ignoring_case(encoding, "identity")) {
      return fail(Code::kUnsupported, fmt::format("bodies may be compressed with gzip or not at all: send Content-Encoding: gzip, or "
                                                  "none, not \"{}\"",
                                                  encoding.substr(0, 100)));
    }
    const std::uint64_t limit = parts_.limits.of(sent.tenant).max_body_bytes;
    const std::uint64_t size = gzip ? promised_size(request.body) : request.body.size();
    if (limit != 0 && size > limit) {
      return fail(Code::kTooLarge, fmt::format("request body is too large after decompression, send smaller batches or raise "
                                               "--limits.max-body-bytes (now {}): {} bytes",
                                               limit, size));
    }
    if (size > kLargestBody) return fail(Code::kTooLarge, fmt::format("request body is larger than {} bytes", kLargestBody));
    // Twice: the bytes, and the samples that are decoded from them; labels are counted while they are made.
    if (!sent.held.try_grow(2 * size)) return busy();
    sent.body = request.body;
    if (!gzip) return {};
    Result<std::string> unpacked = codec::gzip_decompress(request.body, size);
    if (!unpacked && unpacked.error().code == Code::kTooLarge) {
      return fail(Code::kInvalid, "gzip body unpacks to more than its end says; send one gzip member");
    }
    TRY(sent.unpacked, std::move(unpacked));
    sent.body = sent.unpacked;
    return {};
  }

  Result<ingest::ImportOptions> import_options(const http::Request& request) const {
    ingest::ImportOptions options;
    options.format = exposition::format_of(request.headers.get("content-type")).value_or(exposition::Format::kText);
    TRY(const std::optional<std::int64_t> timestamp, integer_parameter(request.query, "timestamp"));
    options.default_ms = timestamp.value_or(parts_.clock.now().ms);
    for (const std::string& label : request.query.all("extra_label")) {
      const std::size_t end = label.find('=');
      if (end == 0 || end == std::string::npos) return fail(invalid_parameter("extra_label", "must be written name=value"));
      options.extra_labels.emplace_back(label.substr(0, end), label.substr(end + 1));
    }
    if (options.extra_labels.size() > kMaxExtraLabels) {
      return fail(invalid_parameter("extra_label", fmt::format("is there more than {} times", kMaxExtraLabels)));
    }
    return options;
  }

  Result<std::string> write(const Sent& sent, model::WriteBatch& batch) {
    if (batch.empty()) return std::string();
    batch.digest = hash128(sent.body);
    TRY(const ingest::WriteOutcome outcome, parts_.ingester.admit(sent.tenant, batch));
    return outcome.refused == 0 && outcome.reasons.empty() ? std::string() : outcome.reason_text();
  }

  static std::string influx_refusals(const ingest::InfluxNotes& notes, const std::string& by_limits) {
    std::string text;
    for (const std::string& reason : notes.reasons) text += reason + "; ";
    if (notes.lines_left_out != 0) text += fmt::format("lines left out: {}; ", notes.lines_left_out);
    text += by_limits;
    if (text.ends_with("; ")) text.resize(text.size() - 2);
    return text;
  }

  TextWriteParts parts_;
  telemetry::Counter& lines_left_out_;
  telemetry::Counter& strings_left_out_;
};

}  // namespace

void add_text_write_routes(http::Router& router, TextWriteParts parts) {
  const http::RouteOptions options{.max_body_bytes = parts.max_body_bytes, .pool = std::string(kIngestPool), .gzip = false};
  const auto door = std::make_shared<TextDoor>(std::move(parts));
  for (const auto& [path, with_database] : {std::pair{"/api/v1/push/influx/write", false}, {"/write", true}, {"/api/v2/write", true}}) {
    router.add({http::Method::kPost}, path, options,
               [door, with = with_database](const http::Request& request, Cancellation&) { return door->influx(request, with); });
  }
  for (const char* path : {"/api/v1/import/prometheus", "/prometheus/api/v1/import/prometheus"}) {
    router.add({http::Method::kPost}, path, options, [door](const http::Request& request, Cancellation&) { return door->import(request); });
  }
}

}  // namespace isobar::api
