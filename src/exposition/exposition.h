// Parses metrics as targets expose them. Formats: docs of prometheus.io "Exposition formats" (0.0.4, and 1.0.0 with
// quoted UTF-8 names), OpenMetrics 1.0.0, and the io.prometheus.client.MetricFamily stream with native histograms.
//
// Pure functions; thread-safe. Views in events live until the callback returns, those into the body as long as it does.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "model/exemplar.h"
#include "model/histogram.h"
#include "model/labels.h"
#include "model/metadata.h"

namespace isobar::exposition {

enum class Format { kText, kOpenMetrics, kProtobuf };

// By media type; empty for one that is no exposition format (or for no media type).
std::optional<Format> format_of(std::string_view content_type);

struct ExemplarEvent {
  model::Labels labels;
  double value = 0;
  std::optional<std::int64_t> timestamp;  // ms
};

struct SampleEvent {
  // Identifies the series within this format and target: equal bytes, equal series. See decode_series().
  std::string_view series;
  model::MetricType type = model::MetricType::kUnknown;  // of its family
  double value = 0;
  std::shared_ptr<const model::Histogram> histogram;  // then `value` is its sum
  std::optional<std::int64_t> timestamp;              // ms, if the target gave one
  std::int64_t start_timestamp = 0;                   // ms, from _created or created_timestamp; 0: unknown
  std::span<const ExemplarEvent> exemplars;
};

enum class MetadataKind { kType, kHelp, kUnit };
struct MetadataEvent {
  std::string_view metric;  // family name, unescaped
  MetadataKind kind;
  model::MetricType type;  // for kType
  std::string_view text;   // for kHelp and kUnit, unescaped
};

enum class Next { kContinue, kStop };

class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual Next on_sample(const SampleEvent& sample) = 0;
  virtual Next on_metadata(const MetadataEvent&) { return Next::kContinue; }
};

struct ParseOptions {
  // Protobuf: false takes only the classic part of histograms.
  bool native_histograms = true;
  // Protobuf: give the classic series of a histogram also when it has a native form.
  bool always_classic_histograms = false;
};

// Calls the visitor in order of the body. kStop ends the parse successfully. Errors are kInvalid and name the line
// (texts) or the message number (protobuf); events before the error have been given.
Result<void> parse(Format format, std::string_view body, Visitor& visitor, ParseOptions options = {});

// The labels of SampleEvent::series with the metric name as __name__, in order of appearance, empty values included.
// The views point into `series` or `arena`. le and quantile are normalised as OpenMetrics writes them (1 → 1.0) for
// histograms and summaries. kInvalid: bad syntax, repeated label name, invalid UTF-8.
Result<void> decode_series(Format format, std::string_view series, model::MetricType type, Arena& arena,
                           std::vector<model::LabelView>& labels);

}  // namespace isobar::exposition
