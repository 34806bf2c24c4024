#include "ingest/protocols/remote_write.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "codec/protobuf.h"
#include "ingest/protocols/plain_labels.h"
#include "ingest/protocols/remote_write_histogram.h"

namespace isobar::ingest {
namespace {

constexpr std::size_t kMaxNotes = 5;
constexpr std::size_t kMaxMetadataText = 4096;
constexpr std::size_t kMaxExemplarCharacters = 128;  // as OpenMetrics and Prometheus have it
constexpr std::uint8_t kSample = 0;
constexpr std::uint8_t kExemplar = 1;
constexpr std::uint8_t kHistogram = 2;

tl::unexpected<Error> damaged(std::string_view what) {
  return fail(Code::kInvalid, fmt::format("remote write body is not valid protobuf: {}", what));
}

std::size_t varint_size(std::uint64_t v) {
  std::size_t n = 1;
  for (; v >= 0x80; v >>= 7) ++n;
  return n;
}

char* write_field(char* to, std::string_view bytes) {
  std::uint64_t n = bytes.size();
  while (n >= 0x80) {
    *to++ = static_cast<char>(n | 0x80);
    n >>= 7;
  }
  *to++ = static_cast<char>(n);
  std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

// Label{name=1, value=2}: nearly always exactly "0a <n> name 12 <m> value" with lengths below 128.
template <class Label>
bool parse_label(std::string_view message, Label& label) {
  const char* p = message.data();
  const std::size_t size = message.size();
  if (size >= 4 && p[0] == 0x0a && static_cast<unsigned char>(p[1]) < 0x80) {
    const std::size_t name = static_cast<unsigned char>(p[1]);
    if (name + 4 <= size && p[name + 2] == 0x12 && static_cast<unsigned char>(p[name + 3]) < 0x80 &&
        name + 4 + static_cast<unsigned char>(p[name + 3]) == size) {
      label.name = {p + 2, name};
      label.value = {p + name + 4, size - name - 4};
      return true;
    }
  }
  label = {};
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1) label.name = in.bytes();
    if (in.field() == 2) label.value = in.bytes();
  }
  return !in.failed();
}

// Numbers of types that are not known yet are "unknown", not the nearest one.
model::MetricType metric_type(std::int32_t raw) {
  return raw < 0 || raw > 7 ? model::MetricType::kUnknown : static_cast<model::MetricType>(raw);
}

}  // namespace

Result<RemoteWriteVersion> remote_write_version(std::string_view content_type) {
  const std::string_view media = content_type.substr(0, content_type.find(';'));
  if (media == "application/x-protobuf") {
    const std::size_t at = content_type.find("proto=");
    if (at == std::string_view::npos) return RemoteWriteVersion::k1;
    std::string_view proto = content_type.substr(at + 6);
    proto = proto.substr(0, proto.find_first_of("; "));
    if (proto == "prometheus.WriteRequest") return RemoteWriteVersion::k1;
    if (proto == "io.prometheus.write.v2.Request") return RemoteWriteVersion::k2;
  }
  return fail(Code::kUnsupported,
              fmt::format("remote write needs Content-Type application/x-protobuf, with proto=prometheus.WriteRequest or "
                          "proto=io.prometheus.write.v2.Request, not \"{}\"",
                          content_type.substr(0, 200)));
}

void RemoteWriteNotes::LeftOut::add(std::string reason) {
  ++count;
  if (reasons.size() < kMaxNotes) reasons.push_back(std::move(reason));
}

Result<void> RemoteWriteDecoder::decode(RemoteWriteVersion version, std::string_view body, model::WriteBatch& batch,
                                        RemoteWriteNotes& notes) {
  batch.clear();
  batch_ = &batch;
  notes_ = &notes;
  used_ = 0;
  body_begin_ = body.data();
  body_end_ = body_begin_ + body.size();
  series_ends_.clear();
  too_large_ = false;
  expanded_ = 0;
  const Result<void> decoded = version == RemoteWriteVersion::k1 ? decode_v1(body) : decode_v2(body);
  if (too_large_) return fail(Code::kTooLarge, fmt::format("labels of one request take more than {} bytes", kMaxCanonicalBytes));
  TRYV(decoded);
  std::size_t start = 0;
  batch.series.reserve(series_ends_.size());
  for (const std::size_t end : series_ends_) {
    batch.add_series(std::string_view(canonical_).substr(start, end - start));
    start = end;
  }
  return {};
}

void RemoteWriteDecoder::shrink() {
  constexpr std::size_t kKeep = 16ULL << 20;
  if (canonical_.capacity() > kKeep) std::string().swap(canonical_);
  if (symbols_.capacity() * sizeof(std::string_view) > kKeep) std::vector<std::string_view>().swap(symbols_);
  if (plain_symbols_.capacity() * sizeof(PlainText) > kKeep) std::vector<PlainText>().swap(plain_symbols_);
}

