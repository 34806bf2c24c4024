#include "tsdb/chunk/value_vector.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>

#include "base/check.h"
#include "tsdb/chunk/integer_vector.h"

namespace isobar::tsdb {
namespace {

__extension__ using Uint128 = unsigned __int128;

enum class Form : std::uint8_t { kConstant = 0, kDecimal = 1, kXor = 2 };

// Powers of ten that a double holds exactly; an integer below 2^53 over one of them rounds to the double that is
// nearest to the decimal, which is what a printed number was read as.
constexpr std::array<double, 16> kPowers = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr double kMaxInteger = 9007199254740992.0;  // 2^53
constexpr std::size_t kProbes = 32;

std::uint64_t bits_of(double v) { return std::bit_cast<std::uint64_t>(v); }

bool as_decimal(double v, unsigned exponent, std::int64_t& integer) {
  const double scaled = v * kPowers[exponent];
  if (!(std::abs(scaled) < kMaxInteger)) return false;
  integer = static_cast<std::int64_t>(std::nearbyint(scaled));
  return bits_of(static_cast<double>(integer) / kPowers[exponent]) == bits_of(v);
}

// The least exponent that makes the probe whole, or nothing.
std::optional<unsigned> exponent_of(double v) {
  std::int64_t integer;
  for (unsigned e = 0; e < kPowers.size(); ++e) {
    if (as_decimal(v, e, integer)) return e;
  }
  return std::nullopt;
}

// The largest exponent that several probes need; one odd value is an exception rather than everybody's scale.
std::optional<unsigned> common_exponent(std::span<const double> values) {
  std::array<unsigned, kPowers.size()> needed{};
  unsigned whole = 0;
  const std::size_t step = std::max<std::size_t>(1, values.size() / kProbes);
  unsigned probes = 0;
  for (std::size_t i = 0; i < values.size(); i += step) {
    ++probes;
    const auto e = exponent_of(values[i]);
    if (!e) continue;
    ++needed[*e];
    ++whole;
  }
  if (whole * 8 < probes * 7) return std::nullopt;
  unsigned above = 0;
  for (unsigned e = kPowers.size(); e-- > 0;) {
    above += needed[e];
    if (above * 16 > probes) return e;
  }
  return 0;
}

void put_summary(std::span<const double> values, std::string& out) {
  const VectorSummary s = summarize(values);
  put_varint(out, values.size() - s.count);
  put_f64(out, s.min);
  put_f64(out, s.max);
  put_f64(out, s.sum);
}

// Appends form and body, or nothing if too many values are no decimals of that scale.
bool encode_decimal(std::span<const double> values, unsigned exponent, std::string& out) {
  std::array<std::int64_t, kVectorSamples> integers;
  std::array<std::uint16_t, kVectorSamples> odd;
  std::size_t odd_count = 0;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!as_decimal(values[i], exponent, integers[i])) {
      odd[odd_count++] = static_cast<std::uint16_t>(i);
      integers[i] = last;
    }
    last = integers[i];
  }
  if (odd_count * 8 > values.size()) return false;
  if (odd_count > 0 && odd[0] == 0) {  // leading exceptions repeat the first integer
    std::size_t first = 0;
    while (first < odd_count && odd[first] == first) ++first;
    for (std::size_t i = 0; i < first && first < values.size(); ++i) integers[i] = integers[first];
  }
  put_u8(out, static_cast<std::uint8_t>(Form::kDecimal));
  put_summary(values, out);
  put_u8(out, static_cast<std::uint8_t>(exponent));
  put_varint(out, odd_count);
  std::size_t previous = 0;
  for (std::size_t i = 0; i < odd_count; ++i) {
    put_varint(out, odd[i] - previous);
    put_f64(out, values[odd[i]]);
    previous = odd[i];
  }
  encode_integers({integers.data(), values.size()}, out);
  return true;
}

class BitSink {
 public:
  explicit BitSink(std::string& out) : out_(out) {}
  void put(std::uint64_t value, unsigned count) {
    pending_ |= static_cast<Uint128>(value) << bits_;
    bits_ += count;
    while (bits_ >= 8) {
      put_u8(out_, static_cast<std::uint8_t>(pending_));
      pending_ >>= 8;
      bits_ -= 8;
    }
  }
  void finish() {
    if (bits_ > 0) put_u8(out_, static_cast<std::uint8_t>(pending_));
  }

 private:
  std::string& out_;
  Uint128 pending_ = 0;
  unsigned bits_ = 0;
};

class BitSource {
 public:
  explicit BitSource(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t get(unsigned count) {
    while (bits_ < count) {
      if (at_ + 8 <= bytes_.size() && bits_ <= 56) {
        std::uint64_t word;
        std::memcpy(&word, bytes_.data() + at_, 8);
        pending_ |= static_cast<Uint128>(word) << bits_;
        at_ += 8;
        bits_ += 64;
      } else if (at_ < bytes_.size()) {
        pending_ |= static_cast<Uint128>(static_cast<std::uint8_t>(bytes_[at_++])) << bits_;
        bits_ += 8;
      } else {
        ok_ = false;
        return 0;
      }
    }
    const auto value = static_cast<std::uint64_t>(pending_) & (count == 64 ? ~0ULL : (1ULL << count) - 1);
    pending_ >>= count;
    bits_ -= count;
    return value;
  }
  bool ok() const { return ok_; }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  Uint128 pending_ = 0;
  unsigned bits_ = 0;
  bool ok_ = true;
};

// 0 same; 1 0 in the window before; 1 1, 6 bits of leading zeros, 6 bits of length - 1, then the bits.
void encode_xor(std::span<const double> values, std::string& out) {
  put_u8(out, static_cast<std::uint8_t>(Form::kXor));
  put_summary(values, out);
  std::string body;
  BitSink sink(body);
  sink.put(bits_of(values[0]), 64);
  unsigned leading = 65;
  unsigned trailing = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const std::uint64_t difference = bits_of(values[i]) ^ bits_of(values[i - 1]);
    if (difference == 0) {
      sink.put(0, 1);
      continue;
    }
    const auto zeros = static_cast<unsigned>(std::countl_zero(difference));
    const auto tail = static_cast<unsigned>(std::countr_zero(difference));
    const bool inside = leading <= zeros && trailing <= tail;
    // A window that has become too wide costs more than a new one.
    if (inside && (zeros - leading) + (tail - trailing) < 12) {
      sink.put(0b01, 2);
    } else {
      leading = zeros;
      trailing = tail;
      sink.put(0b11, 2);
      sink.put(leading, 6);
      sink.put(63 - leading - trailing, 6);
    }
    sink.put(difference >> trailing, 64 - leading - trailing);
  }
  sink.finish();
  put_bytes(out, body);
}

