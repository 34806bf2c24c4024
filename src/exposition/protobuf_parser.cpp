// The stream of length-prefixed io.prometheus.client.MetricFamily messages. Field numbers: prometheus/client_model
// metrics.proto.
#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "base/time.h"
#include "base/utf8.h"
#include "codec/number_text.h"
#include "codec/protobuf.h"
#include "exposition/text_parser.h"

namespace isobar::exposition {
namespace {

using model::MetricType;

constexpr std::uint64_t kMaxHistogramBuckets = 100'000;

struct Bucket {
  double upper_bound = 0;
  double cumulative_count = 0;
};

// One Histogram message; classic and native parts may both be there.
struct HistogramParts {
  model::Histogram native;
  std::vector<std::int64_t> positive_deltas;
  std::vector<std::int64_t> negative_deltas;
  std::vector<Bucket> buckets;
  double count = 0;
  double count_float = 0;
  double sum = 0;
  std::int64_t start = 0;
  bool has_native = false;
};

MetricType type_of(std::uint64_t number) {
  switch (number) {
    case 0: return MetricType::kCounter;
    case 1: return MetricType::kGauge;
    case 2: return MetricType::kSummary;
    case 4: return MetricType::kHistogram;
    case 5: return MetricType::kGaugeHistogram;
    default: return MetricType::kUnknown;
  }
}

class ProtobufParser {
 public:
  ProtobufParser(Visitor& visitor, ParseOptions options) : visitor_(visitor), options_(options) {}

  Result<void> run(std::string_view body) {
    ByteReader reader(body);
    while (!reader.at_end() && !stopped_) {
      ++message_;
      const std::string_view family = reader.bytes();
      if (!reader.ok()) return error("message is cut off");
      TRYV(read_family(family));
    }
    return {};
  }

 private:
  tl::unexpected<Error> error(std::string_view what) const {
    return fail(Code::kInvalid, fmt::format("message {}: {}", message_, what));
  }
  void apply(Next next) { stopped_ = stopped_ || next == Next::kStop; }

  Result<void> read_family(std::string_view bytes) {
    std::string_view help;
    std::string_view unit;
    metrics_.clear();
    name_ = {};
    type_ = MetricType::kCounter;  // number 0, which encoders may leave out
    ProtoReader reader(bytes);
    while (reader.next()) {
      switch (reader.field()) {
        case 1: name_ = reader.bytes(); break;
        case 2: help = reader.bytes(); break;
        case 3: type_ = type_of(reader.varint()); break;
        case 4: metrics_.push_back(reader.bytes()); break;
        case 5: unit = reader.bytes(); break;
        default: break;
      }
    }
    if (reader.failed()) return error("metric family is damaged");
    if (name_.empty() || !is_valid_utf8(name_)) return error("metric name is empty or no valid UTF-8");
    if (!is_valid_utf8(help) || !is_valid_utf8(unit)) return error("invalid UTF-8 in help or unit");
    apply(visitor_.on_metadata({name_, MetadataKind::kType, type_, {}}));
    if (!help.empty()) apply(visitor_.on_metadata({name_, MetadataKind::kHelp, type_, help}));
    if (!unit.empty()) apply(visitor_.on_metadata({name_, MetadataKind::kUnit, type_, unit}));
    for (const std::string_view metric : metrics_) {
      if (stopped_) break;
      TRYV(read_metric(metric));
    }
    return {};
  }

  Result<void> read_metric(std::string_view bytes) {
    labels_.clear();
    timestamp_.reset();
    std::string_view value;
    ProtoReader reader(bytes);
    while (reader.next()) {
      switch (reader.field()) {
        case 1: TRYV(read_label(reader.bytes(), labels_)); break;
        case 2:
        case 3:
        case 4:
        case 5:
        case 7: value = reader.bytes(); break;
        case 6: timestamp_ = reader.int64(); break;
        default: break;
      }
    }
    if (reader.failed()) return error("metric is damaged");
    if (type_ == MetricType::kHistogram || type_ == MetricType::kGaugeHistogram) return read_histogram(value);
    return type_ == MetricType::kSummary ? read_summary(value) : read_simple(value);
  }

