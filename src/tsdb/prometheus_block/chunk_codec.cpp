#include "tsdb/prometheus_block/chunk_codec.h"

#include <algorithm>

#include <fmt/format.h>

#include "tsdb/prometheus_block/bit_stream.h"
#include "tsdb/prometheus_block/histogram_chunk.h"
#include "tsdb/prometheus_block/start_times.h"

namespace isobar::tsdb::prometheus {
namespace {

constexpr std::size_t kCountBytes = 2;

// The change of the timestamp delta: 0 is one bit, other widths follow 1 to 4 ones.
constexpr unsigned kTimeWidths[] = {0, 14, 17, 20, 64};

std::int64_t read_delta_change(BitReader& in) {
  unsigned ones = 0;
  while (ones < 4 && in.bit()) ++ones;
  return in.shifted(kTimeWidths[ones]);
}

void write_delta_change(BitWriter& out, std::int64_t change) {
  unsigned ones = 0;
  while (!BitWriter::fits(change, kTimeWidths[ones])) ++ones;
  out.bits(ones == 4 ? 0xf : (1ULL << (ones + 1)) - 2, ones == 4 ? 4 : ones + 1);
  out.bits(static_cast<std::uint64_t>(change), kTimeWidths[ones]);
}

Result<void> decode_xor_chunk(std::string_view data, bool may_repeat, model::SampleColumns& out) {
  const std::uint32_t count = chunk_sample_count(data);
  BitReader in(data.substr(std::min(kCountBytes, data.size())));
  XorField values;
  std::uint64_t time = 0;
  std::uint64_t delta = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i == 0) {
      time = static_cast<std::uint64_t>(in.zigzag_varint());
    } else {
      delta = i == 1 ? in.varint() : delta + static_cast<std::uint64_t>(read_delta_change(in));
      time += delta;
    }
    const double value = i == 0 ? values.first(in) : values.next(in);
    if (!in.ok()) return fail(Code::kCorrupt, "chunk of floats is cut short or damaged");
    const auto t = static_cast<std::int64_t>(time);
    if (i > 0 && (may_repeat ? t < out.timestamps.back() : t <= out.timestamps.back())) {
      return fail(Code::kCorrupt, "timestamps of a chunk do not ascend");
    }
    out.push_float(t, value);
  }
  return {};
}

// One float of an XOR2 chunk. Values are XORed with the last that was no staleness marker.
double read_xor2_value(BitReader& in, XorField& values) {
  if (!in.bit()) return values.last();
  if (!in.bit()) return values.in_window(in);
  return in.bit() ? model::stale_nan() : values.in_new_window(in);
}

// Time and value share the bits in front: 0 both go on as before, 10 the time does, 110 / 1110 / 11110 the delta changes by
// 13 / 20 / 64 bits, 11111 a staleness marker in time.
double read_xor2_sample(BitReader& in, XorField& values, std::uint64_t& delta) {
  constexpr unsigned kWidths[] = {0, 0, 13, 20, 64};
  unsigned ones = 0;
  while (ones < 5 && in.bit()) ++ones;
  if (ones == 0) return values.last();
  if (ones == 1) return in.bit() ? values.in_new_window(in) : values.in_window(in);
  if (ones == 5) return model::stale_nan();
  delta += static_cast<std::uint64_t>(in.twos_complement(kWidths[ones]));
  return read_xor2_value(in, values);
}

Result<void> decode_xor2_chunk(std::string_view data, model::SampleColumns& out) {
  constexpr std::size_t kHeaderBytes = 3;  // number of samples, start timestamps
  if (data.size() < kHeaderBytes) return fail(Code::kCorrupt, "chunk of floats is cut short");
  StartTimes starts(static_cast<std::uint8_t>(data[2]));
  BitReader in(data.substr(kHeaderBytes));
  XorField values;
  std::uint64_t time = 0;
  std::uint64_t delta = 0;
  for (std::uint32_t i = 0; i < chunk_sample_count(data); ++i) {
    const auto before = static_cast<std::int64_t>(time);
    double value = 0;
    if (i == 0) {
      time = static_cast<std::uint64_t>(in.zigzag_varint());
      value = in.f64();
      if (!model::is_stale_nan(value)) values.set_last(value);
    } else {
      if (i == 1) delta = in.varint();
      value = i == 1 ? read_xor2_value(in, values) : read_xor2_sample(in, values, delta);
      time += delta;
    }
    const auto t = static_cast<std::int64_t>(time);
    const std::int64_t start = starts.read(in, i, t, before);
    if (!in.ok()) return fail(Code::kCorrupt, "chunk of floats is cut short or damaged");
    if (i > 0 && t <= before) return fail(Code::kCorrupt, "timestamps of a chunk do not ascend");
    out.push_float(t, value, start);
  }
  return {};
}

