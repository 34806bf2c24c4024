#include "ingest_log/metrics_payload.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/equal_ends.h"
#include "codec/compression.h"

namespace isobar::ingest_log {
namespace {

// LZ4 cannot do better than 255 to 1; a record that claims more is damaged.
constexpr std::uint64_t kMaxRatio = 255;
constexpr std::uint8_t kFlagStartTimestamps = 1;

}  // namespace

void MetricsPayloadEncoder::Selection::clear() {
  series.clear();
  floats.clear();
  histograms.clear();
  exemplars.clear();
  metadata.clear();
}

bool MetricsPayloadEncoder::Selection::empty() const {
  return floats.empty() && histograms.empty() && exemplars.empty() && metadata.empty();
}

// Of each label set what it has in common with the one before, from either end, and what lies between: series
// of one target differ in a few bytes. Returns the bytes of all sets.
std::size_t MetricsPayloadEncoder::collect_differences(const model::WriteBatch& batch,
                                                       const Selection& selection) {
  differences_.clear();
  position_of_series_.resize(batch.series.size());
  std::string_view before;
  std::size_t bytes = 0;
  std::uint32_t position = 0;
  std::uint32_t next = UINT32_MAX;  // the series after `before` in the batch
  for (const std::uint32_t i : selection.series) {
    position_of_series_[i] = position++;
    const std::string_view set = batch.series[i];
    // What the door knows is not compared again.
    std::size_t head = 0, tail = 0;
    if (i < batch.outlines.size() && i == next) {
      head = batch.outlines[i].head;
      tail = batch.outlines[i].tail;
      CHECK(head + tail <= std::min(set.size(), before.size()));
    }
    next = i + 1;
    const std::size_t prefix = head + common_prefix(set.substr(head, set.size() - head - tail),
                                                    before.substr(head, before.size() - head - tail));
    const std::size_t suffix = tail + common_suffix(set.substr(prefix, set.size() - prefix - tail),
                                                    before.substr(prefix, before.size() - prefix - tail));
    put_varint(differences_, prefix);
    put_varint(differences_, suffix);
    put_bytes(differences_, set.substr(prefix, set.size() - prefix - suffix));
    bytes += set.size();
    before = set;
  }
  return bytes;
}

// Of each sample the distance to the one before, in series and time: nearly always two zeros.
void MetricsPayloadEncoder::put_float_places(const model::WriteBatch& batch, const Selection& selection,
                                             bool starts, std::string& out) {
  std::int64_t series = -1;
  std::uint64_t time = 0;
  for (const std::uint32_t i : selection.floats) {
    const auto& sample = batch.floats[i];
    const std::int64_t position = position_of_series_[sample.series];
    const std::int64_t skipped = position - series - 1;
    const auto elapsed = static_cast<std::int64_t>(static_cast<std::uint64_t>(sample.timestamp) - time);
    if (skipped == 0 && elapsed == 0) {
      out.append(2, '\0');
    } else {
      put_zigzag(out, skipped);
      put_zigzag(out, elapsed);
    }
    series = position;
    time = static_cast<std::uint64_t>(sample.timestamp);
    if (starts) put_zigzag(out, sample.start_timestamp);
  }
}

void MetricsPayloadEncoder::encode(const model::WriteBatch& batch, const Selection& selection,
                                   std::string& out) {
  const std::size_t label_bytes = collect_differences(batch, selection);
  CHECK(label_bytes <= kMaxLabelBytes);
  put_varint(out, selection.series.size());
  put_varint(out, label_bytes);
  put_varint(out, differences_.size());
  put_bytes(out, codec::lz4_compress(differences_, packed_));

  bool starts = false;
  for (const std::uint32_t i : selection.floats) starts = starts || batch.floats[i].start_timestamp != 0;
  put_varint(out, selection.floats.size());
  put_u8(out, starts ? kFlagStartTimestamps : 0);
  put_float_places(batch, selection, starts, out);
  // Values in one go: a place for all, then each.
  std::size_t at = out.size();
  out.resize(at + selection.floats.size() * sizeof(double));
  for (const std::uint32_t i : selection.floats) {
    std::memcpy(out.data() + at, &batch.floats[i].value, sizeof(double));
    at += sizeof(double);
  }

  put_varint(out, selection.histograms.size());
  for (const std::uint32_t i : selection.histograms) {
    const auto& sample = batch.histograms[i];
    put_varint(out, position_of_series_[sample.series]);
    put_zigzag(out, sample.timestamp);
    put_zigzag(out, sample.start_timestamp);
    model::encode_histogram(out, *sample.histogram);
  }
  put_varint(out, selection.exemplars.size());
  for (const std::uint32_t i : selection.exemplars) {
    const auto& sample = batch.exemplars[i];
    put_varint(out, position_of_series_[sample.series]);
    put_zigzag(out, sample.exemplar.timestamp.ms);
    put_f64(out, sample.exemplar.value);
    put_bytes(out, sample.exemplar.labels.encoded());
  }
  put_varint(out, selection.metadata.size());
  for (const std::uint32_t i : selection.metadata) {
    const auto& entry = batch.metadata[i];
    put_u8(out, static_cast<std::uint8_t>(entry.type));
    put_bytes(out, entry.metric);
    put_bytes(out, entry.help);
    put_bytes(out, entry.unit);
  }
}

class PayloadReader : public ByteReader {
 public:
  using ByteReader::ByteReader;
};

bool MetricsPayload::decode_series(PayloadReader& in) {
  const std::uint64_t count = in.varint();
  const std::uint64_t label_bytes = in.varint();
  const std::uint64_t raw_size = in.varint();
  const std::string_view packed = in.bytes();
  if (!in.ok() || raw_size > packed.size() * kMaxRatio || count > raw_size / 3 ||
      label_bytes > kMaxLabelBytes)
    return false;
  const Result<std::string_view> raw = codec::lz4_decompress(packed, raw_size, unpacked_);
  if (!raw) return false;
  if (label_sets_.size() < label_bytes) label_sets_.resize(label_bytes);
  series_.clear();
  series_.reserve(count);
  char* to = label_sets_.data();
  std::size_t left = label_bytes;
  std::string_view before(to, 0);
  ByteReader differences(*raw);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t prefix = differences.varint(), suffix = differences.varint();
    const std::string_view middle = differences.bytes();
    if (!differences.ok() || prefix > before.size() || suffix > before.size() - prefix ||
        prefix + middle.size() + suffix > left)
      return false;
    std::memcpy(to, before.data(), prefix);
    std::memcpy(to + prefix, middle.data(), middle.size());
    std::memcpy(to + prefix + middle.size(), before.data() + (before.size() - suffix), suffix);
    before = {to, prefix + middle.size() + suffix};
    series_.push_back(before);
    to += before.size();
    left -= before.size();
  }
  return differences.ok() && differences.at_end() && left == 0;
}

