#include "tsdb/prometheus_block/histogram_chunk.h"

#include <cmath>

#include <fmt/format.h>

#include "model/histogram_arithmetic.h"
#include "tsdb/prometheus_block/bit_stream.h"
#include "tsdb/prometheus_block/chunk_codec.h"
#include "tsdb/prometheus_block/start_times.h"

namespace isobar::tsdb::prometheus {
namespace {

using model::BucketSpan;
using model::CounterResetHint;
using model::Histogram;

constexpr std::size_t kHeaderBytes = 3;  // number of samples, flags

// The two highest bits of the flags.
enum class ChunkFlags : std::uint8_t { kUnknown = 0x00, kNoReset = 0x40, kReset = 0x80, kGauge = 0xc0 };
constexpr std::uint8_t kFlagsMask = 0xc0;

// Zero thresholds that are powers of two from 2^-243 to 2^10 are one byte, the exponent of frexp() above this.
constexpr int kThresholdBias = 243;
constexpr std::uint64_t kPlainThreshold = 255;

// Custom bounds of up to three decimals are integers of thousandths, up to this.
constexpr double kMaxThousandths = 33'554'430;

// Spans, bounds and buckets of all samples of a chunk together. Real ones have some 100,000; without a bound, a layout of
// spans without buckets would be copied to samples of a few bits each.
constexpr std::uint64_t kMaxCells = 16 << 20;

// What all histograms of a chunk have in common.
Histogram layout_of(const Histogram& h) {
  Histogram layout;
  if (model::is_stale_nan(h.sum)) return layout;  // a stale one has none
  layout.schema = h.schema;
  layout.zero_threshold = h.zero_threshold;
  layout.positive_spans = h.positive_spans;
  layout.negative_spans = h.negative_spans;
  layout.custom_values = h.custom_values;
  return layout;
}

void write_threshold(BitWriter& out, double threshold) {
  int exponent = 0;
  const double fraction = std::frexp(threshold, &exponent);
  const int told = exponent + kThresholdBias;
  if (threshold == 0) {
    out.bits(0, 8);
  } else if (fraction == 0.5 && told >= 1 && told < static_cast<int>(kPlainThreshold)) {
    out.bits(static_cast<std::uint64_t>(told), 8);
  } else {
    out.bits(kPlainThreshold, 8);
    out.f64(threshold);
  }
}

double read_threshold(BitReader& in) {
  const std::uint64_t told = in.bits(8);
  if (told == 0) return 0;
  if (told == kPlainThreshold) return in.f64();
  return std::ldexp(0.5, static_cast<int>(told) - kThresholdBias);
}

void write_spans(BitWriter& out, const std::vector<BucketSpan>& spans) {
  out.varbit_unsigned(spans.size());
  for (const BucketSpan& span : spans) {
    out.varbit_unsigned(span.length);
    out.varbit(span.offset);
  }
}

// Adds to `buckets`; false if there is not a bit for each of them.
bool read_spans(BitReader& in, std::vector<BucketSpan>& spans, std::uint64_t& buckets) {
  const std::uint64_t count = in.varbit_unsigned();
  if (count > in.remaining() / 2) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t length = in.varbit_unsigned();
    const std::int64_t offset = in.varbit();
    if (!in.ok() || length > in.remaining() || offset < INT32_MIN || offset > INT32_MAX) return false;
    buckets += length;
    spans.push_back({static_cast<std::int32_t>(offset), static_cast<std::uint32_t>(length)});
  }
  return in.ok() && buckets <= in.remaining();
}

void write_bound(BitWriter& out, double bound) {
  const double thousandths = std::round(bound * 1000);
  if (thousandths >= 0 && thousandths <= kMaxThousandths && thousandths / 1000 == bound && !std::signbit(bound)) {
    out.varbit_unsigned(static_cast<std::uint64_t>(thousandths) + 1);
  } else {
    out.bit(false);
    out.f64(bound);
  }
}

double read_bound(BitReader& in) {
  const std::uint64_t told = in.varbit_unsigned();  // a plain double stands behind a zero
  return told == 0 ? in.f64() : static_cast<double>(told - 1) / 1000;
}

void write_layout(BitWriter& out, const Histogram& layout) {
  write_threshold(out, layout.zero_threshold);
  out.varbit(layout.schema);
  write_spans(out, layout.positive_spans);
  write_spans(out, layout.negative_spans);
  if (!layout.uses_custom_buckets()) return;
  out.varbit_unsigned(layout.custom_values.size());
  for (const double bound : layout.custom_values) write_bound(out, bound);
}

std::size_t bucket_count(const std::vector<BucketSpan>& spans) {
  std::size_t n = 0;
  for (const BucketSpan& span : spans) n += span.length;
  return n;
}

Result<Histogram> read_layout(BitReader& in) {
  Histogram layout;
  layout.zero_threshold = read_threshold(in);
  const std::int64_t schema = in.varbit();
  std::uint64_t buckets = 0;
  if (!in.ok() || !read_spans(in, layout.positive_spans, buckets) || !read_spans(in, layout.negative_spans, buckets)) {
    return fail(Code::kCorrupt, "layout of a histogram chunk is damaged");
  }
  if (schema != model::kCustomBucketsSchema && (schema < -4 || schema > 8)) {
    return fail(Code::kUnsupported, fmt::format("histogram schema is none of -53, -4 to 8: {}", schema));
  }
  layout.schema = static_cast<std::int8_t>(schema);
  if (layout.uses_custom_buckets()) {
    const std::uint64_t bounds = in.varbit_unsigned();
    for (std::uint64_t i = 0; i < bounds && in.ok(); ++i) layout.custom_values.push_back(read_bound(in));
    if (!in.ok()) return fail(Code::kCorrupt, "bounds of a histogram chunk are damaged");
  }
  layout.positive_buckets.resize(bucket_count(layout.positive_spans));
  layout.negative_buckets.resize(bucket_count(layout.negative_spans));
  return layout;
}

// An integer that is told as the change of its change. Modulo 2^64.
class IntegerField {
 public:
  void first(BitWriter& out, std::int64_t value) { out.varbit(start(value)); }
  void first_unsigned(BitWriter& out, std::int64_t value) { out.varbit_unsigned(static_cast<std::uint64_t>(start(value))); }
  void next(BitWriter& out, std::int64_t value) {
    const std::uint64_t delta = static_cast<std::uint64_t>(value) - last_;
    out.varbit(static_cast<std::int64_t>(delta - delta_));
    delta_ = delta;
    last_ = static_cast<std::uint64_t>(value);
  }
  std::int64_t first(BitReader& in) { return start(in.varbit()); }
  std::int64_t first_unsigned(BitReader& in) { return start(static_cast<std::int64_t>(in.varbit_unsigned())); }
  std::int64_t next(BitReader& in) {
    delta_ += static_cast<std::uint64_t>(in.varbit());
    last_ += delta_;
    return static_cast<std::int64_t>(last_);
  }

