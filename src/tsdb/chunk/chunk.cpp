#include "tsdb/chunk/chunk.h"

#include <bit>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "base/check.h"
#include "tsdb/chunk/integer_vector.h"
#include "tsdb/chunk/sample_vector.h"

namespace isobar::tsdb {
namespace {

// Timestamp deltas of deltas: a prefix of ones chooses the width. Widths as Prometheus found them for milliseconds.
struct Class {
  std::uint64_t prefix;
  unsigned prefix_bits;
  unsigned value_bits;
};
constexpr Class kClasses[] = {{0b10, 2, 14}, {0b110, 3, 17}, {0b1110, 4, 20}, {0b1111, 4, 64}};

// Segments of an open chunk: 32, 32, 48, 48, 64, 64, 96, 96, … bytes; all but the first begin with the address of the one
// before. What is unused at the end is small beside what is used, at 30 samples as at 120.
constexpr std::size_t kSegmentLink = sizeof(char*);
constexpr RecyclingArena::SizeClass segment_class(unsigned segment) {
  constexpr RecyclingArena::SizeClass kSegmentClasses[] = {2, 2, 3, 3, 4, 4};
  return segment < 6 ? kSegmentClasses[segment] : 5;
}
static_assert(RecyclingArena::bytes_of(segment_class(0)) == 32 && RecyclingArena::bytes_of(segment_class(6)) == 96);
// The first sample takes 16 bytes, each other at most 68 bits for its time and 78 for its value.
constexpr std::size_t kMaxChunkBytes = 16 + (FloatChunkBuilder::kMaxSamples - 1) * 19;

bool fits(std::int64_t value, unsigned bits) {
  if (bits == 64) return true;
  const std::int64_t half = std::int64_t{1} << (bits - 1);
  return value >= -half && value < half;
}

std::int64_t sign_extend(std::uint64_t value, unsigned bits) {
  const unsigned shift = 64 - bits;
  return static_cast<std::int64_t>(value << shift) >> shift;
}

class BitReader {
 public:
  explicit BitReader(std::string_view bytes)
      : at_(reinterpret_cast<const unsigned char*>(bytes.data())), end_(at_ + bytes.size()) {}
  bool ok() const { return ok_; }

  std::uint64_t bits(unsigned count) {
    std::uint64_t result = 0;
    while (count > 0) {
      if (available_ == 0) {
        if (at_ == end_) {
          ok_ = false;
          return 0;
        }
        refill();
      }
      const unsigned take = count < available_ ? count : available_;
      result = (take == 64 ? 0 : result << take) | (word_ >> (64 - take));
      word_ = take == 64 ? 0 : word_ << take;
      available_ -= take;
      count -= take;
    }
    return result;
  }
  bool bit() { return bits(1) != 0; }

 private:
  void refill() {
    if (end_ - at_ >= 8) {
      std::uint64_t raw;
      std::memcpy(&raw, at_, 8);
      word_ = __builtin_bswap64(raw);
      available_ = 64;
      at_ += 8;
      return;
    }
    word_ = std::uint64_t{*at_++} << 56;
    available_ = 8;
  }

