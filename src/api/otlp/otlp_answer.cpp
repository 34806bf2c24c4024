#include "api/otlp/otlp_answer.h"

#include "api/error_table.h"
#include "api/header_field.h"
#include "base/bytes.h"
#include "codec/json_writer.h"

namespace isobar::api {
namespace {

using ingest::OtlpEncoding;

// google.rpc.Code.
int rpc_code(Code code) {
  switch (code) {
    case Code::kInvalid:
    case Code::kUnprocessable:
    case Code::kUnsupported: return 3;   // INVALID_ARGUMENT
    case Code::kNotFound: return 5;      // NOT_FOUND
    case Code::kTooLarge:
    case Code::kRateLimited: return 8;   // RESOURCE_EXHAUSTED
    case Code::kConflict: return 10;     // ABORTED
    case Code::kUnavailable: return 14;  // UNAVAILABLE
    case Code::kTimeout: return 4;       // DEADLINE_EXCEEDED
    case Code::kCancelled: return 1;     // CANCELLED
    case Code::kCorrupt: return 15;      // DATA_LOSS
    case Code::kInternal: break;
  }
  return 13;  // INTERNAL
}

void put_field(std::string& out, std::uint32_t field, std::string_view bytes) {
  put_varint(out, field << 3 | 2);
  put_bytes(out, bytes);
}
void put_field(std::string& out, std::uint32_t field, std::uint64_t number) {
  put_varint(out, field << 3);
  put_varint(out, number);
}

http::Response response(OtlpEncoding encoding, int status, std::string body) {
  if (encoding == OtlpEncoding::kJson) return http::Response::json(status, std::move(body));
  http::Response out;
  out.status = status;
  out.content_type = "application/x-protobuf";
  out.body = std::move(body);
  return out;
}

std::string success_protobuf(std::uint64_t rejected, std::string_view message) {
  std::string partial, body;
  if (rejected != 0) put_field(partial, 1, rejected);
  put_field(partial, 2, message);
  put_field(body, 1, partial);
  return body;
}

// 64-bit integers are strings in the JSON of protobuf.
std::string success_json(std::uint64_t rejected, std::string_view message) {
  std::string body;
  codec::JsonWriter json(body);
  json.begin_object().key("partialSuccess").begin_object();
  if (rejected != 0) json.field("rejectedDataPoints", std::string_view(std::to_string(rejected)));
  json.field("errorMessage", message).end_object().end_object();
  return body;
}

std::string status_protobuf(const Error& error) {
  std::string body;
  put_field(body, 1, static_cast<std::uint64_t>(rpc_code(error.code)));
  put_field(body, 2, error.message);
  return body;
}

std::string status_json(const Error& error) {
  std::string body;
  codec::JsonWriter json(body);
  json.begin_object().key("code").integer(rpc_code(error.code)).field("message", error.message).end_object();
  return body;
}

}  // namespace

http::Response otlp_success(OtlpEncoding encoding, std::uint64_t rejected, std::string_view message) {
  const bool as_json = encoding == OtlpEncoding::kJson;
  if (message.empty()) return response(encoding, 200, as_json ? "{}" : "");
  return response(encoding, 200, as_json ? success_json(rejected, message) : success_protobuf(rejected, message));
}

http::Response otlp_failure(OtlpEncoding encoding, const Error& error) {
  const ErrorRow& row = error_row(error.code);
  http::Response out =
      response(encoding, row.status, encoding == OtlpEncoding::kJson ? status_json(error) : status_protobuf(error));
  if (row.retry_after_seconds != 0) add_header(out, "Retry-After", std::to_string(row.retry_after_seconds));
  return out;
}

}  // namespace isobar::api
