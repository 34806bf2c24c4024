// Writes the Prometheus text format 0.0.4: our own /metrics, and /federate. Names that are no identifiers are quoted
// as in text 1.0.0. A value; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/labels.h"
#include "model/metadata.h"
#include "telemetry/metrics.h"

namespace isobar::exposition {

inline constexpr std::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";

class TextWriter {
 public:
  // HELP (unless empty) and TYPE of the samples that follow.
  void family(std::string_view name, std::string_view type, std::string_view help);
  // One line. `labels` without __name__; `timestamp` in ms.
  void sample(std::string_view name, const std::vector<model::LabelView>& labels, double value,
              std::optional<std::int64_t> timestamp = std::nullopt);
  // The same for a label set that has __name__ in it.
  void sample(const model::Labels& labels, double value, std::optional<std::int64_t> timestamp = std::nullopt);

  std::string take() { return std::move(out_); }
  std::size_t size() const { return out_.size(); }

 private:
  std::string out_;
};

// The whole page for our own metrics.
std::string write_text(const std::vector<telemetry::MetricFamily>& families);

}  // namespace isobar::exposition