  const unsigned char* at_;
  const unsigned char* end_;
  std::uint64_t word_ = 0;  // the next bits, from the top
  unsigned available_ = 0;
  bool ok_ = true;
};

std::int64_t read_delta_of_delta(BitReader& in) {
  if (!in.bit()) return 0;
  for (int i = 0; i < 3; ++i) {
    if (i == 2 || !in.bit()) {
      const Class& c = i == 2 ? (in.bit() ? kClasses[3] : kClasses[2]) : kClasses[i];
      return sign_extend(in.bits(c.value_bits), c.value_bits);
    }
  }
  return 0;
}

std::uint64_t read_value(BitReader& in, std::uint64_t last, unsigned& leading, unsigned& meaningful) {
  if (!in.bit()) return last;
  if (in.bit()) {
    leading = static_cast<unsigned>(in.bits(6));
    meaningful = static_cast<unsigned>(in.bits(6)) + 1;
  }
  if (leading + meaningful > 64) meaningful = 64 - leading;  // damaged; the caller's checksum is the judge
  const unsigned trailing = 64 - leading - meaningful;
  return last ^ (in.bits(meaningful) << trailing);
}

tl::unexpected<Error> damaged() { return fail(Code::kCorrupt, "chunk is damaged"); }

// `starts`: zigzag differences, one per sample, or nothing where no sample has a start timestamp.
Result<void> read_floats(std::string_view packed, std::uint32_t count, std::optional<ByteReader> starts,
                         model::SampleColumns& out) {
  BitReader bits(packed);
  std::int64_t time = 0;
  std::uint64_t delta = 0;
  std::uint64_t value = 0;
  std::int64_t start = 0;
  unsigned leading = 0;
  unsigned meaningful = 64;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i == 0) {
      time = static_cast<std::int64_t>(bits.bits(64));
      value = bits.bits(64);
    } else {
      delta += static_cast<std::uint64_t>(read_delta_of_delta(bits));
      time = static_cast<std::int64_t>(static_cast<std::uint64_t>(time) + delta);
      value = read_value(bits, value, leading, meaningful);
    }
    if (starts) {
      start = static_cast<std::int64_t>(static_cast<std::uint64_t>(start) +
                                        static_cast<std::uint64_t>(starts->zigzag_varint()));
    }
    if (!bits.ok() || (starts && !starts->ok())) return damaged();
    out.push_float(time, std::bit_cast<double>(value), start);
  }
  return {};
}

Result<void> decode_floats(const ChunkView& chunk, model::SampleColumns& out) {
  ByteReader frame(chunk.bytes);
  const std::string_view bits = frame.bytes();
  const bool has_starts = frame.u8() != 0;
  if (!frame.ok()) return damaged();
  return read_floats(bits, chunk.count, has_starts ? std::optional(frame) : std::nullopt, out);
}

Result<void> decode_histograms(const ChunkView& chunk, model::SampleColumns& out) {
  ByteReader in(chunk.bytes);
  std::uint64_t time = 0;
  for (std::uint32_t i = 0; i < chunk.count; ++i) {
    time += static_cast<std::uint64_t>(in.zigzag_varint());
    const std::int64_t start = in.zigzag_varint();
    std::string_view rest(in.position(), in.remaining());
    Result<model::Histogram> histogram = model::decode_histogram(rest);
    if (!in.ok() || !histogram) return damaged();
    in.take(in.remaining() - rest.size());
    out.push_histogram(static_cast<std::int64_t>(time),
                       std::make_shared<const model::Histogram>(*std::move(histogram)), start);
  }
  return {};
}

Result<void> decode_weighted_histograms(const ChunkView& chunk, model::SampleColumns& out) {
  std::vector<std::uint32_t> weights(std::min<std::uint32_t>(chunk.count, kVectorSamples));
  ByteReader in(chunk.bytes);
  if (chunk.count > kVectorSamples || !decode_weights(in, weights)) return damaged();
  const std::size_t before = out.size();
  TRYV(decode_histograms({chunk.encoding, chunk.count, {in.position(), in.remaining()}}, out));
  if (out.weights.empty()) {
    out.weights.assign(out.size(), 1);
    out.sums = out.values;
  }
  std::copy(weights.begin(), weights.end(), out.weights.begin() + static_cast<std::ptrdiff_t>(before));
  return {};
}

}  // namespace

Result<void> decode_chunk(const ChunkView& chunk, model::SampleColumns& out) {
  switch (chunk.encoding) {
    case ChunkEncoding::kFloatXor: return decode_floats(chunk, out);
    case ChunkEncoding::kHistogram: return decode_histograms(chunk, out);
    case ChunkEncoding::kWeightedHistogram: return decode_weighted_histograms(chunk, out);
    case ChunkEncoding::kVector:
    case ChunkEncoding::kWeightedVector:
    case ChunkEncoding::kWeightedVectorWithoutResets: break;
  }
  return fail(Code::kCorrupt, "chunk encoding is unknown");
}

