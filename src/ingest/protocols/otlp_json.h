// Reads the JSON encoding of ExportMetricsServiceRequest (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"):
// trace and span ids are hexadecimal, 64-bit integers are numbers or strings, doubles may be the strings NaN, Infinity
// and -Infinity, null is an absent field, fields that are not known are skipped. Wider than the specification: names of
// enum values beside their numbers, and field names in snake_case.
//
// Reuse one reader per thread; not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/protocols/otlp_data.h"

namespace isobar::ingest {

// Bytes that reading `body` takes beside it: an upper bound that is found by counting its values.
std::uint64_t otlp_json_memory(std::string_view body);

class OtlpJsonReader {
 public:
  OtlpJsonReader();
  ~OtlpJsonReader();
  OtlpJsonReader(OtlpJsonReader&&) noexcept;
  OtlpJsonReader& operator=(OtlpJsonReader&&) noexcept;

  // `body` may be given room at its end, its text stays. kInvalid: no JSON, or a field of another form than it has; the
  // message names it, and what the consumer has got until then must not be used. Stops early, without an error, when the
  // consumer does.
  Result<void> read(std::string& body, OtlpConsumer& consumer);
  // Gives memory above a few megabytes back.
  void shrink();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isobar::ingest
