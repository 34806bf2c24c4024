#include "protobuf/remote_write_reference.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/utf8.h"
#include "protobuf/long_varint.h"
#include "protobuf/remote_write_v1.pb.h"
#include "protobuf/remote_write_v2.pb.h"

namespace isobar::protobuf {
namespace {

constexpr std::size_t kMaxText = 4096;

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Reference {
  std::vector<std::string> series;
  std::vector<std::string> samples;
  std::vector<std::string> exemplars;
  std::vector<std::string> metadata;
  std::uint64_t invalid_series = 0;
  std::uint64_t invalid_histograms = 0;
  std::uint64_t invalid_exemplars = 0;
  std::uint64_t invalid_metadata = 0;
  std::uint64_t invalid_samples = 0;
};

std::string bits(double v) { return fmt::format("{:016x}", std::bit_cast<std::uint64_t>(v)); }

template <class Values>
std::string all_bits(const Values& values) {
  std::string text;
  for (const double v : values) text += bits(v) + ",";
  return text;
}

std::string float_text(std::size_t series, std::int64_t t, double v, std::int64_t start) {
  return fmt::format("float of {} at {} start {}: {}", series, t, start, bits(v));
}

std::string histogram_text(std::size_t series, std::int64_t t, std::int64_t start, const model::Histogram& h) {
  std::string spans;
  for (const auto* side : {&h.positive_spans, &h.negative_spans}) {
    for (const model::BucketSpan& s : *side) spans += fmt::format("{}+{},", s.offset, s.length);
    spans += ";";
  }
  return fmt::format("histogram of {} at {} start {}: hint {} {} schema {} threshold {} zero {} count {} sum {} spans {} "
                     "positive {} negative {} custom {}",
                     series, t, start, static_cast<int>(h.reset_hint), h.is_integer ? "integer" : "float", h.schema,
                     bits(h.zero_threshold), bits(h.zero_count), bits(h.count), bits(h.sum), spans,
                     all_bits(h.positive_buckets), all_bits(h.negative_buckets), all_bits(h.custom_values));
}

std::string exemplar_text(std::size_t series, std::int64_t t, double v, const model::Labels& labels) {
  return fmt::format("exemplar of {} at {}: {} {}", series, t, bits(v), labels.to_string());
}

std::string metadata_text(std::string_view metric, int type, std::string_view help, std::string_view unit) {
  return fmt::format("metadata of {}: {} {} {}", metric, type < 0 || type > 7 ? 0 : type, help, unit);
}

// The number of the series, or nothing if its labels are refused.
std::optional<std::size_t> add_series(Reference& out, Pairs labels) {
  std::map<std::string, std::string> unique;
  for (const auto& [name, value] : labels) {
    if (name.empty() || !unique.emplace(name, value).second) return std::nullopt;
  }
  std::erase_if(unique, [](const auto& pair) { return pair.second.empty(); });
  if (!unique.contains("__name__")) return std::nullopt;
  std::string text;
  for (const auto& [name, value] : unique) {
    if (!is_valid_utf8(name) || !is_valid_utf8(value)) return std::nullopt;
    text += fmt::format("{}:{}={}:{},", name.size(), name, value.size(), value);
  }
  out.series.push_back("series " + text);
  return out.series.size() - 1;
}

void add_exemplar(Reference& out, std::size_t series, const Pairs& labels, double value, std::int64_t timestamp) {
  std::vector<model::LabelView> pairs;
  std::size_t characters = 0;
  for (const auto& [name, text] : labels) {
    if (name.empty() || !is_valid_utf8(name) || !is_valid_utf8(text)) {
      ++out.invalid_exemplars;
      return;
    }
    characters += utf8_length(name) + utf8_length(text);
    pairs.push_back({name, text});
  }
  if (characters > 128) {
    ++out.invalid_exemplars;
    return;
  }
  out.exemplars.push_back(exemplar_text(series, timestamp, value, model::Labels::from_pairs(pairs)));
}

template <class Spans>
std::vector<model::BucketSpan> spans_of(const Spans& from) {
  std::vector<model::BucketSpan> spans;
  for (const auto& span : from) spans.push_back({span.offset(), span.length()});
  return spans;
}

// Deltas add up as they do in our decoder: in 64 bits that wrap.
template <class Deltas>
std::vector<double> counts_of(const Deltas& deltas) {
  std::vector<double> counts;
  std::uint64_t running = 0;
  for (const std::int64_t delta : deltas) {
    running += static_cast<std::uint64_t>(delta);
    counts.push_back(static_cast<double>(static_cast<std::int64_t>(running)));
  }
  return counts;
}

template <class Message>
void add_histogram(Reference& out, std::size_t series, const Message& from, std::int64_t start) {
  model::Histogram h;
  h.is_integer = from.count_case() != Message::kCountFloat;
  h.count = h.is_integer ? static_cast<double>(from.count_int()) : from.count_float();
  h.zero_count = from.zero_count_case() == Message::kZeroCountFloat ? from.zero_count_float()
                                                                     : static_cast<double>(from.zero_count_int());
  h.sum = from.sum();
  h.zero_threshold = from.zero_threshold();
  h.reset_hint = static_cast<model::CounterResetHint>(from.reset_hint() < 0 || from.reset_hint() > 3 ? 0 : from.reset_hint());
  h.positive_spans = spans_of(from.positive_spans());
  h.negative_spans = spans_of(from.negative_spans());
  if (h.is_integer) {
    h.positive_buckets = counts_of(from.positive_deltas());
    h.negative_buckets = counts_of(from.negative_deltas());
  } else {
    h.positive_buckets.assign(from.positive_counts().begin(), from.positive_counts().end());
    h.negative_buckets.assign(from.negative_counts().begin(), from.negative_counts().end());
  }
  h.custom_values.assign(from.custom_values().begin(), from.custom_values().end());
  h.schema = static_cast<std::int8_t>(from.schema());
  if (from.schema() != h.schema || !model::validate(h)) {
    ++out.invalid_histograms;
    ++out.invalid_samples;
    return;
  }
  out.samples.push_back(histogram_text(series, from.timestamp(), start, h));
}

bool decode_v1(std::string_view body, Reference& out) {
  v1::WriteRequest request;
  if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) return false;
  const auto pairs = [](const auto& labels) {
    Pairs all;
    for (const v1::Label& label : labels) all.emplace_back(label.name(), label.value());
    return all;
  };
  for (const v1::TimeSeries& series : request.timeseries()) {
    const auto number = add_series(out, pairs(series.labels()));
    if (!number) {
      ++out.invalid_series;
      out.invalid_samples += static_cast<std::uint64_t>(series.samples_size() + series.histograms_size());
      continue;
    }
    for (const v1::Sample& s : series.samples()) {
      out.samples.push_back(float_text(*number, s.timestamp(), s.value(), 0));
    }
    for (const v1::Histogram& h : series.histograms()) add_histogram(out, *number, h, 0);
    for (const v1::Exemplar& e : series.exemplars()) {
      add_exemplar(out, *number, pairs(e.labels()), e.value(), e.timestamp());
    }
  }
  for (const v1::MetricMetadata& m : request.metadata()) {
    bool usable = !m.metric_family_name().empty();
    for (const std::string* text : {&m.metric_family_name(), &m.help(), &m.unit()}) {
      usable = usable && text->size() <= kMaxText && is_valid_utf8(*text);
    }
    if (!usable) {
      ++out.invalid_metadata;
      continue;
    }
    out.metadata.push_back(metadata_text(m.metric_family_name(), m.type(), m.help(), m.unit()));
  }
  return true;
}

template <class Refs>
bool pairs_of(const v2::Request& request, const Refs& refs, Pairs& out) {
  out.clear();
  if (refs.size() % 2 != 0) return false;
  for (int i = 0; i < refs.size(); i += 2) {
    if (refs[i] >= static_cast<std::uint32_t>(request.symbols_size()) ||
        refs[i + 1] >= static_cast<std::uint32_t>(request.symbols_size())) {
      return false;
    }
    out.emplace_back(request.symbols(static_cast<int>(refs[i])), request.symbols(static_cast<int>(refs[i + 1])));
  }
  return true;
}

bool add_metadata_v2(const v2::Request& request, const v2::TimeSeries& series, std::string metric, Reference& out) {
  const v2::Metadata& m = series.metadata();
  const auto symbol = [&](std::uint32_t ref) {
    return ref < static_cast<std::uint32_t>(request.symbols_size()) ? request.symbols(static_cast<int>(ref)) : std::string();
  };
  const std::string help = symbol(m.help_ref());
  const std::string unit = symbol(m.unit_ref());
  const int type = m.type() < 0 || m.type() > 7 ? 0 : m.type();
  if (type == 0 && help.empty() && unit.empty()) return true;
  if (type >= 3 && type <= 5) {
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
      if (!metric.ends_with(suffix)) continue;
      metric.resize(metric.size() - suffix.size());
      break;
    }
  }
  if (metric.empty() || metric.size() > kMaxText || help.size() > kMaxText || unit.size() > kMaxText ||
      !is_valid_utf8(help) || !is_valid_utf8(unit)) {
    ++out.invalid_metadata;
    return true;
  }
  std::string text = metadata_text(metric, type, help, unit);
  if (out.metadata.empty() || out.metadata.back() != text) out.metadata.push_back(std::move(text));
  return true;
}