bool decode_xor(ByteReader& in, std::span<double> out) {
  BitSource source(in.bytes());
  std::uint64_t value = source.get(64);
  unsigned leading = 0;
  unsigned length = 64;
  out[0] = std::bit_cast<double>(value);
  for (std::size_t i = 1; i < out.size(); ++i) {
    if (source.get(1) != 0) {
      if (source.get(1) != 0) {
        leading = static_cast<unsigned>(source.get(6));
        length = static_cast<unsigned>(source.get(6)) + 1;
        if (leading + length > 64) return false;
      }
      value ^= source.get(length) << (64 - leading - length);
    }
    out[i] = std::bit_cast<double>(value);
  }
  return in.ok() && source.ok();
}

bool decode_decimal(ByteReader& in, std::span<double> out) {
  const unsigned exponent = in.u8();
  const std::size_t odd_count = in.count(9);
  const std::string_view odd(in.position(), in.remaining());
  for (std::size_t i = 0; i < odd_count; ++i) {
    in.varint();
    in.f64();
  }
  if (!in.ok() || exponent >= kPowers.size() || odd_count > out.size()) return false;
  std::array<std::int64_t, kVectorSamples> integers;
  if (!decode_integers(in, {integers.data(), out.size()})) return false;
  const double scale = kPowers[exponent];
  if (exponent == 0) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<double>(integers[i]);
  } else {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<double>(integers[i]) / scale;
  }
  ByteReader exceptions(odd);
  std::uint64_t position = 0;
  for (std::size_t i = 0; i < odd_count; ++i) {
    position += exceptions.varint();
    if (position >= out.size()) return false;
    out[position] = exceptions.f64();
  }
  return true;
}

bool read_summary(ByteReader& in, std::size_t count, VectorSummary& summary) {
  const std::uint64_t not_numbers = in.varint();
  summary.min = in.f64();
  summary.max = in.f64();
  summary.sum = in.f64();
  if (!in.ok() || not_numbers > count) return false;
  summary.count = static_cast<std::uint32_t>(count - not_numbers);
  return true;
}

}  // namespace

VectorSummary summarize(std::span<const double> values) {
  VectorSummary s;
  double compensation = 0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    s.min = s.count == 0 ? v : std::min(s.min, v);
    s.max = s.count == 0 ? v : std::max(s.max, v);
    ++s.count;
    // Neumaier: the lost low bits are kept beside.
    const double t = s.sum + v;
    if (std::isinf(t)) {
      compensation = 0;
    } else {
      compensation += std::abs(s.sum) >= std::abs(v) ? (s.sum - t) + v : (v - t) + s.sum;
    }
    s.sum = t;
  }
  s.sum += compensation;
  return s;
}

void encode_values(std::span<const double> values, std::string& out) {
  CHECK(!values.empty() && values.size() <= kVectorSamples);
  const std::uint64_t first = bits_of(values[0]);
  if (std::all_of(values.begin(), values.end(), [first](double v) { return bits_of(v) == first; })) {
    put_u8(out, static_cast<std::uint8_t>(Form::kConstant));
    put_f64(out, values[0]);
    return;
  }
  const std::size_t start = out.size();
  const std::optional<unsigned> exponent = common_exponent(values);
  if (exponent && encode_decimal(values, *exponent, out) && out.size() - start < values.size() * 4) return;
  // Wide decimals may be smaller as bits.
  std::string bits;
  encode_xor(values, bits);
  if (out.size() > start && out.size() - start <= bits.size()) return;
  out.resize(start);
  out.append(bits);
}

bool decode_values(ByteReader& in, std::span<double> out) {
  if (out.empty() || out.size() > kVectorSamples) return false;
  const auto form = static_cast<Form>(in.u8());
  if (form == Form::kConstant) {
    std::fill(out.begin(), out.end(), in.f64());
    return in.ok();
  }
  VectorSummary skipped;
  if (!read_summary(in, out.size(), skipped)) return false;
  if (form == Form::kDecimal) return decode_decimal(in, out);
  return form == Form::kXor && decode_xor(in, out);
}

bool decode_summary(ByteReader& in, std::size_t count, VectorSummary& summary) {
  const auto form = static_cast<Form>(in.u8());
  if (form != Form::kConstant) return (form == Form::kDecimal || form == Form::kXor) && read_summary(in, count, summary);
  const double value = in.f64();
  if (std::isnan(value)) {
    summary = {};
  } else {
    // The compensated sum of equal numbers is their rounded product.
    const std::array<double, 1> one{value};
    summary = summarize(one);
    summary.count = static_cast<std::uint32_t>(count);
    summary.sum = value * static_cast<double>(count);
  }
  return in.ok();
}

}  // namespace isobar::tsdb
