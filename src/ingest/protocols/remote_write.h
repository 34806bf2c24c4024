// Decodes Prometheus remote write 1.0 and 2.0 bodies (after snappy) without copying what it can view.
// Messages: prometheus/prometheus prompb/remote.proto, prompb/types.proto and
// prompb/io/prometheus/write/v2/types.proto; rules: prometheus.io/docs/specs/prw/remote_write_spec{,_2_0}.
//
// A decoder owns the memory that the batch's series point into: keep it until the batch is written. Reuse one per
// thread. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/protocols/plain_labels.h"
#include "ingest/protocols/symbol_labels.h"
#include "model/write_batch.h"

namespace isobar {
class ProtoReader;
}

namespace isobar::ingest {

enum class RemoteWriteVersion { k1, k2 };

// From Content-Type: "application/x-protobuf" or with proto=prometheus.WriteRequest is 1.0,
// proto=io.prometheus.write.v2.Request is 2.0; anything else is kUnsupported and says what is understood.
Result<RemoteWriteVersion> remote_write_version(std::string_view content_type);

// What was left out while decoding. Each kind keeps its own first few reasons, so that none hides another.
struct RemoteWriteNotes {
  struct LeftOut {
    std::uint64_t count = 0;
    std::vector<std::string> reasons;
    void add(std::string reason);
  };
  LeftOut series;      // bad labels, no metric name
  LeftOut histograms;  // of valid series, that fail validation
  LeftOut exemplars;   // of valid series
  LeftOut metadata;
  std::uint64_t invalid_samples = 0;  // floats and histograms of `series`, and `histograms`
};

class RemoteWriteDecoder {
 public:
  // `batch` is replaced. kInvalid: the protobuf is damaged; nothing may be used. kTooLarge: labels, or exemplars and
  // metadata, expand past 128 MiB (2.0, symbols referenced very often).
  Result<void> decode(RemoteWriteVersion version, std::string_view body, model::WriteBatch& batch,
                      RemoteWriteNotes& notes);
  // Gives memory above a few megabytes back.
  void shrink();

 private:
  struct Label {
    std::string_view name;
    std::string_view value;
  };
  struct MetadataText {
    model::MetricType type = model::MetricType::kUnknown;
    std::string_view help;
    std::string_view unit;
  };

  Result<void> decode_v1(std::string_view body);
  Result<void> decode_v2(std::string_view body);
  bool series_v1(std::string_view message);
  // As series_v1() and series_v2() for what nearly all series are: labels in order, short, not empty, in ASCII, before
  // one sample. False: it is not so, and nothing was done. In remote_write_plain.cpp.
  bool plain_series_v1(std::string_view message);
  bool plain_series_v2(std::string_view message);
  std::size_t room_behind(const char* at) const { return static_cast<std::size_t>(body_end_ - at); }
  char* reserve_canonical(std::size_t bytes);
  bool series_v2(std::string_view message);
  bool metadata_v1(std::string_view message);
  bool metadata_v2(std::string_view message, MetadataText& out);
  bool add_metadata(const MetadataText& text, std::string_view metric);
  bool label_refs(ProtoReader& field, std::vector<Label>& out, std::string_view& half);
  bool expand(std::size_t bytes);
  bool sample(std::string_view message, bool v2, std::uint32_t series);
  bool exemplar(std::string_view message, bool v2, std::uint32_t series);
  bool histogram(std::string_view message, bool v2, std::uint32_t series);

  // Adds the labels in labels_ as a series; false and a note when they are invalid.
  bool add_series(std::uint32_t& series);
  // A series whose set of so many bytes stands where reserve_canonical() said.
  void end_series(std::size_t bytes, const model::WriteBatch::Outline& outline);
  bool usable(std::string_view metric, std::string_view help, std::string_view unit);

  static constexpr std::size_t kMaxCanonicalBytes = 128ULL << 20;

  model::WriteBatch* batch_ = nullptr;
  RemoteWriteNotes* notes_ = nullptr;
  std::string canonical_;  // `used_` bytes of it; the rest is room
  std::size_t used_ = 0;
  const char* body_begin_ = nullptr;
  const char* body_end_ = nullptr;
  std::vector<std::size_t> series_ends_;
  std::vector<Label> labels_;
  std::vector<Label> exemplar_labels_;
  std::vector<std::string_view> symbols_;
  std::vector<PlainText> plain_symbols_;  // nothing where a symbol is not plain
  SymbolLabels symbol_labels_;
  std::size_t begin_of_last_set() const { return series_ends_.size() < 2 ? 0 : series_ends_[series_ends_.size() - 2]; }

  std::size_t symbol_set_ = 0;  // where its last set lies in canonical_
  std::vector<std::string_view> parts_;  // samples, histograms and exemplars of one series, until its labels are known
  std::vector<std::uint8_t> part_kinds_;
  bool too_large_ = false;
  std::size_t expanded_ = 0;  // bytes of exemplar labels and metadata
};

}  // namespace isobar::ingest
