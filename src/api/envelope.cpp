#include "api/envelope.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/error_table.h"
#include "api/header_field.h"
#include "codec/json_writer.h"

namespace isobar::api {
namespace {

constexpr std::size_t kMaxShown = 10;

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out += fmt::format(",\"{}\":[", name);
  const std::size_t shown = std::min(texts.size(), kMaxShown);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i != 0) out.push_back(',');
    codec::append_json_string(out, texts[i]);
  }
  if (texts.size() > shown) out += fmt::format(",\"{} more {} annotations omitted\"", texts.size() - shown, name.substr(0, name.size() - 1));
  out.push_back(']');
}

void add_retry_after(const ErrorRow& row, http::Response& response) {
  if (row.retry_after_seconds != 0) add_header(response, "Retry-After", std::to_string(row.retry_after_seconds));
}

}  // namespace

std::string envelope_end(const Remarks& remarks) {
  std::string out;
  append_list(out, "warnings", remarks.warnings);
  append_list(out, "infos", remarks.infos);
  out.push_back('}');
  return out;
}

http::Response success(std::string_view data, const Remarks& remarks) {
  const std::string end = envelope_end(remarks);
  std::string body;
  body.reserve(kEnvelopeStart.size() + data.size() + end.size());
  body.append(kEnvelopeStart).append(data).append(end);
  return http::Response::json(200, std::move(body));
}

http::Response failure(const Error& error) {
  const ErrorRow& row = error_row(error.code);
  std::string body;
  codec::JsonWriter json(body);
  json.begin_object().field("status", "error").field("errorType", row.type).field("error", error.message).end_object();
  http::Response response = http::Response::json(row.status, std::move(body));
  add_retry_after(row, response);
  return response;
}

http::Response failure_text(const Error& error) {
  const ErrorRow& row = error_row(error.code);
  http::Response response = http::Response::text(row.status, error.message + "\n");
  add_retry_after(row, response);
  return response;
}

}  // namespace isobar::api
