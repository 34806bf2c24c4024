#include "model/metadata.h"

#include <array>

namespace isobar::model {
namespace {
constexpr std::array<std::string_view, 8> kNames{"unknown",        "counter", "gauge", "histogram",
                                                 "gaugehistogram", "summary", "info",  "stateset"};
}

std::string_view metric_type_name(MetricType type) {
  const auto i = static_cast<std::size_t>(type);
  return i < kNames.size() ? kNames[i] : kNames[0];
}

MetricType parse_metric_type(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<MetricType>(i);
  }
  return MetricType::kUnknown;
}

}  // namespace isobar::model
