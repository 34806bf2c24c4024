// What a metric family is: type, help, unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace isobar::model {

// Numbers as in remote write 2.0; part of the record format.
enum class MetricType : std::uint8_t {
  kUnknown = 0,
  kCounter = 1,
  kGauge = 2,
  kHistogram = 3,
  kGaugeHistogram = 4,
  kSummary = 5,
  kInfo = 6,
  kStateset = 7
};

// "counter", "gauge", …, "unknown", as the HTTP API prints them.
std::string_view metric_type_name(MetricType type);
// Accepts the OpenMetrics and Prometheus text names ("untyped" is unknown); kUnknown for anything else.
MetricType parse_metric_type(std::string_view name);

struct Metadata {
  std::string metric;  // family name
  MetricType type = MetricType::kUnknown;
  std::string help;
  std::string unit;
  bool operator==(const Metadata&) const = default;
};

}  // namespace isobar::model
