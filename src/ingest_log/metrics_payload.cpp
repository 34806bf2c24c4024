#include "ingest_log/metrics_payload.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/check.h"

namespace isobar::ingest_log {
namespace {

struct ViewHasher {
  using is_avalanching = void;
  std::size_t operator()(std::string_view bytes) const noexcept { return hash64(bytes); }
};

inline std::uint64_t read_length(const char*& at) {
  std::uint64_t length = static_cast<unsigned char>(*at++);
  if (length < 0x80) return length;
  length &= 0x7f;
  for (unsigned shift = 7;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    length |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return length;
  }
}

// The canonical bytes of the next pair of a (trusted) label set.
inline std::string_view next_pair(const char*& at) {
  const char* start = at;
  at += read_length(at);
  at += read_length(at);
  return {start, static_cast<std::size_t>(at - start)};
}

constexpr std::uint8_t kFlagStartTimestamps = 1;

}  // namespace

struct MetricsPayloadEncoder::Tables {
  boost::unordered_flat_map<std::string_view, std::uint32_t, ViewHasher> refs;
  std::vector<std::string_view> pairs;
  // Pairs of the series before: neighbours share most labels at the same place, and comparing is cheaper than hashing.
  std::vector<std::string_view> previous_pairs;
  std::vector<std::uint32_t> previous_refs;
  std::vector<std::uint32_t> position_of_series;  // batch index -> payload index
  std::string series_bytes;

  void add_series(std::string_view canonical);
};

void MetricsPayloadEncoder::Tables::add_series(std::string_view canonical) {
  const char* at = canonical.data();
  const char* end = at + canonical.size();
  std::size_t n = 0;
  while (at != end) {
    const std::string_view pair = next_pair(at);
    if (n < previous_pairs.size() && previous_pairs[n] == pair) {
      ++n;
      continue;
    }
    const auto [found, added] = refs.try_emplace(pair, static_cast<std::uint32_t>(pairs.size()));
    if (added) pairs.push_back(pair);
    if (n < previous_pairs.size()) {
      previous_pairs[n] = pair;
      previous_refs[n] = found->second;
    } else {
      previous_pairs.push_back(pair);
      previous_refs.push_back(found->second);
    }
    ++n;
  }
  previous_pairs.resize(n);
  previous_refs.resize(n);
  put_varint(series_bytes, n);
  for (const std::uint32_t ref : previous_refs) put_varint(series_bytes, ref);
}

MetricsPayloadEncoder::MetricsPayloadEncoder() : tables_(std::make_unique<Tables>()) {}
MetricsPayloadEncoder::~MetricsPayloadEncoder() = default;

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
  Tables& t = *tables_;
  t.refs.clear();
  t.pairs.clear();
  t.previous_pairs.clear();
  t.previous_refs.clear();
  t.series_bytes.clear();
  t.position_of_series.resize(batch.series.size());
  for (std::size_t i = 0; i < selection.series.size(); ++i) {
    t.position_of_series[selection.series[i]] = static_cast<std::uint32_t>(i);
    t.add_series(batch.series[selection.series[i]]);
  }

  std::size_t pair_bytes = 0;
  for (const std::string_view pair : t.pairs) pair_bytes += pair.size();
  put_varint(out, t.pairs.size());
  put_varint(out, pair_bytes);
  for (const std::string_view pair : t.pairs) out.append(pair);
  put_varint(out, selection.series.size());
  for (const std::uint32_t s : selection.series) {
    put_u64(out, batch.hashes[s].low);
    put_u64(out, batch.hashes[s].high);
  }
  out.append(t.series_bytes);

  bool starts = false;
  for (const std::uint32_t i : selection.floats) starts = starts || batch.floats[i].start_timestamp != 0;
  put_varint(out, selection.floats.size());
  put_u8(out, starts ? kFlagStartTimestamps : 0);
  std::int64_t series = -1;
  std::int64_t time = 0;
  for (const std::uint32_t i : selection.floats) {
    const auto& sample = batch.floats[i];
    const std::int64_t position = t.position_of_series[sample.series];
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
    put_varint(out, t.position_of_series[sample.series]);
    put_zigzag(out, sample.timestamp);
    put_zigzag(out, sample.start_timestamp);
    model::encode_histogram(out, *sample.histogram);
  }
  put_varint(out, selection.exemplars.size());
  for (const std::uint32_t i : selection.exemplars) {
    const auto& sample = batch.exemplars[i];
    put_varint(out, t.position_of_series[sample.series]);
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
  pairs_.clear();
  const std::size_t pair_count = in.count(2);
  ByteReader pairs(in.bytes());
  pairs_.reserve(pair_count);
  for (std::size_t i = 0; i < pair_count && pairs.ok(); ++i) {
    const char* start = pairs.position();
    const std::string_view name = pairs.bytes();
    const std::string_view value = pairs.bytes();
    if (name.empty() || value.empty()) return false;
    pairs_.emplace_back(start, static_cast<std::size_t>(pairs.position() - start));
  }
  if (!pairs.ok() || !pairs.at_end()) return false;

  const std::size_t n = in.count(17);
  hashes_.resize(n);
  for (Hash128& hash : hashes_) {
    hash.low = in.u64();
    hash.high = in.u64();
  }
  pair_refs_.clear();
  series_start_.clear();
  series_start_.reserve(n + 1);
  for (std::size_t i = 0; i < n; ++i) {
    series_start_.push_back(static_cast<std::uint32_t>(pair_refs_.size()));
    const std::size_t refs = in.count(1);
    for (std::size_t r = 0; r < refs; ++r) {
      const std::uint64_t ref = in.varint();
      if (ref >= pairs_.size()) return false;
      pair_refs_.push_back(static_cast<std::uint32_t>(ref));
    }
  }
  series_start_.push_back(static_cast<std::uint32_t>(pair_refs_.size()));
  return in.ok();
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
    if (series < 0 || series >= static_cast<std::int64_t>(hashes_.size())) return false;
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
    if (!in.ok() || series >= hashes_.size()) return false;
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
    if (!in.ok() || series >= hashes_.size()) return false;
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

void MetricsPayload::labels_of(std::uint32_t i, std::string& out) const {
  out.clear();
  for (std::uint32_t r = series_start_[i]; r < series_start_[i + 1]; ++r) out.append(pairs_[pair_refs_[r]]);
}

}  // namespace isobar::ingest_log