Result<void> RemoteWriteDecoder::decode_v1(std::string_view body) {
  ProtoReader in(body);
  while (in.next()) {
    if (in.field() == 1 && !series_v1(in.bytes())) return damaged("timeseries");
    if (in.field() == 3 && !metadata_v1(in.bytes())) return damaged("metadata");
    if (in.failed()) break;
  }
  if (in.failed()) return damaged("message is cut short or of another type");
  return {};
}

bool RemoteWriteDecoder::series_v1(std::string_view message) {
  if (plain_series_v1(message)) return true;
  labels_.clear();
  parts_.clear();
  part_kinds_.clear();
  ProtoReader in(message);
  while (in.next()) {
    switch (in.field()) {
      case 1: {
        Label label;
        if (!parse_label(in.bytes(), label)) return false;
        labels_.push_back(label);
        break;
      }
      case 2:
      case 3:
      case 4:
        parts_.push_back(in.bytes());
        part_kinds_.push_back(static_cast<std::uint8_t>(in.field() - 2));
        break;
      default: break;
    }
  }
  if (in.failed()) return false;
  std::uint32_t series = 0;
  if (!add_series(series)) return !too_large_;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const bool ok = part_kinds_[i] == kSample     ? sample(parts_[i], false, series)
                    : part_kinds_[i] == kExemplar ? exemplar(parts_[i], false, series)
                                                  : histogram(parts_[i], false, series);
    if (!ok) return false;
  }
  return true;
}

bool RemoteWriteDecoder::add_series(std::uint32_t& series) {
  const auto invalid = [&](std::string reason) {
    const auto exemplars = std::count(part_kinds_.begin(), part_kinds_.end(), kExemplar);
    notes_->invalid_samples += part_kinds_.size() - static_cast<std::size_t>(exemplars);
    notes_->series.add(std::move(reason));
    return false;
  };
  bool sorted = true;
  bool named = false;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    const Label& label = labels_[i];
    if (label.name.empty()) return invalid("label name is empty");
    sorted = sorted && (i == 0 || labels_[i - 1].name < label.name);
    named = named || (label.name == model::kMetricName && !label.value.empty());
    bytes += varint_size(label.name.size()) + label.name.size() + varint_size(label.value.size()) + label.value.size();
  }
  if (!named) return invalid("series has no metric name (label __name__)");
  if (!sorted) {
    std::sort(labels_.begin(), labels_.end(), [](const Label& a, const Label& b) { return a.name < b.name; });
    for (std::size_t i = 1; i < labels_.size(); ++i) {
      if (labels_[i - 1].name == labels_[i].name) {
        return invalid(fmt::format("label name is there twice: {}", labels_[i].name.substr(0, 120)));
      }
    }
  }
  char* const start = reserve_canonical(bytes);
  if (start == nullptr) return false;
  char* to = start;
  for (const Label& label : labels_) {
    if (label.value.empty()) continue;
    to = write_field(to, label.name);
    to = write_field(to, label.value);
  }
  const auto written = static_cast<std::size_t>(to - start);
  // Lengths from 128 on look like non-ASCII bytes too; then each label is looked at.
  if (!is_ascii({start, written})) {
    for (const Label& label : labels_) {
      if (label.value.empty()) continue;
      if (!is_valid_utf8(label.name) || !is_valid_utf8(label.value)) {
        return invalid("label name or value is not valid UTF-8");
      }
    }
  }
  series = static_cast<std::uint32_t>(series_ends_.size());
  end_series(written, {});
  return true;
}

void RemoteWriteDecoder::end_series(std::size_t bytes, const model::WriteBatch::Outline& outline) {
  used_ += bytes;
  series_ends_.push_back(used_);
  batch_->outlines.push_back(outline);
}

// Room behind what is used, or nullptr and too_large_.
char* RemoteWriteDecoder::reserve_canonical(std::size_t bytes) {
  if (used_ + bytes > kMaxCanonicalBytes) {
    too_large_ = true;
    return nullptr;
  }
  const std::size_t need = used_ + bytes + kCopyRoom;
  if (canonical_.size() < need) {
    // Of 1.0 it is all that will be needed: canonical labels are shorter than the body that they come from.
    const std::size_t likely = std::max(static_cast<std::size_t>(body_end_ - body_begin_), canonical_.size() * 3 / 2);
    canonical_.resize(std::max(need, std::min(likely, kMaxCanonicalBytes) + kCopyRoom));
  }
  return canonical_.data() + used_;
}

