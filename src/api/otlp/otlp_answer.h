// Answers of OTLP/HTTP: ExportMetricsServiceResponse and, for failures, google.rpc.Status, in the encoding of the request
// (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP Response"). Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "ingest/protocols/otlp.h"

namespace isobar::api {

// 200. With a message it is a partial success: `rejected` data points were not written, and none rejected is a warning.
http::Response otlp_success(ingest::OtlpEncoding encoding, std::uint64_t rejected, std::string_view message);

// The status of the error table, and Retry-After where the request should be sent again.
http::Response otlp_failure(ingest::OtlpEncoding encoding, const Error& error);

}  // namespace isobar::api