 private:
  std::int64_t start(std::int64_t value) {
    last_ = static_cast<std::uint64_t>(value);
    return value;
  }
  std::uint64_t last_ = 0;
  std::uint64_t delta_ = 0;
};

// Bucket counts of an integer histogram are told as differences between neighbours.
template <class Visit>
void each_bucket(const std::vector<double>& counts, Visit visit) {
  std::int64_t before = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto now = static_cast<std::int64_t>(counts[i]);
    visit(i, now - before);
    before = now;
  }
}

// One direction of an integer chunk: fields in the order of the format.
struct IntegerFields {
  IntegerField time, count, zero_count;
  XorField sum;
  std::vector<IntegerField> positive, negative;

  void write(BitWriter& out, std::int64_t t, const Histogram& h, bool first) {
    const bool stale = model::is_stale_nan(h.sum);
    const auto total = static_cast<std::int64_t>(h.count);
    const auto zeros = static_cast<std::int64_t>(h.zero_count);
    if (first) {
      time.first(out, t);
      count.first_unsigned(out, stale ? 0 : total);
      zero_count.first_unsigned(out, stale ? 0 : zeros);
      sum.first(out, h.sum);
    } else {
      time.next(out, t);
      if (stale) {
        out.bits(0, 2);  // both counts: nothing is told of them
      } else {
        count.next(out, total);
        zero_count.next(out, zeros);
      }
      sum.next(out, h.sum);
    }
    if (stale) return;
    write_side(out, h.positive_buckets, positive, first);
    write_side(out, h.negative_buckets, negative, first);
  }

