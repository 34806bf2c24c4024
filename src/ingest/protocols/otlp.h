// Decodes OTLP metrics requests, in either encoding, into a batch.
//
// A decoder owns the memory that the batch's series point into: keep it until the batch is written. Reuse one per
// thread. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/protocols/otlp_json.h"
#include "ingest/protocols/otlp_protobuf.h"
#include "ingest/protocols/otlp_translator.h"

namespace isobar::ingest {

enum class OtlpEncoding { kProtobuf, kJson };

// From Content-Type, parameters aside: application/x-protobuf or application/json; anything else is kUnsupported and
// says what is understood.
Result<OtlpEncoding> otlp_encoding(std::string_view content_type);

// Bytes that reading takes beside the body, for budgets.
std::uint64_t otlp_memory(OtlpEncoding encoding, std::string_view body);

class OtlpDecoder {
 public:
  // `batch` and `notes` are replaced; `body` may be given room at its end; `held`, if given, grows with the batch.
  // kInvalid: the body is damaged; kTooLarge: labels expand past 128 MiB; kUnavailable: `held` could not grow. After an
  // error nothing may be used.
  Result<void> decode(OtlpEncoding encoding, std::string& body, const OtlpSettings& settings, model::WriteBatch& batch,
                      OtlpNotes& notes, telemetry::Reservation* held = nullptr);
  // Gives memory above a few megabytes back.
  void shrink();

 private:
  OtlpProtobufReader protobuf_;
  OtlpJsonReader json_;
  OtlpTranslator translator_;
};

}  // namespace isobar::ingest