bool decode_v2(std::string_view body, Reference& out) {
  v2::Request request;
  if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) return false;
  if (request.symbols_size() > 0 && !request.symbols(0).empty()) return false;
  Pairs labels;
  for (const v2::TimeSeries& series : request.timeseries()) {
    if (!pairs_of(request, series.labels_refs(), labels)) return false;
    const auto number = add_series(out, labels);
    if (!number) {
      ++out.invalid_series;
      out.invalid_samples += static_cast<std::uint64_t>(series.samples_size() + series.histograms_size());
      continue;
    }
    for (const v2::Sample& s : series.samples()) {
      out.samples.push_back(float_text(*number, s.timestamp(), s.value(), s.start_timestamp()));
    }
    for (const v2::Histogram& h : series.histograms()) add_histogram(out, *number, h, h.start_timestamp());
    const auto name = std::find_if(labels.begin(), labels.end(), [](const auto& l) { return l.first == "__name__"; });
    if (!add_metadata_v2(request, series, name->second, out)) return false;
    for (const v2::Exemplar& e : series.exemplars()) {
      if (!pairs_of(request, e.labels_refs(), labels)) return false;
      add_exemplar(out, *number, labels, e.value(), e.timestamp());
    }
  }
  return true;
}

std::vector<std::string> lines_of(Reference r) {
  // Floats and histograms of one series may interleave on the wire; each kind keeps its order.
  std::stable_partition(r.samples.begin(), r.samples.end(), [](const std::string& s) { return s.starts_with("float"); });
  std::vector<std::string> lines = std::move(r.series);
  for (auto* part : {&r.samples, &r.exemplars, &r.metadata}) lines.insert(lines.end(), part->begin(), part->end());
  return lines;
}

}  // namespace