bool RemoteWriteDecoder::sample(std::string_view message, bool v2, std::uint32_t series) {
  model::WriteBatch::FloatSample out{series, 0, 0, 0};
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1) out.value = in.float64();
    if (in.field() == 2) out.timestamp = in.int64();
    if (in.field() == 3 && v2) out.start_timestamp = in.int64();
  }
  batch_->floats.push_back(out);
  return !in.failed();
}

bool RemoteWriteDecoder::exemplar(std::string_view message, bool v2, std::uint32_t series) {
  exemplar_labels_.clear();
  model::WriteBatch::ExemplarSample out{series, {}};
  std::string_view half;
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1 && !v2) {
      Label label;
      if (!parse_label(in.bytes(), label)) return false;
      exemplar_labels_.push_back(label);
    } else if (in.field() == 1) {
      if (!label_refs(in, exemplar_labels_, half)) return false;
    }
    if (in.field() == 2) out.exemplar.value = in.float64();
    if (in.field() == 3) out.exemplar.timestamp.ms = in.int64();
  }
  if (in.failed() || half.data() != nullptr) return false;
  std::vector<model::LabelView> pairs;
  std::size_t characters = 0;
  std::size_t bytes = 0;
  for (const Label& label : exemplar_labels_) {
    bytes += label.name.size() + label.value.size();
    // Before anything walks the text: a symbol of megabytes may be named by every exemplar of a request.
    if (bytes > kMaxExemplarCharacters * 4) characters = kMaxExemplarCharacters + 1;
    if (characters > kMaxExemplarCharacters) break;
    if (label.name.empty() || !is_valid_utf8(label.name) || !is_valid_utf8(label.value)) {
      notes_->exemplars.add("exemplar has an invalid label");
      return true;
    }
    characters += utf8_length(label.name) + utf8_length(label.value);
    pairs.push_back({label.name, label.value});
  }
  if (characters > kMaxExemplarCharacters) {
    notes_->exemplars.add(fmt::format("labels of an exemplar are longer than {} characters", kMaxExemplarCharacters));
    return true;
  }
  if (!expand(bytes)) return false;
  out.exemplar.labels = model::Labels::from_pairs(std::move(pairs));
  batch_->exemplars.push_back(std::move(out));
  return true;
}

bool RemoteWriteDecoder::histogram(std::string_view message, bool v2, std::uint32_t series) {
  ParsedHistogram parsed;
  if (!parse_histogram(message, parsed)) return false;
  const Result<void> valid = parsed.too_wide ? fail(Code::kInvalid, "histogram schema must be -4 to 8 or -53")
                                             : model::validate(parsed.histogram);
  if (!valid) {
    ++notes_->invalid_samples;
    notes_->histograms.add(valid.error().message);
    return true;
  }
  batch_->histograms.push_back({series, parsed.timestamp,
                                std::make_shared<const model::Histogram>(std::move(parsed.histogram)),
                                v2 ? parsed.start_timestamp : 0});
  return true;
}

bool RemoteWriteDecoder::metadata_v1(std::string_view message) {
  model::Metadata out;
  ProtoReader in(message);
  while (in.next()) {
    // MetricMetadata.MetricType: 0 unknown, 1 counter, 2 gauge, 3 histogram, 4 gaugehistogram, 5 summary, 6 info, 7 stateset.
    if (in.field() == 1) out.type = metric_type(in.int32());
    if (in.field() == 2) out.metric = in.bytes();
    if (in.field() == 4) out.help = in.bytes();
    if (in.field() == 5) out.unit = in.bytes();
  }
  if (in.failed()) return false;
  if (usable(out.metric, out.help, out.unit)) batch_->metadata.push_back(std::move(out));
  return true;
}

bool RemoteWriteDecoder::usable(std::string_view metric, std::string_view help, std::string_view unit) {
  const auto fault = [&](std::string reason) {
    notes_->metadata.add(std::move(reason));
    return false;
  };
  if (metric.empty()) return fault("metadata names no metric");
  for (const std::string_view text : {metric, help, unit}) {
    if (text.size() > kMaxMetadataText) return fault(fmt::format("metadata is longer than {} bytes", kMaxMetadataText));
    if (!is_valid_utf8(text)) return fault("metadata is not valid UTF-8");
  }
  return true;
}