std::string encode_xor_chunk(const model::SampleColumns& samples, std::size_t from, std::size_t to) {
  BitWriter out;
  out.bits(to - from, 16);
  XorField values;
  std::uint64_t delta = 0;
  for (std::size_t i = from; i < to; ++i) {
    if (i == from) {
      out.zigzag_varint(samples.timestamps[i]);
      values.first(out, samples.values[i]);
      continue;
    }
    const std::uint64_t before = delta;
    delta = static_cast<std::uint64_t>(samples.timestamps[i]) - static_cast<std::uint64_t>(samples.timestamps[i - 1]);
    if (i == from + 1) out.varint(delta);
    else write_delta_change(out, static_cast<std::int64_t>(delta - before));
    values.next(out, samples.values[i]);
  }
  return std::move(out.bytes());
}

std::size_t float_chunk_end(const model::SampleColumns& samples, std::size_t from) {
  std::size_t to = from + 1;
  while (to < samples.size() && to - from < kSamplesPerChunk && !samples.is_histogram(to)) ++to;
  return to;
}

Result<void> check_size(std::string_view data) {
  if (data.size() >= kCountBytes && data.size() <= kMaxChunkBytes) return {};
  return fail(Code::kCorrupt, fmt::format("a chunk of {} bytes cannot be", data.size()));
}

}  // namespace

std::uint32_t chunk_sample_count(std::string_view data) {
  if (data.size() < kCountBytes) return 0;
  return static_cast<std::uint32_t>(static_cast<std::uint8_t>(data[0]) << 8 | static_cast<std::uint8_t>(data[1]));
}

Result<void> decode_repeating_xor_chunk(std::string_view data, model::SampleColumns& out) {
  TRYV(check_size(data));
  return decode_xor_chunk(data, true, out);
}

Result<void> decode_chunk(Encoding encoding, std::string_view data, model::SampleColumns& out) {
  TRYV(check_size(data));
  switch (encoding) {
    case Encoding::kXor: return decode_xor_chunk(data, false, out);
    case Encoding::kXor2: return decode_xor2_chunk(data, out);
    case Encoding::kHistogram: return decode_histogram_chunk(true, false, data, out);
    case Encoding::kFloatHistogram: return decode_histogram_chunk(false, false, data, out);
    case Encoding::kHistogramStarts: return decode_histogram_chunk(true, true, data, out);
    case Encoding::kFloatHistogramStarts: return decode_histogram_chunk(false, true, data, out);
    case Encoding::kThanosAggregates:
      return fail(Code::kUnsupported, "chunk holds Thanos' downsampled aggregates, not samples, and meta.json says nothing of it");
  }
  return fail(Code::kUnsupported, fmt::format("chunk encoding is not one of 1 to 6: {}", static_cast<int>(encoding)));
}

std::vector<EncodedChunk> encode_chunks(const model::SampleColumns& samples) {
  std::vector<EncodedChunk> chunks;
  for (std::size_t from = 0; from < samples.size();) {
    EncodedChunk chunk;
    std::size_t to = 0;
    if (samples.is_histogram(from)) {
      to = histogram_chunk_end(samples, from);
      chunk.encoding = samples.histograms[from]->is_integer ? Encoding::kHistogram : Encoding::kFloatHistogram;
      chunk.data = encode_histogram_chunk(samples, from, to);
    } else {
      to = float_chunk_end(samples, from);
      chunk.data = encode_xor_chunk(samples, from, to);
    }
    chunk.min_time = samples.timestamps[from];
    chunk.max_time = samples.timestamps[to - 1];
    chunks.push_back(std::move(chunk));
    from = to;
  }
  return chunks;
}

}  // namespace isobar::tsdb::prometheus