std::vector<std::string> describe(const model::WriteBatch& batch) {
  Reference r;
  for (const std::string_view canonical : batch.series) {
    const auto labels = model::Labels::parse_canonical(canonical);
    if (!labels) {
      r.series.push_back("series not canonical: " + labels.error().message);
      continue;
    }
    std::string text;
    for (const model::LabelView& l : *labels) text += fmt::format("{}:{}={}:{},", l.name.size(), l.name, l.value.size(), l.value);
    r.series.push_back("series " + text);
  }
  for (const auto& f : batch.floats) r.samples.push_back(float_text(f.series, f.timestamp, f.value, f.start_timestamp));
  for (const auto& h : batch.histograms) {
    r.samples.push_back(histogram_text(h.series, h.timestamp, h.start_timestamp, *h.histogram));
  }
  for (const auto& e : batch.exemplars) {
    r.exemplars.push_back(exemplar_text(e.series, e.exemplar.timestamp.ms, e.exemplar.value, e.exemplar.labels));
  }
  for (const auto& m : batch.metadata) r.metadata.push_back(metadata_text(m.metric, static_cast<int>(m.type), m.help, m.unit));
  return lines_of(std::move(r));
}

// What the door says of series and the one before is true; empty, or the first that is not.
std::string false_outline(const model::WriteBatch& batch) {
  for (std::size_t i = 0; i < batch.outlines.size(); ++i) {
    const std::size_t head = batch.outlines[i].head, tail = batch.outlines[i].tail;
    if (head + tail == 0) continue;
    const std::string_view set = batch.series[i], before = i == 0 ? std::string_view() : batch.series[i - 1];
    if (head + tail > std::min(set.size(), before.size()) || set.substr(0, head) != before.substr(0, head) ||
        set.substr(set.size() - tail) != before.substr(before.size() - tail))
      return fmt::format("series {} does not share {} and {} bytes with the one before", i, head, tail);
  }
  return {};
}

Comparison compare(ingest::RemoteWriteVersion version, std::string_view body) {
  Comparison result;
  ingest::RemoteWriteDecoder decoder;
  ingest::RemoteWriteNotes notes;
  model::WriteBatch batch;
  result.ours_accepts = decoder.decode(version, body, batch, notes).has_value();
  Reference reference;
  result.reference_accepts =
      version == ingest::RemoteWriteVersion::k1 ? decode_v1(body, reference) : decode_v2(body, reference);
  if (!result.ours_accepts) return result;
  result.difference = false_outline(batch);
  if (!result.difference.empty()) return result;
  if (!result.reference_accepts) {
    if (notes.series.count == 0 && !may_hold_long_varint(body)) result.difference = "ours accepts, libprotobuf refuses";
    return result;
  }
  const auto refused = [](std::uint64_t series, std::uint64_t histograms, std::uint64_t exemplars, std::uint64_t metadata,
                          std::uint64_t samples) {
    return fmt::format("refuses {} series, {} histograms, {} exemplars, {} metadata; {} samples in all", series, histograms,
                       exemplars, metadata, samples);
  };
  const std::string ours_refuses = refused(notes.series.count, notes.histograms.count, notes.exemplars.count,
                                           notes.metadata.count, notes.invalid_samples);
  const std::string reference_refuses =
      refused(reference.invalid_series, reference.invalid_histograms, reference.invalid_exemplars,
              reference.invalid_metadata, reference.invalid_samples);
  if (ours_refuses != reference_refuses) {
    result.difference = "ours " + ours_refuses + "\nreference " + reference_refuses;
    return result;
  }
  const std::vector<std::string> ours = describe(batch);
  const std::vector<std::string> theirs = lines_of(std::move(reference));
  for (std::size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
    const std::string a = i < ours.size() ? ours[i] : "nothing";
    const std::string b = i < theirs.size() ? theirs[i] : "nothing";
    if (a == b) continue;
    result.difference = "ours: " + a + "\nreference: " + b;
    break;
  }
  return result;
}

}  // namespace isobar::protobuf
