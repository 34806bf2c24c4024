#include "ingest_log/metrics_payload.h"

#include "base/bytes.h"
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

void MetricsPayloadEncoder::encode(const model::WriteBatch& batch, const Selection& selection, std::string& out) {
  label_sets_.clear();
  position_of_series_.resize(batch.series.size());
  for (std::size_t i = 0; i < selection.series.size(); ++i) {
    position_of_series_[selection.series[i]] = static_cast<std::uint32_t>(i);
    put_bytes(label_sets_, batch.series[selection.series[i]]);
  }
  put_varint(out, selection.series.size());
  put_varint(out, label_sets_.size());
  put_bytes(out, codec::lz4_compress(label_sets_, packed_));

  bool starts = false;
  for (const std::uint32_t i : selection.floats) starts = starts || batch.floats[i].start_timestamp != 0;
  put_varint(out, selection.floats.size());
  put_u8(out, starts ? kFlagStartTimestamps : 0);
  std::int64_t series = -1;
  std::int64_t time = 0;
  for (const std::uint32_t i : selection.floats) {
    const auto& sample = batch.floats[i];
    const std::int64_t position = position_of_series_[sample.series];
    put_zigzag(out, position - series - 1);
    series = position;
    put_zigzag(out, static_cast<std::int64_t>(static_cast<std::uint64_t>(sample.timestamp) -
                                              static_cast<std::uint64_t>(time)));
    time = sample.timestamp;
    if (starts) put_zigzag(out, sample.start_timestamp);
  }
  for (const std::uint32_t i : selection.floats) put_f64(out, batch.floats[i].value);

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
  const std::uint64_t raw_size = in.varint();
  const std::string_view packed = in.bytes();
  if (!in.ok() || raw_size > packed.size() * kMaxRatio || count > raw_size) return false;
  const Result<std::string_view> raw = codec::lz4_decompress(packed, raw_size, label_sets_);
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

Result<void> MetricsPayload::decode(std::string_view payload) {
  PayloadReader in(payload);
  const bool ok = decode_series(in) && decode_floats(in) && decode_histograms(in) && decode_exemplars(in) &&
                  decode_metadata(in) && in.at_end();
  if (!ok) return fail(Code::kCorrupt, "metrics payload is damaged");
  return {};
}

}  // namespace isobar::ingest_log