void FloatChunkBuilder::put_bits(RecyclingArena& arena, std::uint64_t value, unsigned count) {
  if (count > 32) {
    put_bits(arena, value >> 32, count - 32);
    count = 32;
  }
  // With the bits before it in its first byte at most 39: one word, stored from the top.
  const unsigned used = (8U - free_bits_) % 8;
  const unsigned begun = used != 0 ? 1 : 0;
  const unsigned total = used + count;
  const unsigned bytes = (total + 7) / 8;
  std::uint64_t word = (value & ((std::uint64_t{1} << count) - 1)) << (64 - total);
  if (begun != 0) word |= std::uint64_t{static_cast<unsigned char>(at_[-1])} << 56;
  word = __builtin_bswap64(word);
  if (room_ + begun >= 8) {
    std::memcpy(at_ - begun, &word, 8);
    at_ += bytes - begun;
    room_ = static_cast<std::uint8_t>(room_ + begun - bytes);
  } else {
    char raw[8];
    std::memcpy(raw, &word, 8);
    if (begun != 0) at_[-1] = raw[0];
    for (unsigned i = begun; i < bytes; ++i) put_byte(arena, raw[i]);
  }
  size_ = static_cast<std::uint16_t>(size_ + bytes - begun);
  free_bits_ = static_cast<std::uint8_t>(bytes * 8 - total);
}

void FloatChunkBuilder::put_byte(RecyclingArena& arena, char byte) {
  if (room_ == 0) next_segment(arena);
  *at_++ = byte;
  --room_;
}

void FloatChunkBuilder::next_segment(RecyclingArena& arena) {
  char* const before = at_ == nullptr ? nullptr : segment_begin();
  if (before != nullptr) ++segment_;
  const std::size_t bytes = RecyclingArena::bytes_of(segment_class(segment_));
  at_ = arena.allocate(segment_class(segment_));
  room_ = static_cast<std::uint8_t>(bytes);
  if (before == nullptr) return;
  std::memcpy(at_, &before, kSegmentLink);
  at_ += kSegmentLink;
  room_ = static_cast<std::uint8_t>(room_ - kSegmentLink);
}

char* FloatChunkBuilder::segment_begin() const {
  return at_ + room_ - RecyclingArena::bytes_of(segment_class(segment_));
}

void FloatChunkBuilder::copy_bits(char* to) const {
  char* begin = segment_begin();
  const char* end = at_;
  to += size_;
  for (unsigned segment = segment_;; --segment) {
    const std::size_t link = segment == 0 ? 0 : kSegmentLink;
    const auto bytes = static_cast<std::size_t>(end - begin) - link;
    to -= bytes;
    std::memcpy(to, begin + link, bytes);
    if (segment == 0) return;
    std::memcpy(&begin, begin, kSegmentLink);
    end = begin + RecyclingArena::bytes_of(segment_class(segment - 1));
  }
}

void FloatChunkBuilder::append_time(RecyclingArena& arena, std::int64_t timestamp) {
  const std::uint64_t delta = static_cast<std::uint64_t>(timestamp) - static_cast<std::uint64_t>(last_time_);
  const auto change = static_cast<std::int64_t>(delta - last_delta_);
  last_delta_ = delta;
  if (change == 0) return put_bits(arena, 0, 1);
  for (const Class& c : kClasses) {
    if (!fits(change, c.value_bits)) continue;
    put_bits(arena, c.prefix, c.prefix_bits);
    put_bits(arena, static_cast<std::uint64_t>(change), c.value_bits);
    return;
  }
}

void FloatChunkBuilder::append_value(RecyclingArena& arena, std::uint64_t bits) {
  const std::uint64_t difference = bits ^ last_bits_;
  if (difference == 0) return put_bits(arena, 0, 1);
  const auto leading = static_cast<std::uint8_t>(std::countl_zero(difference));
  const auto trailing = static_cast<std::uint8_t>(std::countr_zero(difference));
  if (leading_ != 0xff && leading >= leading_ && trailing >= trailing_) {
    put_bits(arena, 0b10, 2);
  } else {
    leading_ = leading;
    trailing_ = trailing;
    put_bits(arena, 0b11, 2);
    put_bits(arena, leading, 6);
    put_bits(arena, static_cast<std::uint64_t>(63 - leading - trailing), 6);
  }
  put_bits(arena, difference >> trailing_, static_cast<unsigned>(64 - leading_ - trailing_));
}

void FloatChunkBuilder::append_start(std::int64_t start_timestamp) {
  if (start_timestamp != 0 && !starts_) {
    starts_ = std::make_unique<Starts>();
    starts_->bytes.assign(count_, '\0');  // unknown so far: zero deltas
  }
  if (!starts_) return;
  put_zigzag(starts_->bytes, static_cast<std::int64_t>(static_cast<std::uint64_t>(start_timestamp) -
                                                       static_cast<std::uint64_t>(starts_->last)));
  starts_->last = start_timestamp;
}

