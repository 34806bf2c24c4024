// Names of OTLP as names of Prometheus: metrics, units, attributes. Rules:
// opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics, and where that is silent what Prometheus
// 3 answers, so that series of both have the same names. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/protocols/otlp_settings.h"

namespace isobar::ingest {

// What decides about suffixes.
enum class OtlpNameKind {
  kGauge,         // unit 1: _ratio
  kMonotonicSum,  // _total
  kOther
};

// kInvalid: nothing is left of the name.
Result<std::string> otlp_metric_name(const OtlpSettings& settings, std::string_view name, std::string_view unit,
                                     OtlpNameKind kind);

// "By/s" is "bytes_per_second", "{request}" is empty.
std::string otlp_unit_name(const OtlpSettings& settings, std::string_view unit);

// kInvalid: nothing but underscores is left of the key.
Result<std::string> otlp_label_name(const OtlpSettings& settings, std::string_view key);

}  // namespace isobar::ingest