  std::int64_t read(BitReader& in, Histogram& h, bool first) {
    const std::int64_t t = first ? time.first(in) : time.next(in);
    h.count = whole(first ? count.first_unsigned(in) : count.next(in));
    h.zero_count = whole(first ? zero_count.first_unsigned(in) : zero_count.next(in));
    h.sum = first ? sum.first(in) : sum.next(in);
    if (model::is_stale_nan(h.sum) && !first) return t;
    read_side(in, h.positive_buckets, positive, first);
    read_side(in, h.negative_buckets, negative, first);
    return t;
  }

 private:
  static double whole(std::int64_t count) { return static_cast<double>(static_cast<std::uint64_t>(count)); }
  static void write_side(BitWriter& out, const std::vector<double>& counts, std::vector<IntegerField>& fields, bool first) {
    fields.resize(counts.size());
    each_bucket(counts, [&](std::size_t i, std::int64_t step) { first ? fields[i].first(out, step) : fields[i].next(out, step); });
  }
  static void read_side(BitReader& in, std::vector<double>& counts, std::vector<IntegerField>& fields, bool first) {
    fields.resize(counts.size());
    std::uint64_t sum_of_steps = 0;
    for (std::size_t i = 0; i < counts.size() && in.ok(); ++i) {
      sum_of_steps += static_cast<std::uint64_t>(first ? fields[i].first(in) : fields[i].next(in));
      counts[i] = static_cast<double>(static_cast<std::int64_t>(sum_of_steps));
    }
  }
};

// The same of a float chunk.
struct FloatFields {
  IntegerField time;
  XorField count, zero_count, sum;
  std::vector<XorField> positive, negative;

  void write(BitWriter& out, std::int64_t t, const Histogram& h, bool first) {
    const bool stale = model::is_stale_nan(h.sum);
    const auto put = [&](XorField& field, double value) { first ? field.first(out, value) : field.next(out, value); };
    first ? time.first(out, t) : time.next(out, t);
    put(count, stale ? 0 : h.count);
    put(zero_count, stale ? 0 : h.zero_count);
    put(sum, h.sum);
    if (stale) return;
    positive.resize(h.positive_buckets.size());
    negative.resize(h.negative_buckets.size());
    for (std::size_t i = 0; i < positive.size(); ++i) put(positive[i], h.positive_buckets[i]);
    for (std::size_t i = 0; i < negative.size(); ++i) put(negative[i], h.negative_buckets[i]);
  }

  std::int64_t read(BitReader& in, Histogram& h, bool first) {
    const auto get = [&](XorField& field) { return first ? field.first(in) : field.next(in); };
    const std::int64_t t = first ? time.first(in) : time.next(in);
    h.count = get(count);
    h.zero_count = get(zero_count);
    h.sum = get(sum);
    if (model::is_stale_nan(h.sum) && !first) return t;
    positive.resize(h.positive_buckets.size());
    negative.resize(h.negative_buckets.size());
    for (std::size_t i = 0; i < positive.size() && in.ok(); ++i) h.positive_buckets[i] = get(positive[i]);
    for (std::size_t i = 0; i < negative.size() && in.ok(); ++i) h.negative_buckets[i] = get(negative[i]);
    return t;
  }
};

std::uint64_t cells_of(const Histogram& h) {
  return h.positive_spans.size() + h.negative_spans.size() + h.custom_values.size() + h.positive_buckets.size() +
         h.negative_buckets.size();
}

template <class Fields>
Result<void> read_samples(bool integer, ChunkFlags flags, StartTimes* starts, std::uint32_t count, BitReader& in, model::SampleColumns& out) {
  TRY(Histogram h, read_layout(in));
  if (cells_of(h) * count > kMaxCells) return fail(Code::kCorrupt, "chunk of histograms is larger than any real one");
  h.is_integer = integer;
  Fields fields;
  std::int64_t before = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::int64_t t = fields.read(in, h, i == 0);
    const std::int64_t start = starts == nullptr ? 0 : starts->read(in, i, t, before);
    if (!in.ok()) return fail(Code::kCorrupt, "chunk of histograms is cut short or damaged");
    if (i > 0 && t <= before) return fail(Code::kCorrupt, "timestamps of a chunk do not ascend");
    before = t;
    h.reset_hint = CounterResetHint::kUnknown;
    if (flags == ChunkFlags::kGauge) h.reset_hint = CounterResetHint::kGauge;
    if (flags == ChunkFlags::kReset && i == 0) h.reset_hint = CounterResetHint::kReset;
    auto sample = std::make_shared<Histogram>();
    sample->is_integer = integer;
    sample->sum = h.sum;
    if (!model::is_stale_nan(h.sum)) *sample = h;
    out.push_histogram(t, std::move(sample), start);
  }
  return {};
}

