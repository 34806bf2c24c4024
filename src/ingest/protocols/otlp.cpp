#include "ingest/protocols/otlp.h"

#include <algorithm>

#include <fmt/format.h>

namespace isobar::ingest {

Result<OtlpEncoding> otlp_encoding(std::string_view content_type) {
  std::string media(content_type.substr(0, content_type.find(';')));
  while (!media.empty() && media.back() == ' ') media.pop_back();
  std::transform(media.begin(), media.end(), media.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (media == "application/x-protobuf") return OtlpEncoding::kProtobuf;
  if (media == "application/json") return OtlpEncoding::kJson;
  return fail(Code::kUnsupported,
              fmt::format("OTLP needs Content-Type application/x-protobuf or application/json, not \"{}\"", media.substr(0, 200)));
}

std::uint64_t otlp_memory(OtlpEncoding encoding, std::string_view body) {
  return encoding == OtlpEncoding::kJson ? otlp_json_memory(body) : 0;
}

Result<void> OtlpDecoder::decode(OtlpEncoding encoding, std::string& body, const OtlpSettings& settings,
                                 model::WriteBatch& batch, OtlpNotes& notes, telemetry::Reservation* held) {
  translator_.start(settings, batch, notes, held);
  if (encoding == OtlpEncoding::kJson) TRYV(json_.read(body, translator_));
  if (encoding == OtlpEncoding::kProtobuf) TRYV(protobuf_.read(body, translator_));
  return translator_.finish();
}

void OtlpDecoder::shrink() {
  json_.shrink();
  translator_.shrink();
}

}  // namespace isobar::ingest