  Result<void> read_label(std::string_view bytes, std::string& out) {
    std::string_view name;
    std::string_view value;
    ProtoReader reader(bytes);
    while (reader.next()) {
      if (reader.field() == 1) name = reader.bytes();
      if (reader.field() == 2) value = reader.bytes();
    }
    if (reader.failed()) return error("label is damaged");
    model::append_canonical(out, name, value);
    return {};
  }

  // Counter, gauge and untyped: value, and for counters an exemplar and a start.
  Result<void> read_simple(std::string_view bytes) {
    SampleEvent event;
    exemplars_.clear();
    ProtoReader reader(bytes);
    while (reader.next()) {
      switch (reader.field()) {
        case 1: event.value = reader.float64(); break;
        case 2: TRYV(read_exemplar(reader.bytes())); break;
        case 3: TRYV(read_time(reader.bytes(), event.start_timestamp)); break;
        default: break;
      }
    }
    if (reader.failed()) return error("value is damaged");
    event.exemplars = exemplars_;
    emit(event, "", {}, {});
    return {};
  }

  Result<void> read_summary(std::string_view bytes) {
    double count = 0;
    double sum = 0;
    std::int64_t start = 0;
    std::vector<std::pair<double, double>> quantiles;
    ProtoReader reader(bytes);
    while (reader.next()) {
      switch (reader.field()) {
        case 1: count = static_cast<double>(reader.varint()); break;
        case 2: sum = reader.float64(); break;
        case 3: {
          auto& [quantile, value] = quantiles.emplace_back();
          ProtoReader part(reader.bytes());
          while (part.next()) {
            if (part.field() == 1) quantile = part.float64();
            if (part.field() == 2) value = part.float64();
          }
          if (part.failed()) return error("quantile is damaged");
          break;
        }
        case 4: TRYV(read_time(reader.bytes(), start)); break;
        default: break;
      }
    }
    if (reader.failed()) return error("summary is damaged");
    emit_value(count, start, "_count", {}, {});
    emit_value(sum, start, "_sum", {}, {});
    for (const auto& [quantile, value] : quantiles) emit_value(value, start, "", "quantile", number(quantile));
    return {};
  }

  Result<void> read_histogram(std::string_view bytes) {
    HistogramParts parts;
    exemplars_.clear();
    ProtoReader reader(bytes);
    while (reader.next()) TRYV(read_histogram_field(reader, parts));
    if (reader.failed()) return error("histogram is damaged");
    if (parts.has_native && options_.native_histograms) {
      TRYV(emit_native(parts));
      if (!options_.always_classic_histograms || parts.buckets.empty()) return {};
    }
    emit_classic(parts);
    return {};
  }

  Result<void> read_histogram_field(ProtoReader& reader, HistogramParts& parts) {
    model::Histogram& native = parts.native;
    switch (reader.field()) {
      case 1: parts.count = static_cast<double>(reader.varint()); break;
      case 2: parts.sum = reader.float64(); break;
      case 3: return read_bucket(reader.bytes(), parts);
      case 4: parts.count_float = reader.float64(); break;
      case 5: {
        const std::int64_t schema = unzigzag(reader.varint());
        if (schema < -128 || schema > 127) return error("histogram schema is out of range");
        native.schema = static_cast<std::int8_t>(schema);
        break;
      }
      case 6: native.zero_threshold = reader.float64(); break;
      case 7: native.zero_count += static_cast<double>(reader.varint()); break;
      case 8: native.zero_count += reader.float64(); break;
      case 9: return read_span(reader.bytes(), native.negative_spans, parts);
      case 10: return read_deltas(reader, parts.negative_deltas);
      case 11: return read_counts(reader, native.negative_buckets);
      case 12: return read_span(reader.bytes(), native.positive_spans, parts);
      case 13: return read_deltas(reader, parts.positive_deltas);
      case 14: return read_counts(reader, native.positive_buckets);
      case 15: return read_time(reader.bytes(), parts.start);
      case 16: return read_exemplar(reader.bytes());
      default: break;
    }
    parts.has_native = parts.has_native || native.zero_threshold > 0 || native.zero_count > 0;
    return {};
  }