void FloatChunkBuilder::append(RecyclingArena& arena, std::int64_t timestamp, double value,
                               std::int64_t start_timestamp) {
  CHECK(count_ < kMaxSamples);
  const auto bits = std::bit_cast<std::uint64_t>(value);
  if (count_ == 0) {
    put_bits(arena, static_cast<std::uint64_t>(timestamp), 64);
    put_bits(arena, bits, 64);
  } else {
    append_time(arena, timestamp);
    append_value(arena, bits);
  }
  append_start(start_timestamp);
  last_time_ = timestamp;
  last_bits_ = bits;
  ++count_;
}

std::int64_t FloatChunkBuilder::min_time() const {
  char* begin = segment_begin();
  for (unsigned segment = segment_; segment > 0; --segment) std::memcpy(&begin, begin, kSegmentLink);
  std::uint64_t first;
  std::memcpy(&first, begin, sizeof(first));
  return static_cast<std::int64_t>(__builtin_bswap64(first));
}

void FloatChunkBuilder::read(model::SampleColumns& out) const {
  char bits[kMaxChunkBytes];
  copy_bits(bits);
  const auto starts = starts_ ? std::optional<ByteReader>(starts_->bytes) : std::nullopt;
  CHECK(read_floats({bits, size_}, count_, starts, out).has_value());
}

Chunk FloatChunkBuilder::snapshot() const {
  if (count_ == 0) return {};
  Chunk chunk{ChunkEncoding::kFloatXor, count_, min_time(), last_time_, {}};
  chunk.bytes.reserve(size_ + 4U + (starts_ ? starts_->bytes.size() : 0));
  put_varint(chunk.bytes, size_);
  chunk.bytes.resize(chunk.bytes.size() + size_);
  copy_bits(chunk.bytes.data() + chunk.bytes.size() - size_);
  put_u8(chunk.bytes, starts_ ? 1 : 0);
  if (starts_) chunk.bytes.append(starts_->bytes);
  return chunk;
}

void FloatChunkBuilder::clear(RecyclingArena& arena) {
  if (at_ != nullptr) {
    char* begin = segment_begin();
    for (unsigned segment = segment_;; --segment) {
      char* before = nullptr;
      if (segment != 0) std::memcpy(&before, begin, kSegmentLink);
      arena.release(begin, segment_class(segment));
      if (segment == 0) break;
      begin = before;
    }
  }
  *this = FloatChunkBuilder();
}

Chunk encode_float_chunk(const model::SampleColumns& samples, std::size_t from, std::size_t to) {
  CHECK(to - from <= FloatChunkBuilder::kMaxSamples);
  RecyclingArena arena;
  FloatChunkBuilder builder;
  for (std::size_t i = from; i < to; ++i) {
    builder.append(arena, samples.timestamps[i], samples.values[i],
                   samples.start_timestamps.empty() ? 0 : samples.start_timestamps[i]);
  }
  return builder.snapshot();
}

Chunk encode_weighted_histogram_chunk(const model::SampleColumns& samples, std::size_t from, std::size_t to) {
  CHECK(samples.weights.size() == samples.size());
  Chunk chunk = encode_histogram_chunk(samples, from, to);
  std::string bytes;
  encode_weights({samples.weights.data() + from, to - from}, bytes);
  chunk.bytes.insert(0, bytes);
  chunk.encoding = ChunkEncoding::kWeightedHistogram;
  return chunk;
}

Chunk encode_histogram_chunk(const model::SampleColumns& samples, std::size_t from, std::size_t to) {
  CHECK(from < to);
  Chunk chunk{ChunkEncoding::kHistogram, static_cast<std::uint32_t>(to - from), samples.timestamps[from],
              samples.timestamps[to - 1], {}};
  std::uint64_t time = 0;
  for (std::size_t i = from; i < to; ++i) {
    const auto now = static_cast<std::uint64_t>(samples.timestamps[i]);
    put_zigzag(chunk.bytes, static_cast<std::int64_t>(now - time));
    time = now;
    put_zigzag(chunk.bytes, samples.start_timestamps.empty() ? 0 : samples.start_timestamps[i]);
    model::encode_histogram(chunk.bytes, *samples.histograms[i]);
  }
  return chunk;
}

}  // namespace isobar::tsdb