bool MetricsPayload::decode_whole_series(PayloadReader& in) {
  const std::uint64_t count = in.varint();
  const std::uint64_t raw_size = in.varint();
  const std::string_view packed = in.bytes();
  if (!in.ok() || raw_size > packed.size() * kMaxRatio || count > raw_size) return false;
  const Result<std::string_view> raw = codec::lz4_decompress(packed, raw_size, unpacked_);
  if (!raw) return false;
  ByteReader sets(*raw);
  series_.clear();
  series_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) series_.push_back(sets.bytes());
  return sets.ok() && sets.at_end();
}

bool MetricsPayload::decode_floats(PayloadReader& in) {
  const std::size_t n = in.count(10);
  const std::uint8_t flags = in.u8();
  if (flags > kFlagStartTimestamps) return false;
  floats_.resize(n);
  std::int64_t series = -1;
  std::uint64_t time = 0;
  for (FloatSample& sample : floats_) {
    // Unsigned, since damaged bytes may overflow.
    series = static_cast<std::int64_t>(static_cast<std::uint64_t>(series) + 1 +
                                       static_cast<std::uint64_t>(in.zigzag_varint()));
    time += static_cast<std::uint64_t>(in.zigzag_varint());
    if (series < 0 || series >= static_cast<std::int64_t>(series_.size())) return false;
    sample.series = static_cast<std::uint32_t>(series);
    sample.timestamp = static_cast<std::int64_t>(time);
    sample.start_timestamp = flags != 0 ? in.zigzag_varint() : 0;
  }
  for (FloatSample& sample : floats_) sample.value = in.f64();
  return in.ok();
}

bool MetricsPayload::decode_histograms(PayloadReader& in) {
  histograms_.clear();
  const std::size_t n = in.count(40);
  for (std::size_t i = 0; i < n; ++i) {
    HistogramSample sample{};
    const std::uint64_t series = in.varint();
    sample.timestamp = in.zigzag_varint();
    sample.start_timestamp = in.zigzag_varint();
    if (!in.ok() || series >= series_.size()) return false;
    sample.series = static_cast<std::uint32_t>(series);
    std::string_view rest(in.position(), in.remaining());
    Result<model::Histogram> histogram = model::decode_histogram(rest);
    if (!histogram) return false;
    in.take(in.remaining() - rest.size());
    sample.histogram = std::make_shared<const model::Histogram>(*std::move(histogram));
    histograms_.push_back(std::move(sample));
  }
  return in.ok();
}

bool MetricsPayload::decode_exemplars(PayloadReader& in) {
  exemplars_.clear();
  const std::size_t n = in.count(11);
  for (std::size_t i = 0; i < n; ++i) {
    ExemplarSample sample{};
    const std::uint64_t series = in.varint();
    sample.exemplar.timestamp.ms = in.zigzag_varint();
    sample.exemplar.value = in.f64();
    const std::string_view encoded = in.bytes();
    if (!in.ok() || series >= series_.size()) return false;
    Result<model::Labels> labels = model::Labels::parse_canonical(encoded);
    if (!labels) return false;
    sample.series = static_cast<std::uint32_t>(series);
    sample.exemplar.labels = *std::move(labels);
    exemplars_.push_back(std::move(sample));
  }
  return in.ok();
}

bool MetricsPayload::decode_metadata(PayloadReader& in) {
  metadata_.clear();
  const std::size_t n = in.count(4);
  for (std::size_t i = 0; i < n; ++i) {
    model::Metadata entry;
    entry.type = static_cast<model::MetricType>(in.u8());
    entry.metric = in.bytes();
    entry.help = in.bytes();
    entry.unit = in.bytes();
    if (!in.ok() || entry.type > model::MetricType::kStateset) return false;
    metadata_.push_back(std::move(entry));
  }
  return in.ok();
}

Result<void> MetricsPayload::decode(std::string_view payload, std::uint8_t version) {
  PayloadReader in(payload);
  const bool ok = (version == 1 ? decode_whole_series(in) : decode_series(in)) && decode_floats(in) &&
                  decode_histograms(in) && decode_exemplars(in) && decode_metadata(in) && in.at_end();
  if (!ok) return fail(Code::kCorrupt, "metrics payload is damaged");
  return {};
}

}  // namespace isobar::ingest_log