  Result<void> read_bucket(std::string_view bytes, HistogramParts& parts) {
    Bucket bucket;
    ProtoReader reader(bytes);
    while (reader.next()) {
      switch (reader.field()) {
        case 1: bucket.cumulative_count += static_cast<double>(reader.varint()); break;
        case 2: bucket.upper_bound = reader.float64(); break;
        case 3: TRYV(read_exemplar(reader.bytes())); break;
        case 4: bucket.cumulative_count += reader.float64(); break;
        default: break;
      }
    }
    if (reader.failed()) return error("bucket is damaged");
    parts.buckets.push_back(bucket);
    return {};
  }

  Result<void> read_span(std::string_view bytes, std::vector<model::BucketSpan>& spans, HistogramParts& parts) {
    model::BucketSpan& span = spans.emplace_back();
    ProtoReader reader(bytes);
    while (reader.next()) {
      if (reader.field() == 1) span.offset = static_cast<std::int32_t>(reader.sint64());
      if (reader.field() == 2) span.length = static_cast<std::uint32_t>(reader.varint());
    }
    if (reader.failed() || span.length > kMaxHistogramBuckets) return error("bucket span is damaged");
    parts.has_native = true;
    return {};
  }

  // Packed and unpacked forms alike.
  Result<void> read_deltas(ProtoReader& reader, std::vector<std::int64_t>& deltas) {
    if (reader.wire() == ProtoReader::Wire::kVarint) {
      deltas.push_back(reader.sint64());
      return {};
    }
    ByteReader packed(reader.bytes());
    while (!packed.at_end()) deltas.push_back(packed.zigzag_varint());
    if (!packed.ok()) return error("bucket deltas are damaged");
    return {};
  }

  Result<void> read_counts(ProtoReader& reader, std::vector<double>& counts) {
    if (reader.wire() == ProtoReader::Wire::kFixed64) {
      counts.push_back(reader.float64());
      return {};
    }
    ByteReader packed(reader.bytes());
    while (!packed.at_end()) counts.push_back(packed.f64());
    if (!packed.ok()) return error("bucket counts are damaged");
    return {};
  }

  static void add_absolute(const std::vector<std::int64_t>& deltas, std::vector<double>& buckets) {
    std::int64_t count = 0;
    for (const std::int64_t delta : deltas) {
      count = time_detail::saturating_add(count, delta);
      buckets.push_back(static_cast<double>(count));
    }
  }

  Result<void> emit_native(HistogramParts& parts) {
    auto histogram = std::make_shared<model::Histogram>(std::move(parts.native));
    histogram->is_integer = parts.count_float == 0 && histogram->positive_buckets.empty() &&
                            histogram->negative_buckets.empty();
    histogram->count = histogram->is_integer ? parts.count : parts.count_float;
    histogram->sum = parts.sum;
    if (type_ == MetricType::kGaugeHistogram) histogram->reset_hint = model::CounterResetHint::kGauge;
    if (histogram->is_integer) {
      add_absolute(parts.positive_deltas, histogram->positive_buckets);
      add_absolute(parts.negative_deltas, histogram->negative_buckets);
    }
    drop_empty_spans(histogram->positive_spans);
    drop_empty_spans(histogram->negative_spans);
    if (auto valid = model::validate(*histogram); !valid) return error(valid.error().message);
    SampleEvent event{.value = parts.sum, .start_timestamp = parts.start};
    event.histogram = std::move(histogram);
    event.exemplars = exemplars_;
    emit(event, "", {}, {});
    return {};
  }

  // Clients mark an empty native histogram with one span of no length.
  static void drop_empty_spans(std::vector<model::BucketSpan>& spans) {
    if (spans.size() == 1 && spans.front().length == 0) spans.clear();
  }

