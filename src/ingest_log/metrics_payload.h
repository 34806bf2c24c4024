// Samples inside a record: a table of the name=value pairs that the record uses, series as references into it with
// their 128-bit hash, then samples in columns. Format and the measurement that chose it: docs/formats/record.md.
//
// The hash (hash128 of the canonical label bytes) lets a follower find a known series without rebuilding its labels.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "model/write_batch.h"

namespace isobar::ingest_log {

// Writes payloads from parts of batches. Reuse one per thread: its tables keep their memory. Not thread-safe.
class MetricsPayloadEncoder {
 public:
  MetricsPayloadEncoder();
  ~MetricsPayloadEncoder();

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
  // Appends the payload. Every sample's series must be in selection.series.
  void encode(const model::WriteBatch& batch, const Selection& selection, std::string& out);

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

// A decoded payload: views into the record's bytes. Reuse one per thread. Not thread-safe.
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

  // kCorrupt on any damage; nothing is half decoded.
  Result<void> decode(std::string_view payload);

  std::span<const Hash128> hashes() const { return hashes_; }
  // The canonical label bytes of series i, rebuilt into `out` (cleared first).
  void labels_of(std::uint32_t i, std::string& out) const;
  std::span<const FloatSample> floats() const { return floats_; }
  std::span<const HistogramSample> histograms() const { return histograms_; }
  std::span<const ExemplarSample> exemplars() const { return exemplars_; }
  std::span<const model::Metadata> metadata() const { return metadata_; }

 private:
  bool decode_series(class PayloadReader& in);
  bool decode_floats(class PayloadReader& in);
  bool decode_histograms(class PayloadReader& in);
  bool decode_exemplars(class PayloadReader& in);
  bool decode_metadata(class PayloadReader& in);

  std::vector<std::string_view> pairs_;  // canonical bytes of each pair
  std::vector<Hash128> hashes_;
  std::vector<std::uint32_t> pair_refs_;    // of all series, one after the other
  std::vector<std::uint32_t> series_start_;  // into pair_refs_; one more than series
  std::vector<FloatSample> floats_;
  std::vector<HistogramSample> histograms_;
  std::vector<ExemplarSample> exemplars_;
  std::vector<model::Metadata> metadata_;
};

}  // namespace isobar::ingest_log