bool is_gauge(const Histogram& h) { return h.reset_hint == CounterResetHint::kGauge; }

bool same_layout(const Histogram& a, const Histogram& b) {
  return a.schema == b.schema && a.zero_threshold == b.zero_threshold && a.positive_spans == b.positive_spans &&
         a.negative_spans == b.negative_spans && a.custom_values == b.custom_values;
}

// Whether `next` may stand in one chunk with `before`, which is in it.
bool continues(const Histogram& before, const Histogram& next) {
  if (before.is_integer != next.is_integer || model::is_stale_nan(before.sum)) return false;
  if (model::is_stale_nan(next.sum)) return true;
  if (is_gauge(before) != is_gauge(next) || !same_layout(before, next)) return false;
  return is_gauge(next) || (next.reset_hint != CounterResetHint::kReset && !model::detect_reset(next, before));
}

ChunkFlags flags_at(const model::SampleColumns& samples, std::size_t at) {
  const Histogram& h = *samples.histograms[at];
  if (is_gauge(h)) return ChunkFlags::kGauge;
  if (h.reset_hint == CounterResetHint::kReset) return ChunkFlags::kReset;
  if (at == 0 || !samples.is_histogram(at - 1) || model::is_stale_nan(h.sum)) return ChunkFlags::kUnknown;
  const Histogram& before = *samples.histograms[at - 1];
  if (model::is_stale_nan(before.sum) || is_gauge(before)) return ChunkFlags::kUnknown;
  return model::detect_reset(h, before) ? ChunkFlags::kReset : ChunkFlags::kNoReset;
}

template <class Fields>
void write_samples(BitWriter& out, const model::SampleColumns& samples, std::size_t from, std::size_t to) {
  Fields fields;
  for (std::size_t i = from; i < to; ++i) fields.write(out, samples.timestamps[i], *samples.histograms[i], i == from);
}

}  // namespace

Result<void> decode_histogram_chunk(bool integer, bool starts, std::string_view data, model::SampleColumns& out) {
  const std::size_t header_bytes = kHeaderBytes + (starts ? 1 : 0);
  if (data.size() < header_bytes) return fail(Code::kCorrupt, "chunk of histograms is cut short");
  const auto flags = static_cast<ChunkFlags>(static_cast<std::uint8_t>(data[2]) & kFlagsMask);
  StartTimes start_times(starts ? static_cast<std::uint8_t>(data[3]) : 0);
  StartTimes* const told = starts ? &start_times : nullptr;
  BitReader in(data.substr(header_bytes));
  const std::uint32_t count = chunk_sample_count(data);
  if (count == 0) return {};
  return integer ? read_samples<IntegerFields>(true, flags, told, count, in, out) : read_samples<FloatFields>(false, flags, told, count, in, out);
}

std::size_t histogram_chunk_end(const model::SampleColumns& samples, std::size_t from) {
  std::size_t to = from + 1;
  while (to < samples.size() && to - from < kSamplesPerChunk && samples.is_histogram(to) &&
         continues(*samples.histograms[to - 1], *samples.histograms[to])) {
    ++to;
  }
  return to;
}

std::string encode_histogram_chunk(const model::SampleColumns& samples, std::size_t from, std::size_t to) {
  const Histogram& first = *samples.histograms[from];
  BitWriter out;
  out.bits(to - from, 16);
  out.bits(static_cast<std::uint64_t>(flags_at(samples, from)), 8);
  write_layout(out, layout_of(first));
  if (first.is_integer) write_samples<IntegerFields>(out, samples, from, to);
  else write_samples<FloatFields>(out, samples, from, to);
  return std::move(out.bytes());
}

}  // namespace isobar::tsdb::prometheus