Result<void> RemoteWriteDecoder::decode_v2(std::string_view body) {
  // Symbols may stand behind the series that use them, so they are collected first.
  symbols_.clear();
  ProtoReader symbols(body);
  while (symbols.next()) {
    if (symbols.field() == 4) symbols_.push_back(symbols.bytes());
  }
  if (symbols.failed()) return damaged("message is cut short or of another type");
  if (!symbols_.empty() && !symbols_[0].empty()) return damaged("the first symbol must be empty");
  plain_symbols_.clear();
  for (const std::string_view symbol : symbols_) {
    // In the body each symbol stands behind its length; a short one in one byte, as it is wanted.
    const bool plain = !symbol.empty() && symbol.size() <= kLongestPlain &&
                       room_behind(symbol.data()) > kLongestPlain + kCopyRoom &&
                       static_cast<unsigned char>(symbol.data()[-1]) == symbol.size() && is_ascii(symbol);
    plain_symbols_.push_back(plain ? plain_text(symbol.data() - 1) : PlainText{});
  }
  symbol_labels_.begin(plain_symbols_);
  ProtoReader in(body);
  while (in.next()) {
    if (in.field() == 5 && !series_v2(in.bytes())) return damaged("timeseries");
    if (in.failed()) break;
  }
  if (in.failed()) return damaged("message is cut short or of another type");
  return {};
}

// References come packed or one by one, in any mixture; `half` keeps a name whose value has not come yet.
bool RemoteWriteDecoder::label_refs(ProtoReader& field, std::vector<Label>& out, std::string_view& half) {
  const auto add = [&](std::uint64_t ref) {
    if (ref >= symbols_.size()) return false;
    if (half.data() == nullptr) {
      half = symbols_[ref];
    } else {
      out.push_back({std::exchange(half, {}), symbols_[ref]});
    }
    return true;
  };
  if (field.wire() == ProtoReader::Wire::kVarint) return add(field.varint());
  ByteReader in(field.bytes());
  while (!in.at_end()) {
    if (const std::uint64_t ref = in.varint(); !in.ok() || !add(ref)) return false;
  }
  return !field.failed();
}

// Counts text that a request names again and again; false once it is too much.
bool RemoteWriteDecoder::expand(std::size_t bytes) {
  expanded_ += bytes;
  too_large_ = too_large_ || expanded_ > kMaxCanonicalBytes;
  return !too_large_;
}

bool RemoteWriteDecoder::series_v2(std::string_view message) {
  if (plain_series_v2(message)) return !too_large_;
  labels_.clear();
  parts_.clear();
  part_kinds_.clear();
  MetadataText text;
  std::string_view half;
  ProtoReader in(message);
  while (in.next()) {
    switch (in.field()) {
      case 1:
        if (!label_refs(in, labels_, half)) return false;
        break;
      case 2:
      case 3:
      case 4:
        parts_.push_back(in.bytes());
        part_kinds_.push_back(in.field() == 2 ? kSample : in.field() == 3 ? kHistogram : kExemplar);
        break;
      case 5:
        if (!metadata_v2(in.bytes(), text)) return false;
        break;
      default: break;
    }
  }
  if (in.failed() || half.data() != nullptr) return false;
  std::uint32_t series = 0;
  if (!add_series(series)) return !too_large_;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const bool ok = part_kinds_[i] == kSample     ? sample(parts_[i], true, series)
                    : part_kinds_[i] == kExemplar ? exemplar(parts_[i], true, series)
                                                  : histogram(parts_[i], true, series);
    if (!ok) return false;
  }
  if (text.type == model::MetricType::kUnknown && text.help.empty() && text.unit.empty()) return true;
  std::string_view metric;
  for (const Label& label : labels_) {
    if (label.name == model::kMetricName) metric = label.value;
  }
  return add_metadata(text, metric);
}

// A field that comes twice is merged, as protobuf wants it.
bool RemoteWriteDecoder::metadata_v2(std::string_view message, MetadataText& out) {
  ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1) out.type = metric_type(in.int32());
    if (in.field() == 3 || in.field() == 4) {
      const std::uint64_t ref = in.varint();
      if (ref >= symbols_.size()) return false;
      (in.field() == 3 ? out.help : out.unit) = symbols_[ref];
    }
  }
  return !in.failed();
}

bool RemoteWriteDecoder::add_metadata(const MetadataText& text, std::string_view metric) {
  // Families of histograms and summaries are named without the suffix of their series.
  const bool many_series = text.type == model::MetricType::kHistogram || text.type == model::MetricType::kSummary ||
                           text.type == model::MetricType::kGaugeHistogram;
  if (many_series) {
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
      if (metric.ends_with(suffix)) {
        metric.remove_suffix(suffix.size());
        break;
      }
    }
  }
  // One entry per family is enough; its series stand side by side.
  if (!batch_->metadata.empty()) {
    const model::Metadata& last = batch_->metadata.back();
    if (last.type == text.type && last.metric == metric && last.help == text.help && last.unit == text.unit) return true;
  }
  if (!usable(metric, text.help, text.unit)) return true;
  if (!expand(metric.size() + text.help.size() + text.unit.size())) return false;
  batch_->metadata.push_back(
      {std::string(metric), text.type, std::string(text.help), std::string(text.unit)});
  return true;
}

}  // namespace isobar::ingest