  void emit_classic(const HistogramParts& parts) {
    const double count = parts.count_float > 0 ? parts.count_float : parts.count;
    emit_value(count, parts.start, "_count", {}, {});
    emit_value(parts.sum, parts.start, "_sum", {}, {});
    bool has_infinity = false;
    for (const Bucket& bucket : parts.buckets) {
      has_infinity = has_infinity || bucket.upper_bound == std::numeric_limits<double>::infinity();
      emit_value(bucket.cumulative_count, parts.start, "_bucket", "le", number(bucket.upper_bound));
    }
    if (!has_infinity) emit_value(count, parts.start, "_bucket", "le", "+Inf");
  }

  Result<void> read_exemplar(std::string_view bytes) {
    std::string labels;
    ExemplarEvent exemplar;
    ProtoReader reader(bytes);
    while (reader.next()) {
      switch (reader.field()) {
        case 1: TRYV(read_label(reader.bytes(), labels)); break;
        case 2: exemplar.value = reader.float64(); break;
        case 3: TRYV(read_time(reader.bytes(), exemplar.timestamp.emplace())); break;
        default: break;
      }
    }
    if (reader.failed()) return error("exemplar is damaged");
    Arena arena;
    std::vector<model::LabelView> pairs;
    if (auto decoded = decode_series(Format::kProtobuf, labels, MetricType::kUnknown, arena, pairs); !decoded) {
      return error(decoded.error().message);
    }
    exemplar.labels = model::Labels::from_pairs(std::move(pairs));
    exemplars_.push_back(std::move(exemplar));
    return {};
  }

  // google.protobuf.Timestamp to milliseconds.
  Result<void> read_time(std::string_view bytes, std::int64_t& millis) {
    std::int64_t seconds = 0;
    std::int32_t nanos = 0;
    ProtoReader reader(bytes);
    while (reader.next()) {
      if (reader.field() == 1) seconds = reader.int64();
      if (reader.field() == 2) nanos = reader.int32();
    }
    if (reader.failed() || __builtin_mul_overflow(seconds, std::int64_t{1000}, &millis)) {
      return error("timestamp is damaged");
    }
    millis = time_detail::saturating_add(millis, nanos / 1'000'000);
    return {};
  }

  std::string_view number(double value) {
    number_.clear();
    append_float_openmetrics(number_, value);
    return number_;
  }

  void emit_value(double value, std::int64_t start, std::string_view suffix, std::string_view label,
                  std::string_view label_value) {
    SampleEvent event{.value = value, .start_timestamp = start};
    // Exemplars of a classic histogram go to the bucket that holds their value.
    event_exemplars_.clear();
    if (label == "le") take_exemplars(label_value);
    event.exemplars = event_exemplars_;
    emit(event, suffix, label, label_value);
  }

  void take_exemplars(std::string_view bound_text) {
    const double bound = parse_float(bound_text).value_or(0);
    for (auto it = exemplars_.begin(); it != exemplars_.end();) {
      if (it->value <= bound) {
        event_exemplars_.push_back(std::move(*it));
        it = exemplars_.erase(it);
      } else {
        ++it;
      }
    }
  }

  void emit(SampleEvent& event, std::string_view suffix, std::string_view label, std::string_view label_value) {
    if (stopped_) return;
    full_name_.assign(name_).append(suffix);
    series_.clear();
    model::append_canonical(series_, model::kMetricName, full_name_);
    series_ += labels_;
    if (!label.empty()) model::append_canonical(series_, label, label_value);
    event.series = series_;
    event.type = type_;
    event.timestamp = timestamp_;
    apply(visitor_.on_sample(event));
  }

  Visitor& visitor_;
  const ParseOptions options_;
  bool stopped_ = false;
  std::size_t message_ = 0;
  std::string_view name_;
  MetricType type_ = MetricType::kUnknown;
  std::vector<std::string_view> metrics_;
  std::string labels_;  // of the current metric, canonical pairs in order of the message
  std::optional<std::int64_t> timestamp_;
  std::vector<ExemplarEvent> exemplars_;
  std::vector<ExemplarEvent> event_exemplars_;
  std::string full_name_;
  std::string series_;
  std::string number_;
};

}  // namespace

Result<void> parse_protobuf(std::string_view body, Visitor& visitor, ParseOptions options) {
  return ProtobufParser(visitor, options).run(body);
}

}  // namespace isobar::exposition
