// Samples inside a record: the label sets of its series in canonical form, LZ4-compressed, then samples in columns.
// Format and the measurement that chose it: docs/formats/record.md.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest_log/record.h"
#include "model/write_batch.h"

namespace isobar::ingest_log {

// Canonical bytes of the label sets of one payload; packed they are far fewer.
inline constexpr std::size_t kMaxLabelBytes = 16ULL << 20;

// Writes payloads from parts of batches. Reuse one per thread: its buffers keep their memory. Not thread-safe.
class MetricsPayloadEncoder {
 public:
  // Which samples of `batch` go into one payload. Indices into the batch's vectors, ascending.
  struct Selection {
    std::vector<std::uint32_t> series;
    std::vector<std::uint32_t> floats;
    std::vector<std::uint32_t> histograms;
    std::vector<std::uint32_t> exemplars;
    std::vector<std::uint32_t> metadata;
    void clear();
    bool empty() const;
  };
  // Appends the payload. Every sample's series must be in selection.series, whose label sets must not take
  // more than kMaxLabelBytes together.
  void encode(const model::WriteBatch& batch, const Selection& selection, std::string& out);

 private:
  std::size_t collect_differences(const model::WriteBatch& batch, const Selection& selection);
  void put_float_places(const model::WriteBatch& batch, const Selection& selection, bool starts,
                        std::string& out);

  std::vector<std::uint32_t> position_of_series_;  // batch index -> payload index
  std::string differences_;
  std::string packed_;
};

// A decoded payload; what it hands out lives until the next decode(). Reuse one per thread. Not thread-safe.
class MetricsPayload {
 public:
  struct FloatSample {
    std::uint32_t series;
    std::int64_t timestamp;
    double value;
    std::int64_t start_timestamp;
  };
  struct HistogramSample {
    std::uint32_t series;
    std::int64_t timestamp;
    std::int64_t start_timestamp;
    std::shared_ptr<const model::Histogram> histogram;
  };
  struct ExemplarSample {
    std::uint32_t series;
    model::Exemplar exemplar;
  };

  // `version`: of the record. kCorrupt on any damage; nothing is half decoded.
  Result<void> decode(std::string_view payload, std::uint8_t version = kRecordVersion);

  // The canonical label bytes of each series, as written: the caller checks them before it trusts their structure.
  std::span<const std::string_view> series() const { return series_; }
  std::span<const FloatSample> floats() const { return floats_; }
  std::span<const HistogramSample> histograms() const { return histograms_; }
  std::span<const ExemplarSample> exemplars() const { return exemplars_; }
  std::span<const model::Metadata> metadata() const { return metadata_; }

 private:
  bool decode_series(class PayloadReader& in);
  bool decode_whole_series(class PayloadReader& in);
  bool decode_floats(class PayloadReader& in);
  bool decode_histograms(class PayloadReader& in);
  bool decode_exemplars(class PayloadReader& in);
  bool decode_metadata(class PayloadReader& in);

  std::string unpacked_;
  std::string label_sets_;
  std::vector<std::string_view> series_;  // into label_sets_, of version 1 into unpacked_
  std::vector<FloatSample> floats_;
  std::vector<HistogramSample> histograms_;
  std::vector<ExemplarSample> exemplars_;
  std::vector<model::Metadata> metadata_;
};

}  // namespace isobar::ingest_log
